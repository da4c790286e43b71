"""The pull request of a repository: found, opened, updated and closed. Git makes and pushes the commit.

The host is asked first each time, so that what a killed run or a lost answer left there is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from migrator.bulk.by_git.pushing import Pusher as GitPusher
from migrator.bulk.entry import Entry
from migrator.bulk.git import Url
from migrator.bulk.host import Host, Job, OnHost, Terms, human
from migrator.bulk.hosts.change_requests import Past, after_branch, settled
from migrator.bulk.hosts.gitea.api import COMMENTS, PULL, PULLS, REPOSITORY, TITLE, Api, part, repository
from migrator.bulk.hosts.gitea.listing import why_not
from migrator.bulk.ours import our_change
from migrator.bulk.requests.texts import Texts
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.store import Store
from migrator.services.answers import RefusedError
from migrator.services.faults import Fault

DRAFT = "WIP: "
"""What every server takes for a draft: https://docs.gitea.com/usage/issues-prs/pull-request#work-in-progress-pull-requests"""
_TEMPLATES = tuple(
    f"{folder}{name}"
    for folder in ("", ".forgejo/", ".gitea/", ".github/", "docs/")
    for name in ("PULL_REQUEST_TEMPLATE.md", "pull_request_template.md")
)
_THERE = re.compile(r"already exists for these targets \[id: \d+, issue_id: (\d+),")
"""The number of the pull request that is in the way: models/issues/pull.go, `ErrPullRequestAlreadyExists`."""


