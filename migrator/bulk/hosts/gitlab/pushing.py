"""Pushing to GitLab: one commit by its API, which may be signed by the host, and one merge request.

Every step is taken only after the host was asked what is there. A run that is killed between two steps, or whose answer
was lost, is continued by the next one from the state of the host.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from migrator.bulk.contents import new_files
from migrator.bulk.entry import Entry
from migrator.bulk.host import Host, Job, OnHost, Terms, human
from migrator.bulk.hosts.change_requests import Past, after_branch, settled
from migrator.bulk.hosts.gitlab.api import Api, project, segment
from migrator.bulk.hosts.gitlab.by_git import Git
from migrator.bulk.hosts.gitlab.errors import TITLE, ScopeError
from migrator.bulk.hosts.gitlab.following import BEHIND, STATES
from migrator.bulk.hosts.gitlab.opening import Opener
from migrator.bulk.hosts.gitlab.shapes import BRANCH, COMMITTED, FILE, MERGE_REQUEST, PROJECT
from migrator.bulk.requests.texts import Texts
from migrator.bulk.states import RepositoryError, State
from migrator.services.answers import anything
from migrator.services.faults import Fault


class Found(NamedTuple):
    """What is on the host: the project, its branch to change with the commit of that, the commit of our branch, empty
    where there is none, and the merge requests of our branch, the newest first."""

    project: dict[str, Any]
    base: str
    tip: str
    there: str
    requests: Sequence[dict[str, Any]]

    @property
    def open(self) -> dict[str, Any] | None:
        return next((each for each in self.requests if each["state"] in ("opened", "locked")), None)

    @property
    def is_behind(self) -> bool:
        """Whether its merge request waits for a branch that is on the tip."""
        return self.open is not None and self.open["detailed_merge_status"] == BEHIND


class Pusher:
    """Branch, commit and merge request of one project after the other, on any number of threads."""

    def __init__(self, host: Host, api: Api, terms: Terms, writes: list[bool]) -> None:
        """`writes` holds whether the token may write by the API, for all who share it."""
        self._host, self._api, self._terms, self._writes = host, api, terms, writes
        self._git = Git(host, api, terms)
        self._opener = Opener(host, api, terms)

    def push(self, job: Job) -> OnHost:
        found = self._look(job.entry)
        if done := self._settled(job.entry, found):
            return done
        texts = self._host.texts(job.entry, job.result, self._terms)
        if not self._writes[0]:
            return self._all_by_git(job, found, texts)
        try:
            head, error = self._branch(job, found, texts)
        except ScopeError:
            self._writes[0] = False
            return self._all_by_git(job, found, texts)
        if error is not None:
            return OnHost(job.entry, head=head, error=error)
        return after_branch(
            job.entry, head, lambda: self._opener.open(job, found.project, found.base, found.open, head)
        )

    def _look(self, entry: Entry) -> Found:
        """What is on the host now."""
        node = self._api.find(project(entry.host_id), PROJECT)
        if node is None:
            raise RepositoryError(Fault.NOT_FOUND, "is gone, or the token has no access to it")
        if node["archived"]:
            raise RepositoryError(Fault.FORBIDDEN, "was archived in the meantime")
        base = self._terms.base or node["default_branch"] or ""
        tip = self._commit_of(entry, base) if base else ""
        if not tip:
            raise RepositoryError(
                Fault.NO_BRANCH, f"has no branch {base}" if base else "no longer has a default branch"
            )
        asked = {"source_branch": self._terms.branch, "state": "all", "order_by": "created_at", "sort": "desc"}
        listed = list(self._api.pages(project(entry.host_id, "/merge_requests"), MERGE_REQUEST, **asked))
        ours = [each for each in listed if each["source_project_id"] in (None, node["id"])]
        return Found(node, base, tip, self._commit_of(entry, self._terms.branch), ours)

    def _commit_of(self, entry: Entry, branch: str) -> str:
        """The commit of a branch, empty where there is none."""
        found = self._api.find(project(entry.host_id, f"/repository/branches/{segment(branch)}"), BRANCH)
        return str(found["commit"]["id"]) if found else ""

    def _settled(self, entry: Entry, found: Found) -> OnHost | None:
        """A merge request that was merged or closed before the ledger knew of it."""
        heads = {each["iid"]: each["sha"] or "" for each in found.requests}

        def look(last: Past) -> tuple[str, str | None]:
            head, ref = heads[last.number], f"refs/merge-requests/{last.number}/head"
            return head, self._git.our_change(entry, self._git.url(found.project), ref, head) if head else None

        requests = [
            Past(each["iid"], STATES.get(each["state"], State.CLOSED), each["web_url"]) for each in found.requests
        ]
        return settled(entry, TITLE, requests, look)

    # -- the branch

    def _ours(self, entry: Entry, found: Found) -> str | None:
        """The change on our branch, or `None` where a person made it."""
        url, ref = self._git.url(found.project), f"refs/heads/{self._terms.branch}"
        return self._git.our_change(entry, url, ref, found.there, found.base)

    def _branch(self, job: Job, found: Found, texts: Texts) -> tuple[str, RepositoryError | None]:
        """Let the branch be one commit of ours on the tip. Returns that commit, and what is wrong since it was made."""
        entry, there = job.entry, found.there
        is_new = there in ("", found.tip)  # A branch without commits of its own is nobody's work.
        change = None if is_new else self._ours(entry, found)
        if not is_new and change is None:
            raise human(self._terms.branch)
        if not is_new and change == entry.change and not found.is_behind:
            return there, None
        last = self._unchanged(job, found)
        if not is_new:
            return self._git.commit(job, self._git.url(found.project), found.base, there, texts.message), None
        made = self._commit(job, found, texts, last)
        # The host guarded the files; whether somebody committed to the branch meanwhile is seen on the branch.
        parents, now = made["parent_ids"], self._commit_of(entry, self._terms.branch)
        if there and parents != [there]:
            return "", human(self._terms.branch)  # On top of theirs it is not to be taken for ours.
        if now != made["id"]:
            return made["id"], human(self._terms.branch)
        return made["id"], None

    def _unchanged(self, job: Job, found: Found) -> dict[str, str]:
        """The last commit of each file that changes. Raises where it is not the file that was planned."""
        last = {}
        for edited in job.result.edited:
            path = project(job.entry.host_id, f"/repository/files/{segment(edited.path)}")
            file = self._api.find(path, FILE, ref=found.tip)
            if file is None or file["blob_id"] != edited.before:
                raise RepositoryError(Fault.STALE, f"{edited.path} changed since it was planned; plan again")
            last[edited.path] = file["last_commit_id"] or found.tip
        return last

    def _commit(self, job: Job, found: Found, texts: Texts, last: dict[str, str]) -> dict[str, Any]:
        """Commit by the API. With `start_branch` the branch must be a new one, and the host refuses where a file has
        changed since its `last_commit_id`:
        https://docs.gitlab.com/api/commits/#create-a-commit-with-multiple-files-and-actions"""
        files = self._host.planned(job.entry, job.result)
        actions = [
            {
                "action": "update",
                "file_path": file.path,
                "content": base64.b64encode(file.data).decode(),
                "encoding": "base64",
                "last_commit_id": last[file.path],
            }
            for file in new_files(self._terms.plan, job.result, files, job.entry.name)
        ]
        body = {"branch": self._terms.branch, "commit_message": texts.message, "actions": actions, "stats": False}
        if not found.there:
            body["start_branch"] = found.base
        made: dict[str, Any] = self._api.rest(
            "POST", project(job.entry.host_id, "/repository/commits"), COMMITTED, body, content=True
        )
        return made

    # -- all of it by git

    def _all_by_git(self, job: Job, found: Found, texts: Texts) -> OnHost:
        """Commit, push and let the push make the merge request, for a token without the scope `api`."""
        entry, there, url = job.entry, found.there, self._git.url(found.project)
        change = self._ours(entry, found) if there and there != found.tip else None
        if there and there != found.tip and change is None:
            raise human(self._terms.branch)
        if change == entry.change and found.open is not None and not found.is_behind:
            number, link = found.open["iid"], found.open["web_url"]
            return OnHost(entry, State.OPEN, there, number, link, self._opener.left_out())
        options = self._opener.options(job, found.project, found.base, is_new=found.open is None)
        # A push of what is there already would not be heard of: such a commit gets a time of its own.
        at = int(time.time()) if change == entry.change else 0
        head = self._git.commit(job, url, found.base, there, texts.message, options, at)
        request = self._opener.appeared(entry, head)
        if request is None:
            words = "its merge request did not appear after the push; look at it on GitLab, then retry"
            return OnHost(entry, head=head, error=RepositoryError(Fault.SERVER, words))
        return OnHost(entry, State.OPEN, head, request["iid"], request["web_url"], self._opener.left_out())

    # -- closing

    def close_one(self, entry: Entry) -> OnHost:
        """Close the merge request and delete the branch, unless a person has committed to it."""
        found = self._look(entry)
        there = found.there
        if there and there != found.tip and self._ours(entry, found) is None:
            raise human(self._terms.branch)
        if found.open is not None and self._writes[0]:
            path = project(entry.host_id, f"/merge_requests/{found.open['iid']}")
            try:
                if self._terms.reason:
                    # Both in one request: what is killed in between would leave the comment twice, or none.
                    # https://docs.gitlab.com/user/project/quick_actions/
                    said = {"body": f"{self._terms.reason}\n\n/close"}
                    self._api.rest("POST", f"{path}/notes", anything, said, content=True)
                self._api.rest("PUT", path, MERGE_REQUEST, {"state_event": "close"})
            except ScopeError:
                self._writes[0] = False  # Without its branch the host closes it as well.
        if there:
            self._git.delete(self._git.url(found.project), there)
        merged = any(each["state"] == "merged" and each["iid"] == entry.number for each in found.requests)
        state = State.MERGED if merged else State.CLOSED
        return OnHost(entry, state, message="its branch was deleted" if there else "")
