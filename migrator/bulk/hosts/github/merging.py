"""Merging on GitHub: at once, or by GitHub itself later, where reviews, rules or a merge queue are before it.

What is missing is never bypassed, although a token of an administrator could: where a review is missing, GitHub is
asked for auto-merge and not for a merge. The rules are in "About protected branches"
of https://docs.github.com/repositories.
"""

from __future__ import annotations

from typing import Any

from migrator.bulk.entry import Entry
from migrator.bulk.host import CHANGES, OnHost
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.queries import AUTO_MERGE, ENQUEUE, MERGED, MERGING, READY
from migrator.bulk.states import RepositoryError, State
from migrator.services.answers import RefusedError, plain
from migrator.services.faults import Fault

AUTO = "GitHub merges it once the reviews and checks that it requires are there (auto-merge)"
_REVIEWS = {"APPROVED": "approved", "CHANGES_REQUESTED": "changes-requested", "REVIEW_REQUIRED": "required"}
_ALLOWED = {"merge": "mergeCommitAllowed", "squash": "squashMergeAllowed", "rebase": "rebaseMergeAllowed"}


def queued(pull: dict[str, Any]) -> str:
    """Why GitHub merges a pull request later without being asked again, or nothing."""
    if pull["isInMergeQueue"]:
        entry = pull["mergeQueueEntry"] or {}
        if entry.get("state") == "UNMERGEABLE":
            return "is in the merge queue, which cannot merge it"
        place = entry.get("position")
        return f"is in the merge queue{f', at position {place}' if place else ''}"
    # One that nothing is missing of should be merged, or in the queue. GitHub does not see all of what comes to be
    # allowed later, such as a rule that was changed: then it has to be asked again. What is behind its base stays so.
    return AUTO if pull["autoMergeRequest"] and pull["mergeStateStatus"] not in ("CLEAN", "BEHIND") else ""


def review_of(pull: dict[str, Any]) -> str:
    """What reviewers decided. Where no review is required GitHub decides nothing, and the last word of each counts."""
    said = {each["state"] for each in (pull["latestOpinionatedReviews"] or {}).get("nodes") or () if each}
    for state in ("CHANGES_REQUESTED", "APPROVED"):
        if pull["reviewDecision"] is None and state in said:
            return _REVIEWS[state]
    return _REVIEWS.get(pull["reviewDecision"] or "", "")


def _look(api: Api, entry: Entry) -> tuple[dict[str, Any], dict[str, Any]]:
    """A repository and its pull request as they are now."""
    host: dict[str, Any] | None = api.query(MERGING, {"id": entry.host_id, "number": entry.number}).get("node")
    if host is None or host["pullRequest"] is None:
        raise RepositoryError(Fault.NOT_FOUND, "its pull request is gone or no longer visible")
    return host, host["pullRequest"]


def make_ready(api: Api, entry: Entry) -> OnHost:
    """Let a draft be ready for review."""
    _, pull = _look(api, entry)
    if pull["state"] == "OPEN" and pull["isDraft"]:
        api.query(READY, {"input": {"pullRequestId": pull["id"]}})
    return OnHost(entry, State(pull["state"].lower()), pull["headRefOid"])


def merge(api: Api, entry: Entry, method: str) -> OnHost:
    """Merge a pull request whose head is still ours, or let GitHub merge it later."""
    host, pull = _look(api, entry)
    if pull["state"] != "OPEN":
        state = State(pull["state"].lower())
        return OnHost(entry, state, message=f"was {state} on GitHub")
    if pull["headRefOid"] != entry.head:
        raise RepositoryError(Fault.STALE, "somebody committed to its branch in the meantime; look at it")
    return _Merge(api, entry, host, pull, method).do()


