"""The branch by git, and its pull request by the API: every step after the host was asked what is there."""

from __future__ import annotations

import re
import threading
from typing import Any

from migrator.bulk.by_git.pushing import Pusher as GitPusher
from migrator.bulk.contents import new_files
from migrator.bulk.entry import Entry
from migrator.bulk.git import Url
from migrator.bulk.host import Host, Job, OnHost, Terms
from migrator.bulk.hosts.bitbucket.api import TITLE, Api, at
from migrator.bulk.hosts.bitbucket.requests import STATES, head_of, update
from migrator.bulk.hosts.bitbucket.shapes import COMMENT, COMMIT, PULL, REVIEWER
from migrator.bulk.hosts.change_requests import Past, after_branch, settled
from migrator.bulk.ours import trailers
from migrator.bulk.requests.texts import Texts
from migrator.bulk.states import State
from migrator.services.answers import RefusedError
from migrator.services.client import Form
from migrator.services.faults import Fault


class Author:
    """Who opens the pull requests of a run, by the first of them: nobody else may be asked that with every token."""

    def __init__(self) -> None:
        self.uuid = ""
        self.lock = threading.Lock()


class Pusher:
    """Branch, commit and pull request of one repository."""

    def __init__(self, host: Host, api: Api, terms: Terms, by_git: GitPusher, author: Author) -> None:
        self._host, self._api, self._terms, self._git, self._author = host, api, terms, by_git, author

    def push(self, job: Job, url: Url) -> OnHost:
        pulls = self._pulls(job.entry)
        if done := self._settled(job.entry, pulls):
            return done
        pushed = self._uploaded(job, url) or self._git.push(job, url)
        texts = self._host.texts(job.entry, job.result, self._terms)
        return after_branch(job.entry, pushed.head, lambda: self._request(job.entry, pulls, pushed, texts))

    def _uploaded(self, job: Job, url: Url) -> OnHost | None:
        """The commit by the API, where it read the repository and all is as it was then; else `None`, and git does it.

        The branch is not there yet, so that the commit's parent is all that has to hold: Bitbucket answers 409 where it
        does not (https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/). Attributes get lost that
        way, and it signs nothing.
        """
        entry, terms = job.entry, self._terms
        is_plain = all(edited.mode == "100644" for edited in job.result.edited)
        if entry.store or not is_plain or terms.identity.signing or self._git.look(url) != (entry.base, ""):
            return None
        files = new_files(terms.plan, job.result, self._host.planned(entry, job.result), entry.name)
        fields = {
            "branch": terms.branch,
            "parents": entry.base,
            "message": self._host.texts(entry, job.result, terms).message,
            "author": f"{terms.identity.name} <{terms.identity.email}>",
        }
        # The slash tells a file from a field of that name.
        form = Form(fields, [(f"/{file.path}", file.data) for file in files])
        try:
            answer = self._api.answer("POST", at(entry, "src"), form=form)
        except RefusedError as refused:
            if refused.fault is Fault.STALE:
                raise
            return None  # git says why, in the words of every other host.
        made = re.search(r"/commit/([0-9a-f]{40})$", answer.headers.get("location", ""))
        return OnHost(entry, head=made[1] if made else self._git.look(url)[1])

    def _pulls(self, entry: Entry) -> list[dict[str, Any]]:
        """The pull requests of our branch, whatever became of them, the last one first.

        https://developer.atlassian.com/cloud/bitbucket/rest/intro/#filtering
        """
        query = [("q", f'source.branch.name = "{self._terms.branch}"'), *(("state", each) for each in STATES)]
        found = [
            pull
            for pull in self._api.pages(at(entry, "pullrequests"), PULL, [*query, ("pagelen", "50")])
            if (pull["source"]["repository"] or {}).get("full_name") == entry.name
            and pull["source"]["branch"]["name"] == self._terms.branch
        ]
        return sorted(found, key=lambda pull: pull["id"], reverse=True)

    def _settled(self, entry: Entry, pulls: list[dict[str, Any]]) -> OnHost | None:
        """A pull request that was merged or declined before the ledger knew of it. No declined one is opened again."""
        heads = {pull["id"]: head_of(pull, "") for pull in pulls}

        def look(last: Past) -> tuple[str, str | None]:
            head = heads[last.number]
            if not head:
                return "", None
            named = trailers(self._api.get(at(entry, "commit", head), COMMIT)["message"])
            return head, named.change if named.campaign == self._terms.campaign else None

        requests = [Past(pull["id"], STATES[pull["state"]], pull["links"]["html"]["href"]) for pull in pulls]
        return settled(entry, TITLE, requests, look)

    # -- the pull request

    def _request(self, entry: Entry, pulls: list[dict[str, Any]], pushed: OnHost, texts: Texts) -> OnHost:
        pull = next((each for each in pulls if each["state"] == "OPEN"), None)
        message = ""
        if pull is None:
            pull, message = self._open(entry, texts)
        elif head_of(pull, pushed.head) != pushed.head or not entry.number:
            # What a person wrote into a pull request that is up to date stays.
            update(self._api, entry, pull["id"], {"title": texts.title, "description": texts.body})
        return OnHost(entry, State.OPEN, pushed.head, pull["id"], pull["links"]["html"]["href"], message)

    def _open(self, entry: Entry, texts: Texts) -> tuple[dict[str, Any], str]:
        """Open it, with the default reviewers, whom the API does not add by itself; and what was not set."""
        terms = self._terms
        body: dict[str, Any] = {
            "title": texts.title,
            "description": texts.body,
            "source": {"branch": {"name": terms.branch}},
            "close_source_branch": True,
        }
        if terms.base:
            body["destination"] = {"branch": {"name": terms.base}}
        if terms.draft:
            body["draft"] = True
        reviewers, failures = self._reviewers(entry)
        if terms.labels or terms.assignees:
            failures.append(f"{TITLE} has neither labels nor assignees")
        path = at(entry, "pullrequests")
        if not reviewers:
            return self._opened(self._api.send("POST", path, PULL, body)), "; ".join(failures)
        try:
            found = self._api.send("POST", path, PULL, {**body, "reviewers": reviewers})
        except RefusedError as refused:
            if refused.status != 400:
                raise
            # Nobody reviews their own: who that is, its author says. What else is wrong is refused again.
            found = self._opened(self._api.send("POST", path, PULL, body))
            if failure := self._review(entry, found, reviewers, refused.words):
                failures.append(failure)
        return self._opened(found), "; ".join(failures)

    def _opened(self, pull: dict[str, Any]) -> dict[str, Any]:
        with self._author.lock:
            self._author.uuid = self._author.uuid or (pull["author"] or {}).get("uuid") or ""
        return pull

    def _reviewers(self, entry: Entry) -> tuple[list[dict[str, str]], list[str]]:
        """Default reviewers, those of the project too, and those that were asked for; and who cannot be."""
        failures: list[str] = []
        found: list[dict[str, str]] = []
        try:
            path = at(entry, "effective-default-reviewers")
            everyone = [each["user"]["uuid"] for each in self._api.pages(path, REVIEWER, [("pagelen", "100")])]
            found += [{"uuid": uuid} for uuid in everyone if uuid and uuid != self._author.uuid]
        except RefusedError as refused:
            failures.append(f"default reviewers are not known: {refused.words}")
        for each in self._terms.reviewers:
            if each.startswith("{"):
                found.append({"uuid": each})
            elif ":" in each or (len(each) == 24 and each.isalnum()):
                found.append({"account_id": each})
            else:
                failures.append(f"{each} is not asked to review: {TITLE} needs an account id or a UUID")
        return [each for place, each in enumerate(found) if each not in found[:place]], failures

    def _review(self, entry: Entry, pull: dict[str, Any], reviewers: list[dict[str, str]], why: str) -> str:
        """Add reviewers to an open pull request but for its author; returns what was not done."""
        others = [each for each in reviewers if each.get("uuid") != self._author.uuid]
        if len(others) == len(reviewers):
            return f"reviewers were not set: {why}"
        try:
            update(self._api, entry, pull["id"], {"reviewers": others})
        except RefusedError as refused:
            return f"reviewers were not set: {refused.words}"
        return ""

    # -- closing

    def close_one(self, entry: Entry, url: Url) -> OnHost:
        """Decline the pull request and delete the branch, unless a person has committed to it."""
        pulls = self._pulls(entry)

        def decline() -> None:
            for pull in pulls:
                if pull["state"] != "OPEN":
                    continue
                path = at(entry, "pullrequests", str(pull["id"]))
                if self._terms.reason:
                    self._api.send("POST", f"{path}/comments", COMMENT, {"content": {"raw": self._terms.reason}})
                self._api.send("POST", f"{path}/decline", PULL)

        closed = self._git.close_one(entry, url, decline)
        merged = any(pull["state"] == "MERGED" and pull["id"] == entry.number for pull in pulls)
        return closed._replace(state=State.MERGED if merged else State.CLOSED)
