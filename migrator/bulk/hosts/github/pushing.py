"""Pushing to GitHub by its API: a commit that GitHub signs, and one pull request. Nothing is cloned.

Every step is taken only after the host was asked what is there, and with the commit that it must still be on. A run
that is killed between two steps, or whose answer was lost, is continued by the next one from the state of the host.
"""

from __future__ import annotations

import base64
from typing import Any

from migrator.bulk.contents import new_files
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.host import Host, Job, OnHost, Terms, human
from migrator.bulk.hosts.change_requests import Past, after_branch, settled
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.errors import TITLE
from migrator.bulk.hosts.github.objects import EXECUTABLE, commit_objects
from migrator.bulk.hosts.github.queries import (
    CLOSE,
    COMMIT,
    COMMITTED,
    COMPARED,
    CREATE_REF,
    LABELS,
    NO_AUTO_MERGE,
    PULL,
    PULL_MADE,
    SOME,
    UPDATE_REFS,
    objects_query,
    state_query,
)
from migrator.bulk.ours import trailers
from migrator.bulk.requests.texts import Texts
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.work import Result, change_id
from migrator.services.answers import RefusedError, Shape
from migrator.services.faults import Fault

NOTHING = "0" * 40
UNSIGNED = "GitHub did not sign the commit, so that it cannot be merged where signed commits are required"
"""A server of one's own signs where web commit signing is on, github.com always:
https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification"""


