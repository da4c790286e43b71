"""How GitHub protects branches, as its fake does: what is before a merge, and merging by itself later.

https://docs.github.com/graphql/reference/mutations and, for the words of refusals, what clients of the API report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.bulk.hosts.github.repositories import Pull, Repository

WHEN = "2026-11-28T15:04:00Z"


class Rules:
    """What a repository requires and allows. `bypass`: the token may merge whatever is missing."""

    autoMergeAllowed = False  # noqa: N815
    squashMergeAllowed = mergeCommitAllowed = rebaseMergeAllowed = True  # noqa: N815
    requires_review = requires_signatures = has_queue = bypass = is_strict = False
    has_drafts = signs = True
    blocked = ""
    """A rule that nobody has met, in GitHub's words."""


class Merging:
    """What a pull request waits for. `opinions` are the last words of reviewers."""

    repository: Repository
    state: str
    base: str
    head: str
    checks: str | None
    createdAt = WHEN  # noqa: N815

    def __init__(self) -> None:
        self.opinions: list[str] = []
        self.auto: dict[str, Any] | None = None
        self.is_queued = False

    @property
    def mergeable(self) -> str:
        raise NotImplementedError

    @property
    def reviewDecision(self) -> str | None:  # noqa: N802
        if not self.repository.requires_review:
            return None
        return next(iter(sorted(self.opinions, reverse=True)), "REVIEW_REQUIRED")

    def latestOpinionatedReviews(self, _info: Any, **_: Any) -> dict[str, Any]:  # noqa: N802
        return {"nodes": [{"state": state} for state in self.opinions]}

    @property
    def is_behind(self) -> bool:
        """Whether its base went on and has to be in it."""
        base, head = (f"refs/heads/{name}" for name in (self.base, self.head))
        return self.repository.is_strict and bool(int(self.repository.git("rev-list", "--count", f"{head}..{base}")))

    @property
    def missing(self) -> str:
        """What a merge is refused for, in GitHub's words."""
        if "CHANGES_REQUESTED" in self.opinions and self.repository.requires_review:
            return "Changes have been requested."
        if self.reviewDecision == "REVIEW_REQUIRED":
            return "At least 1 approving review is required by reviewers with write access."
        return self.repository.blocked

    @property
    def mergeStateStatus(self) -> str:  # noqa: N802
        if self.mergeable == "CONFLICTING":
            return "DIRTY"
        if self.missing:
            return "BLOCKED"
        if self.is_behind:
            return "BEHIND"
        return "CLEAN" if self.checks in (None, "SUCCESS") else "UNSTABLE"

    @property
    def isMergeQueueEnabled(self) -> bool:  # noqa: N802
        return self.repository.has_queue

    @property
    def isInMergeQueue(self) -> bool:  # noqa: N802
        return self.is_queued

    @property
    def mergeQueueEntry(self) -> dict[str, Any] | None:  # noqa: N802
        return {"position": 1, "state": "AWAITING_CHECKS"} if self.is_queued else None

    @property
    def autoMergeRequest(self) -> dict[str, Any] | None:  # noqa: N802
        return self.auto

    def refusal(self, method: str) -> str:
        """Why it is not merged now, in GitHub's words, or nothing."""
        rules = self.repository
        if not {"squash": rules.squashMergeAllowed, "merge": rules.mergeCommitAllowed}.get(
            method, rules.rebaseMergeAllowed
        ):
            return f"{method.capitalize()} merges are not allowed on this repository."
        if rules.requires_signatures and method == "rebase":
            return "Base branch requires signed commits. Rebase merges cannot be automatically signed by GitHub"
        if rules.bypass:
            return ""
        if rules.has_queue:
            return "Repository rule violations found\n\nChanges must be made through the merge queue\n\n"
        if self.is_behind:
            return "Head branch is out of date. Review and try the merge again."
        return self.missing


def asked_to_merge_later(pull: Pull, asked: dict[str, Any]) -> str:
    """Turn auto-merge on; returns why not."""
    if not pull.repository.autoMergeAllowed:
        return "Auto merge is not allowed for this repository"
    if asked["expectedHeadOid"] != pull.headRefOid:
        return "Head branch was modified. Review and try the merge again."
    if pull.mergeStateStatus == "CLEAN" and not pull.repository.has_queue:
        return "Pull request Pull request is in clean status"
    pull.auto = {"enabledAt": WHEN, "mergeMethod": asked["mergeMethod"]}
    return ""


def asked_to_queue(pull: Pull, asked: dict[str, Any]) -> str:
    """Put it into the merge queue; returns why not."""
    if not pull.repository.has_queue:
        return "Merge queue is not enabled"
    if asked["expectedHeadOid"] != pull.headRefOid:
        return "Head branch was modified. Review and try the merge again."
    if pull.missing:
        return f"Pull request {pull.missing}"
    pull.is_queued = True
    return ""


def later(repository: Repository) -> None:
    """What GitHub does by itself some time later."""
    for pull in repository.pulls:
        if pull.state == "OPEN" and pull.auto and not pull.missing and not pull.is_behind:
            if repository.has_queue and not pull.is_queued:
                pull.is_queued = True
                continue
            pull.merge()
        elif pull.state == "OPEN" and pull.is_queued:
            pull.merge()