class _Merge:
    """What is done about one open pull request, by what was just seen of it."""

    def __init__(self, api: Api, entry: Entry, host: dict[str, Any], pull: dict[str, Any], method: str) -> None:
        self._api, self._entry, self._host, self._pull, self._method = api, entry, host, pull, method

    def do(self) -> OnHost:
        pull = self._pull
        if why := queued(pull):
            return self._open(why)
        if review_of(pull) == "changes-requested":
            return self._open(CHANGES)
        lacks_review = review_of(pull) == "required"
        if pull["isMergeQueueEnabled"]:
            return self._later() if lacks_review else self._enqueue()
        if lacks_review or pull["mergeStateStatus"] == "BLOCKED":
            return self._later()
        if pull["mergeStateStatus"] == "BEHIND":
            # Its commit is made anew on the base by the next push: what GitHub would update would not be ours any more.
            return OnHost(
                self._entry,
                State.APPROVED,
                self._entry.head,
                message=f"{pull['baseRefName']} requires branches that are up to date with it: push again",
            )
        return self._now()

    def _open(self, why: str) -> OnHost:
        return OnHost(self._entry, State.OPEN, self._entry.head, message=why)

    def _now(self) -> OnHost:
        """https://docs.github.com/rest/pulls/pulls#merge-a-pull-request"""
        entry = self._entry
        body = {"sha": entry.head, "merge_method": self._method}
        try:
            path = f"/repos/{self._host['nameWithOwner']}/pulls/{entry.number}/merge"
            done = self._api.rest("PUT", path, MERGED, body)
        except RefusedError as refused:
            if refused.status not in (405, 409, 422):
                raise
            if "merge queue" in refused.words:
                return self._enqueue()
            raise self._refused(refused.words) from None
        if not done["merged"]:
            raise self._refused(plain(done["message"] or "no reason given"))
        return OnHost(entry, State.MERGED)

    def _refused(self, words: str) -> RepositoryError:
        advice = ""
        allowed = [method for method, name in _ALLOWED.items() if self._host[name]]
        if "Rebase merges cannot be automatically signed" in words:
            # https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification
            advice = "; merge it with --method squash or --method merge, whose commits GitHub signs"
        elif self._method not in allowed and allowed:
            advice = f"; it allows {' or '.join(f'--method {method}' for method in allowed)}"
        return RepositoryError(Fault.PROTECTED, f"GitHub does not merge it: {words.rstrip('.')}{advice}")

    def _enqueue(self) -> OnHost:
        """Also where auto-merge is not allowed: https://docs.github.com/graphql/reference/mutations#enqueuepullrequest"""
        asked = {"pullRequestId": self._pull["id"], "expectedHeadOid": self._entry.head}
        try:
            done = self._api.query(ENQUEUE, {"input": asked})["enqueuePullRequest"]["mergeQueueEntry"]
        except RefusedError as refused:
            if refused.fault is not Fault.PROTECTED:
                raise
            return self._later(refused.words)
        return self._open(queued({"isInMergeQueue": True, "mergeQueueEntry": done}))

    def _later(self, words: str = "") -> OnHost:
        """https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge"""
        pull = self._pull
        if pull["autoMergeRequest"]:
            return self._open(AUTO)
        if not self._host["autoMergeAllowed"]:
            return self._open(
                f"{self._lacking(words)}, or allow auto-merge in the settings of the repository, and merge again"
            )
        asked = {"pullRequestId": pull["id"], "expectedHeadOid": self._entry.head, "mergeMethod": self._method.upper()}
        try:
            self._api.query(AUTO_MERGE, {"input": asked})
        except RefusedError as refused:
            if refused.fault is not Fault.PROTECTED:
                raise
            if "clean status" in refused.words and not pull["isMergeQueueEnabled"]:
                return self._now()  # What was missing has come since we asked.
            raise self._refused(refused.words) from None
        return self._open(AUTO)

    def _lacking(self, words: str) -> str:
        if review_of(self._pull) == "required":
            return "an approving review is required: approve it"
        why = f": {words.rstrip('.')}" if words else ""
        return f"a rule of {self._pull['baseRefName']} is not met{why}: its page says which one; meet it"