class Pusher:
    """Branch, commit and pull request of one repository, by the name that it has now."""

    def __init__(self, host: Host, api: Api, terms: Terms) -> None:
        self._host, self._api, self._terms = host, api, terms
        self._name = ""
        self._said: list[str] = []
        self._commit = f"refs/heads/{terms.base}" if terms.base else "HEAD"

    def push(self, job: Job) -> OnHost:
        host = self._look(job.entry, job.result)
        texts = self._host.texts(job.entry, job.result, self._terms, _template(host))
        if done := self._settled(job.entry, host):
            return done
        head = self._branch(job, host, texts)
        return after_branch(job.entry, head, lambda: self._pull_request(job, host, head, texts))

    def _look(self, entry: Entry, result: Result) -> dict[str, Any]:
        """What is on the host now."""
        paths = {f"f{n}": f"{self._commit}:{edited.path}" for n, edited in enumerate(result.edited)}
        ref, branch = f"refs/heads/{self._terms.branch}", self._terms.branch
        variables = {"id": entry.host_id, "commit": self._commit, "ref": ref, "branch": branch, **paths}
        node: dict[str, Any] | None = self._api.query(state_query(len(paths)), variables).get("node")
        if node is None:
            raise RepositoryError(Fault.NOT_FOUND, "is gone, or the token has no access to it")
        if node["isArchived"]:
            raise RepositoryError(Fault.FORBIDDEN, "was archived in the meantime")
        if node["tip"] is None:
            raise RepositoryError(Fault.NO_BRANCH, "no longer has a default branch")
        self._name = node["nameWithOwner"]
        return node

    def _settled(self, entry: Entry, host: dict[str, Any]) -> OnHost | None:
        """A pull request that was merged or closed before the ledger knew of it."""
        pulls = [pull for pull in host["pullRequests"]["nodes"] if not pull["isCrossRepository"]]
        heads = {pull["number"]: pull["headRefOid"] for pull in pulls}

        def look(last: Past) -> tuple[str, str | None]:
            return heads[last.number], self._our_change(entry, heads[last.number])

        return settled(
            entry, TITLE, [Past(pull["number"], State(pull["state"].lower()), pull["url"]) for pull in pulls], look
        )

    # -- the branch

    def _branch(self, job: Job, host: dict[str, Any], texts: Texts) -> str:
        """Let the branch be one commit of ours on the tip; returns that commit."""
        entry, tip = job.entry, host["tip"]["oid"]
        there = host["ref"]["target"]["oid"] if host["ref"] else ""
        change = self._our_change(entry, there, tip) if there else None
        is_behind = any(pull["mergeStateStatus"] == "BEHIND" for pull in _open_ones(host))
        if there and change == entry.change and not is_behind:
            return there
        if there and change is None and not self._is_behind(tip, there):
            raise human(self._terms.branch)
        for number, edited in enumerate(job.result.edited):
            found = host[f"f{number}"]
            if found is None or found["oid"] != edited.before:
                raise RepositoryError(Fault.STALE, f"{edited.path} changed since it was planned; plan again")
        if change is not None:
            self._no_auto_merge(host)
        if any(edited.mode == EXECUTABLE for edited in job.result.edited):
            return self._with_modes(job, tip, there, texts)
        if change is not None:
            return self._replace(job, tip, there, texts)
        if not there:
            self._create(entry, self._terms.branch, tip)
        elif there != tip:
            self._move(entry, (self._terms.branch, there, tip))
        return self._commit_on(job, self._terms.branch, tip, texts)

    def _no_auto_merge(self, host: dict[str, Any]) -> None:
        """What was asked for another commit does not count for the next, whose contexts may not exist."""
        for pull in _open_ones(host):
            if pull["autoMergeRequest"]:
                self._api.query(NO_AUTO_MERGE, {"input": {"pullRequestId": pull["id"]}})
                self._said.append("auto-merge was turned off, as its commit changed; `merge` asks for it again")

    def _our_change(self, entry: Entry, commit: str, tip: str = "") -> str | None:
        """The change that a commit of ours makes, or `None` where a person made or amended it.

        With the `tip` of the branch to change, commits of a person below it count as well.
        """
        if commit == entry.head and entry.pushed:
            return entry.pushed
        found = self._api.rest("GET", f"/repos/{self._name}/commits/{commit}", COMMITTED)
        named = trailers(found["commit"]["message"])
        if named.campaign != self._terms.campaign or len(found["parents"]) != 1:
            return None
        files = found.get("files") or []
        if not files or any(file["status"] != "modified" for file in files):
            return None
        parent = found["parents"][0]["sha"]
        paths = {f"f{n}": f"{parent}:{file['filename']}" for n, file in enumerate(files)}
        node = self._api.query(objects_query(len(files)), {"id": entry.host_id, **paths})["node"]
        before = [node[f"f{n}"] for n in range(len(files))]
        if None in before:
            return None
        made = change_id((file["filename"], old["oid"], file["sha"]) for file, old in zip(files, before, strict=True))
        if made != named.change or (tip and parent not in (tip, entry.base) and self._ahead(tip, commit) > 1):
            return None
        return made

    def _is_behind(self, tip: str, there: str) -> bool:
        """Whether the branch has nothing that the default branch lacks: a run ended before its commit."""
        return there == tip or self._ahead(tip, there) == 0

    def _ahead(self, tip: str, there: str) -> int:
        """How many commits a branch has that the one to change lacks."""
        return int(self._api.rest("GET", f"/repos/{self._name}/compare/{tip}...{there}", COMPARED)["ahead_by"])

    def _create(self, entry: Entry, branch: str, oid: str) -> None:
        ref = {"repositoryId": entry.host_id, "name": f"refs/heads/{branch}", "oid": oid}
        self._api.query(CREATE_REF, {"input": ref})

    def _move(self, entry: Entry, *moves: tuple[str, str, str]) -> None:
        """Move branches from one commit to another, all or none, only if they still are where they were."""
        updates = [
            {"name": f"refs/heads/{branch}", "beforeOid": before, "afterOid": after, "force": True}
            for branch, before, after in moves
        ]
        self._api.query(UPDATE_REFS, {"input": {"repositoryId": entry.host_id, "refUpdates": updates}})

    def _commit_on(self, job: Job, branch: str, on: str, texts: Texts) -> str:
        headline, _, body = texts.message.partition("\n")
        additions = [
            {"path": file.path, "contents": base64.b64encode(file.data).decode()} for file in self._new_files(job)
        ]
        commit = {
            "branch": {"repositoryNameWithOwner": self._name, "branchName": branch},
            "message": {"headline": headline, "body": body.strip()},
            "fileChanges": {"additions": additions},
            "expectedHeadOid": on,
        }
        made = self._api.query(COMMIT, {"input": commit}, content=True)
        commit_made = made["createCommitOnBranch"]["commit"]
        if not (commit_made["signature"] or {}).get("isValid"):
            self._said.append(UNSIGNED)
        return str(commit_made["oid"])

    def _with_modes(self, job: Job, tip: str, there: str, texts: Texts) -> str:
        """Let the branch lead to a commit whose files keep their modes."""
        made = commit_objects(self._api, self._name, tip, self._new_files(job), texts.message)
        if not made.is_signed:
            self._said.append(UNSIGNED)
        if there:
            self._move(job.entry, (self._terms.branch, there, made.oid))
        else:
            self._create(job.entry, self._terms.branch, made.oid)
        return made.oid

    def _new_files(self, job: Job) -> list[File]:
        files = self._host.planned(job.entry, job.result)
        return new_files(self._terms.plan, job.result, files, job.entry.name)

    def _replace(self, job: Job, tip: str, there: str, texts: Texts) -> str:
        """Replace our old commit.

        It is made on a branch of its own, for a pull request whose branch is for a moment at its base gets closed.
        """
        aside = f"{self._terms.branch}-next"
        paths = {"f0": f"refs/heads/{aside}"}
        left = self._api.query(objects_query(1), {"id": job.entry.host_id, **paths})["node"]["f0"]
        if left is None:
            self._create(job.entry, aside, tip)
        elif left["oid"] != tip:
            self._move(job.entry, (aside, left["oid"], tip))
        made = self._commit_on(job, aside, tip, texts)
        self._move(job.entry, (self._terms.branch, there, made), (aside, made, NOTHING))
        return made

    # -- the pull request

    def _pull_request(self, job: Job, host: dict[str, Any], head: str, texts: Texts) -> OnHost:
        entry = job.entry
        pull = next(iter(_open_ones(host)), None)
        if pull is None:
            pull = self._open(entry, host, texts)
        elif pull["headRefOid"] != head or not entry.number:
            # What a person wrote into a pull request that is up to date stays.
            said = {"title": texts.title, "body": texts.body}
            self._api.rest("PATCH", f"/repos/{self._name}/pulls/{pull['number']}", PULL, said)
        message = "; ".join(filter(None, [*self._said, self._dress(entry, pull["number"])]))
        return OnHost(entry, State.OPEN, head, pull["number"], pull["url"], message)

    def _open(self, entry: Entry, host: dict[str, Any], texts: Texts) -> dict[str, Any]:
        base = self._terms.base or host["defaultBranchRef"]["name"]
        body = {
            "title": texts.title,
            "body": texts.body,
            "head": self._terms.branch,
            "base": base,
            "draft": self._terms.draft,
            "maintainer_can_modify": True,
        }
        try:
            made = self._api.rest("POST", f"/repos/{self._name}/pulls", PULL_MADE, body, content=True)
        except RefusedError as refused:
            if refused.status == 422 and "already exists" in refused.words:
                # Somebody, or we ourselves without getting the answer, opened it since we asked.
                raise RepositoryError(Fault.STALE, "its pull request was opened in the meantime") from None
            if refused.status == 422 and "Draft pull requests are not supported" in refused.words:
                # https://docs.github.com/pull-requests: drafts in private repositories are not part of every plan.
                raise RepositoryError(
                    Fault.FORBIDDEN, "drafts are not supported in this repository: `push --no-draft`, then `retry`"
                ) from None
            raise
        return {"number": made["number"], "url": made["html_url"]}

    def _dress(self, entry: Entry, number: int) -> str:
        """Add labels, assignees and reviewers. What the host rejects is reported; the pull request exists."""
        terms, failures = self._terms, []
        people = [each for each in terms.reviewers if "/" not in each]
        teams = [each.rpartition("/")[2] for each in terms.reviewers if "/" in each]
        asked: tuple[tuple[str, str, Shape, dict[str, Any]], ...] = (
            ("labels", f"issues/{number}/labels", LABELS, {"labels": list(terms.labels)}),
            ("assignees", f"issues/{number}/assignees", SOME, {"assignees": list(terms.assignees)}),
            (
                "reviewers",
                f"pulls/{number}/requested_reviewers",
                SOME,
                {"reviewers": people, "team_reviewers": teams},
            ),
        )
        for what, path, shape, body in asked:
            if any(body.values()):
                try:
                    self._api.rest("POST", f"/repos/{self._name}/{path}", shape, body)
                except RefusedError as refused:
                    failures.append(f"{what} were not set: {refused.words}")
        return "; ".join(failures)

    # -- closing

    def close_one(self, entry: Entry) -> OnHost:
        """Close the pull request and delete the branch, unless a person has committed to it."""
        host = self._look(entry, Result(entry.id, "changed"))
        there = host["ref"]["target"]["oid"] if host["ref"] else ""
        tip = host["tip"]["oid"]
        if there and self._our_change(entry, there, tip) is None and not self._is_behind(tip, there):
            raise human(self._terms.branch)
        pulls = [pull for pull in host["pullRequests"]["nodes"] if not pull["isCrossRepository"]]
        for pull in pulls:
            if pull["state"] == "OPEN" and self._terms.reason:
                # Both in one request: what is killed in between would leave the comment twice, or none.
                comment = {"subjectId": pull["id"], "body": self._terms.reason}
                asked = {"comment": comment, "close": {"pullRequestId": pull["id"]}}
                self._api.query(CLOSE, asked, content=True)
            elif pull["state"] == "OPEN":
                self._api.rest("PATCH", f"/repos/{self._name}/pulls/{pull['number']}", PULL, {"state": "closed"})
        if there:
            self._move(entry, (self._terms.branch, there, NOTHING))
        merged = any(pull["state"] == "MERGED" and pull["number"] == entry.number for pull in pulls)
        return OnHost(
            entry, State.MERGED if merged else State.CLOSED, message="its branch was deleted" if there else ""
        )


def _open_ones(host: dict[str, Any]) -> list[dict[str, Any]]:
    """The open pull requests of our branch; at most one for each base."""
    return [each for each in host["pullRequests"]["nodes"] if each["state"] == "OPEN" and not each["isCrossRepository"]]


def _template(host: dict[str, Any]) -> str:
    """The repository's own pull request template; empty if there are several."""
    found = [each for each in host["pullRequestTemplates"] or () if each["body"]]
    return str(found[0]["body"]) if len(found) == 1 else ""