class Pusher:
    """One repository, by the name that it has now, which `url_of` makes a URL of git of. `by_git` and its store belong
    to the thread that works on it."""

    def __init__(
        self,
        host: Host,
        api: Api,
        by_git: GitPusher,
        store: Store | None,
        url_of: Callable[[str], Url],
        terms: Terms,
    ) -> None:
        self._host, self._api, self._git, self._store, self._terms = host, api, by_git, store, terms
        self._url_of = url_of

    def push(self, job: Job) -> OnHost:
        entry = job.entry
        node = self._look(entry)
        if why := why_not(node):
            raise RepositoryError(Fault.FORBIDDEN, f"{why} by now; plan again")
        url = self._url_of(node["full_name"])
        pulls = self._pulls(entry, node)
        if done := self._settled(entry, pulls, url):
            return done
        # The server merges only what is up to date with its base, or somebody approved the same change once more.
        anew = entry.pushed == entry.change and any(pull["merge_base"] != pull["base"]["sha"] for pull in pulls)
        pushed = self._git.push(job, url, self._terms.base or node["default_branch"] or "", anew=anew)
        return after_branch(entry, pushed.head, lambda: self._pull_request(job, node, pulls, pushed.head))

    def _look(self, entry: Entry) -> dict[str, Any]:
        """The repository as it is now, wherever it was moved."""
        found: dict[str, Any] = self._api.ask("GET", f"/repositories/{entry.host_id}", REPOSITORY)
        return found

    def _pulls(self, entry: Entry, node: dict[str, Any]) -> list[dict[str, Any]]:
        """The pull requests of our branch, newest first. They are listed only where there was one: for each of a page
        the server looks into the repository."""
        place = f"{repository(node['full_name'])}/pulls"
        base = self._terms.base or node["default_branch"] or ""
        known = self._one(f"{place}/{entry.number or f'{part(base)}/{part(self._terms.branch)}'}")
        if known is None and not entry.number:
            return []
        if known is not None and known["state"] == "open":
            return [known] if self._is_ours(known, node) else []
        found = self._api.ask("GET", place, PULLS, state="all", sort="recentupdate", limit="50")
        if known is not None and all(pull["number"] != known["number"] for pull in found):
            found.append(known)
        ours = [pull for pull in found if self._is_ours(pull, node)]
        return sorted(ours, key=lambda pull: -int(pull["number"]))

    def _one(self, path: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._api.ask("GET", path, PULL)
        except RefusedError as refused:
            if refused.status != 404:
                raise
            return None
        return found

    def _is_ours(self, pull: dict[str, Any], node: dict[str, Any]) -> bool:
        return bool(pull["head"]["label"] == self._terms.branch and pull["head"]["repo_id"] == node["id"])

    def _is_made_by_us(self, entry: Entry, there: str, url: Url) -> bool:
        return self._store is not None and self._git.ours(self._store, url, entry, there) is not None

    def _settled(self, entry: Entry, pulls: list[dict[str, Any]], url: Url) -> OnHost | None:
        """A pull request that was merged or closed before the ledger knew of it."""

        def look(last: Past) -> tuple[str, str | None]:
            if self._store is None:
                return "", None
            commit = self._store.fetch(url, entry.id, f"refs/pull/{last.number}/head", "branch", depth=2)
            return commit, our_change(self._store, commit, self._terms.campaign)

        requests = [
            Past(pull["number"], State.MERGED if pull["merged"] else State(pull["state"]), pull["html_url"])
            for pull in pulls
        ]
        return settled(entry, TITLE, requests, look)

    # -- the pull request

    def _pull_request(self, job: Job, node: dict[str, Any], pulls: list[dict[str, Any]], head: str) -> OnHost:
        entry, place = job.entry, f"{repository(node['full_name'])}/pulls"
        texts = self._host.texts(entry, job.result, self._terms, self._template(entry))
        pull, is_new = next(((pull, False) for pull in pulls if pull["state"] == "open"), None) or self._open(
            place, node, texts
        )
        if not is_new and (pull["head"]["sha"] != head or not entry.number):
            # What a person wrote into a pull request that is up to date stays.
            title = f"{DRAFT if pull['draft'] else ''}{texts.title}"
            self._api.ask("PATCH", f"{place}/{pull['number']}", PULL, {"title": title, "body": texts.body})
        message = self._dress(node, pull)
        return OnHost(entry, State.OPEN, head, pull["number"], pull["html_url"], message)

    def _template(self, entry: Entry) -> str:
        """The repository's own template, in the commit that was planned; empty if there are several."""
        if self._store is None:
            return ""
        found = {oid: data for path in _TEMPLATES for oid, kind, data in self._blob(f"{entry.base}:{path}") if kind}
        return next(iter(found.values())).decode("utf-8", "replace") if len(found) == 1 else ""

    def _blob(self, name: str) -> list[tuple[str, bool, bytes]]:
        found = self._store.object(name) if self._store else None
        return [(found[0], found[1] == "blob", found[2])] if found else []

    def _open(self, place: str, node: dict[str, Any], texts: Texts) -> tuple[dict[str, Any], bool]:
        """The pull request, and whether it was made now, with these texts."""
        body = {
            "title": f"{DRAFT if self._terms.draft else ''}{texts.title}",
            "body": texts.body,
            "head": self._terms.branch,
            "base": self._terms.base or node["default_branch"],
        }
        try:
            made: dict[str, Any] = self._api.ask("POST", place, PULL, body, content=True)
        except RefusedError as refused:
            there = _THERE.search(refused.words) if refused.status == 409 else None
            if there is None:
                raise
            # It is older than what was listed, or was opened since, perhaps by us without getting the answer.
            return self._api.ask("GET", f"{place}/{there[1]}", PULL), False
        return made, True

    def _dress(self, node: dict[str, Any], pull: dict[str, Any]) -> str:
        """Add labels, assignees and reviewers. What the host rejects is reported; the pull request exists."""
        terms, failures = self._terms, []
        place, number = repository(node["full_name"]), pull["number"]
        people = [each for each in terms.reviewers if "/" not in each]
        teams = [each.rpartition("/")[2] for each in terms.reviewers if "/" in each]
        known = [each["login"] for each in pull["assignees"] or ()]
        assigned = list(dict.fromkeys([*known, *terms.assignees])) if terms.assignees else []
        asked: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
            ("labels", "POST", f"issues/{number}/labels", {"labels": list(terms.labels)}),
            ("assignees", "PATCH", f"pulls/{number}", {"assignees": assigned}),
            (
                "reviewers",
                "POST",
                f"pulls/{number}/requested_reviewers",
                {"reviewers": people, "team_reviewers": teams},
            ),
        )
        for what, method, path, body in asked:
            if any(body.values()):
                try:
                    self._api.ask(method, f"{place}/{path}", None, body)
                except RefusedError as refused:
                    failures.append(f"{what} were not set: {refused.words}")
        return "; ".join(failures)

    # -- closing

    def close_one(self, entry: Entry) -> OnHost:
        """Close the pull request and delete the branch, unless a person has committed to it."""
        node = self._look(entry)
        url = self._url_of(node["full_name"])
        _, there = self._git.look(url)
        if there not in ("", entry.head) and not self._is_made_by_us(entry, there, url):
            raise human(self._terms.branch)
        pulls = self._pulls(entry, node)
        for pull in pulls:
            if pull["state"] == "open":
                place = repository(node["full_name"])
                self._explain(f"{place}/issues/{pull['number']}/comments")
                self._api.ask("PATCH", f"{place}/pulls/{pull['number']}", PULL, {"state": "closed"})
        closed = self._git.close_one(entry, url)
        merged = any(pull["merged"] and pull["number"] == entry.number for pull in pulls)
        return closed._replace(state=State.MERGED) if merged else closed

    def _explain(self, path: str) -> None:
        """Leave the reason as a comment, unless a run that was killed did."""
        reason = self._terms.reason.strip()
        if reason:
            there = self._api.ask("GET", path, COMMENTS)
            if all((each["body"] or "").strip() != reason for each in there):
                self._api.ask("POST", path, None, {"body": reason}, content=True)
