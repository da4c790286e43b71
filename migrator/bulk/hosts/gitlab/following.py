"""Merge requests as they are on GitLab: many a query by GraphQL, and one by one by REST where that does not tell."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from migrator.bulk.entry import Entry
from migrator.bulk.host import Request
from migrator.bulk.hosts.gitlab.api import Api, project
from migrator.bulk.hosts.gitlab.errors import NoGraphqlError
from migrator.bulk.hosts.gitlab.queries import REQUESTS, global_id, number_of
from migrator.bulk.hosts.gitlab.shapes import APPROVALS, MERGE_REQUEST
from migrator.bulk.states import RepositoryError, State
from migrator.services.faults import OfflineError
from migrator.services.halving import by_halves

BATCH = 50
_LOOKS, _PAUSE = 3, 1.0
BEGUN = 300.0
"""Seconds after the last push within which a pipeline may still begin."""
STATES = {"opened": State.OPEN, "locked": State.OPEN, "merged": State.MERGED, "closed": State.CLOSED}
UNSETTLED = frozenset(("preparing", "unchecked", "checking", "approvals_syncing"))
"""What the host has still to find out: https://docs.gitlab.com/api/merge_requests/#merge-status"""
BEHIND = "need_rebase"
"""Where a project merges only what is on the tip of its base."""
_CHECKS = {
    "success": "success", "skipped": "success",
    "failed": "failure", "canceled": "failure", "canceling": "failure",
}  # fmt: skip
"""What states of a pipeline mean; of the others it is not known yet how they end:
https://docs.gitlab.com/api/pipelines/#list-project-pipelines. CircleCI's statuses make a pipeline of their own."""
_REVIEWS = {"not_approved": "required", "code_owners_approval": "required", "requested_changes": "changes-requested"}


def requests(api: Api, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
    """Each merge request as it is on the host, `None` where it is gone, or why the host did not report it."""
    waiting = iter(entry for entry in entries if entry.number and entry.host_id)
    while batch := list(itertools.islice(waiting, BATCH)):
        found = _by_graphql(api, batch)
        yield from ((entry, found[entry.id]) for entry in batch if _is_settled(found.get(entry.id)))
        rest = [entry for entry in batch if not _is_settled(found.get(entry.id))]
        for look in range(_LOOKS):
            if rest and look:
                api.budget.pause(_PAUSE)
            # Asking for a single one also makes the host check whether it can be merged, which takes it a moment.
            seen = [(entry, _by_rest(api, entry)) for entry in rest]
            is_last = look + 1 == _LOOKS
            yield from ((entry, one) for entry, one in seen if is_last or not _is_checked(one))
            rest = [entry for entry, one in seen if _is_checked(one)]


def _is_settled(request: Request | None) -> bool:
    return request is not None and not request.unsettled


def _is_checked(one: Request | RepositoryError | None) -> bool:
    """Whether the host will know more in a moment."""
    return isinstance(one, Request) and bool(one.unsettled)


def _by_graphql(api: Api, entries: Sequence[Entry]) -> dict[int, Request]:
    by_id = {entry.host_id: entry for entry in entries}

    def ask(some: Sequence[str]) -> dict[str, Any] | None:
        branches = sorted({by_id[each].branch for each in some} - {""})
        given = {"ids": [global_id(each) for each in some], "many": len(some), "branches": branches}
        try:
            return api.query(REQUESTS, given, 25 * (1 + len(some) / 100)) if branches else None
        except NoGraphqlError:
            return None

    found = {}
    for _, data in by_halves(list(by_id), ask):
        if isinstance(data, RepositoryError) or data is None:
            continue
        for node in (data["projects"] or {}).get("nodes") or ():
            entry = by_id.get(number_of(node["id"])) if node else None
            if entry is not None:
                nodes = (node["mergeRequests"] or {}).get("nodes") or ()
                mine = next((each for each in nodes if each and int(each["iid"]) == entry.number), None)
                if mine is not None and (request := _of_graphql(mine)) is not None:
                    found[entry.id] = request
    return found


def _of_graphql(node: dict[str, Any]) -> Request | None:
    return _request(
        _Seen(
            node["state"].lower(),
            node["diffHeadSha"] or "",
            (node["headPipeline"] or {}).get("status", "").lower(),
            (node["detailedMergeStatus"] or "").lower(),
            node["conflicts"],
            node["draft"],
            bool(node["autoMergeEnabled"]),
            bool((node["approvedBy"] or {}).get("nodes")),
            node["createdAt"] or "",
            node["updatedAt"] or "",
        )
    )


def _by_rest(api: Api, entry: Entry) -> Request | RepositoryError | None:
    path = project(entry.host_id, f"/merge_requests/{entry.number}")
    try:
        node = api.find(path, MERGE_REQUEST)
        approvals = api.find(f"{path}/approvals", APPROVALS) if node and node["state"] == "opened" else None
    except OfflineError:
        raise
    except RepositoryError as error:
        return error
    if node is None:
        return None
    return _request(
        _Seen(
            node["state"].lower(),
            node["sha"] or "",
            ((node["head_pipeline"] or {}).get("status") or "").lower(),
            (node["detailed_merge_status"] or "").lower(),
            bool(node["has_conflicts"]),
            bool(node["draft"]),
            bool(node["merge_when_pipeline_succeeds"]),
            bool(approvals and approvals["approved_by"] and not approvals["approvals_left"]),
            node["created_at"] or "",
            node["updated_at"] or "",
        )
    )


class _Seen(NamedTuple):
    """What both APIs say of a merge request, in lower case."""

    state: str
    head: str
    pipeline: str
    detailed: str
    has_conflicts: bool
    is_draft: bool
    is_queued: bool
    is_approved: bool
    created: str
    updated: str


def _request(seen: _Seen) -> Request | None:
    if seen.state not in STATES:
        return None
    is_open, unsettled, queued = seen.state == "opened", "", ""
    if seen.state == "locked":
        unsettled = "GitLab is merging it"
    elif is_open and seen.detailed in UNSETTLED:
        unsettled = "GitLab still checks whether it can be merged"
    if is_open and seen.is_queued:
        queued = "GitLab merges it when its checks pass"
    # Without a pipeline one may be required all the same, or begin in a moment.
    is_quiet = time.time() - _moment(seen.updated) > BEGUN
    without = "none" if is_quiet and seen.detailed != "ci_must_pass" else ""
    review = _REVIEWS.get(seen.detailed, "approved" if seen.is_approved else "")
    conflicts = seen.detailed == "conflict" or (seen.has_conflicts and not unsettled)
    return Request(
        STATES[seen.state], seen.head, _CHECKS.get(seen.pipeline, "pending" if seen.pipeline else without),
        seen.is_draft, conflicts, unsettled, queued, review, _moment(seen.created),
    )  # fmt: skip


def _moment(text: str) -> int:
    """Seconds since 1970 of a time as GitLab writes it, 0 where it is none."""
    try:
        return max(0, int(datetime.fromisoformat(text).timestamp()))
    except (ValueError, OverflowError):
        return 0
