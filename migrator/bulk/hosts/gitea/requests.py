"""Pull requests as they are on Gitea, and merging them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from migrator.bulk.entry import Entry
from migrator.bulk.host import OnHost, Request
from migrator.bulk.hosts.gitea.api import (
    BRANCH,
    COMPARED,
    PULL,
    REPOSITORY,
    REVIEWS,
    STATUS,
    TITLE,
    Api,
    part,
    repository,
)
from migrator.bulk.rollout import threads
from migrator.bulk.states import RepositoryError, State
from migrator.services.answers import RefusedError
from migrator.services.budget import Budget
from migrator.services.faults import Fault, OfflineError

_AT_ONCE = 4
_LOOKS, _PAUSE = 4, 0.3
"""How often, and after how many seconds, a pull request is asked for again that cannot be merged: for a moment after
each push to either branch the server is still checking, and says the same of it as of one with conflicts."""
_NOT_YET = ("Please try again later", "Does not have enough approvals", "required status checks", "requested changes",
            "official review requests", "behind the base branch")  # fmt: skip
"""What Gitea says, with 405, of what may be merged some other time (services/pull/check.go, merge.go)."""
_DRAFT = re.compile(r"^\s*(?:(?:WIP:|\[WIP\])\s*)+", re.IGNORECASE)
"""https://docs.gitea.com/usage/issues-prs/pull-request#work-in-progress-pull-requests"""


Followed: TypeAlias = Request | RepositoryError | None


def pulls(api: Api, budget: Budget, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Followed]]:
    """Each pull request as it is now, `None` where it is gone. There is no request for many: some are asked at once."""

    def one(entry: Entry) -> Followed:
        try:
            return _request(api, budget, entry)
        except OfflineError:
            raise
        except RefusedError as refused:
            return None if refused.status == 404 else refused
        except RepositoryError as error:
            return error

    asked = [entry for entry in entries if entry.number]
    with threads(_AT_ONCE, "follow") as pool:
        yield from zip(asked, pool.map(one, asked), strict=True)


def _request(api: Api, budget: Budget, entry: Entry) -> Request:
    try:
        return _named(api, budget, entry, entry.name)
    except RefusedError as refused:
        if refused.status >= 400 and refused.status != 404:
            raise
    # Renamed, transferred, or another repository has its name by now. One that is gone is not found by its id either.
    return _named(api, budget, entry, api.ask("GET", f"/repositories/{entry.host_id}", REPOSITORY)["full_name"])


def _named(api: Api, budget: Budget, entry: Entry, name: str) -> Request:
    place = repository(name)
    pull = api.ask("GET", f"{place}/pulls/{entry.number}", PULL)
    if str(pull["base"]["repo_id"]) != entry.host_id:
        raise RefusedError(TITLE, 404, "another repository has its name", Fault.NOT_FOUND)
    for _ in range(_LOOKS - 1):
        if pull["state"] != "open" or pull["mergeable"] or pull["draft"]:
            break
        budget.pause(_PAUSE)
        pull = api.ask("GET", f"{place}/pulls/{entry.number}", PULL)
    head, opened = pull["head"]["sha"] or "", _seconds(pull["created_at"])
    at = {"opened": opened, "name": name, "source": f"{api.site}/{name}", "url": pull["html_url"]}
    if pull["merged"] or pull["state"] != "open":
        return Request(State.MERGED if pull["merged"] else State.CLOSED, head, **at)
    branch = api.ask("GET", f"{place}/branches/{part(pull['base']['label'])}", BRANCH)
    reviews = api.ask("GET", f"{place}/pulls/{entry.number}/reviews", REVIEWS)
    is_draft = bool(pull["draft"])
    return Request(
        State.OPEN,
        head,
        _checks(api, place, head, branch),
        is_draft,
        has_conflicts=not pull["mergeable"] and not is_draft,
        review=_review(reviews, branch["required_approvals"] or 0),
        **at,
    )


def _seconds(moment: str | None) -> int:
    try:
        return int(datetime.fromisoformat(moment or "").timestamp())
    except (ValueError, OverflowError):
        return 0


def _checks(api: Api, place: str, head: str, branch: dict[str, Any]) -> str:
    """Its combined status is `pending` where there is none as well; what is required may not have reported yet."""
    status = api.ask("GET", f"{place}/commits/{part(head)}/status", STATUS)
    if not status["total_count"]:
        return "expected" if branch["enable_status_check"] else "none"
    required = branch["status_check_contexts"] or () if branch["enable_status_check"] else ()
    there = [each["context"] for each in status["statuses"] or ()]
    if status["state"] == "success" and not all(fnmatch.filter(there, pattern) for pattern in required):
        return "expected"
    return "failure" if status["state"] == "warning" else str(status["state"])


def _review(reviews: Sequence[dict[str, Any]], required: int) -> str:
    """The last word of each reviewer who may approve, as far as it still counts."""
    said: dict[int, str] = {}
    for review in sorted(reviews, key=lambda review: review["id"]):
        if review["official"] and not review["dismissed"] and review["state"] in ("APPROVED", "REQUEST_CHANGES"):
            said[(review["user"] or {}).get("id", 0)] = review["state"]
    if "REQUEST_CHANGES" in said.values():
        return "changes-requested"
    if len(said) < required:
        return "required"
    return "approved" if said else ""


def make_ready(api: Api, entry: Entry) -> OnHost:
    """Take what makes it a draft from its title."""
    name = api.ask("GET", f"/repositories/{entry.host_id}", REPOSITORY)["full_name"]
    place = f"{repository(name)}/pulls/{entry.number}"
    pull = api.ask("GET", place, PULL)
    if pull["state"] == "open" and pull["draft"]:
        pull = api.ask("PATCH", place, PULL, {"title": _DRAFT.sub("", pull["title"])})
    state = State.MERGED if pull["merged"] else State(pull["state"])
    return OnHost(entry, state, pull["head"]["sha"] or "")


def merge(api: Api, entry: Entry, method: str) -> OnHost:
    """Merge a pull request whose head is still ours. What may not be merged yet stays open, with the reason."""
    body = {"Do": method, "head_commit_id": entry.head, "delete_branch_after_merge": False}
    name = api.ask("GET", f"/repositories/{entry.host_id}", REPOSITORY)["full_name"]
    try:
        api.ask("POST", f"{repository(name)}/pulls/{entry.number}/merge", None, body)
    except RefusedError as refused:
        if refused.status == 405 and "already merged" in refused.words:
            return OnHost(entry, State.MERGED)
        if refused.status == 405 and "behind the base branch" in refused.words and _is_behind(api, name, entry):
            # The next push makes its commit anew on the base: what Gitea would update would not be ours any more.
            said = "its base requires branches that are up to date with it: push again"
            return OnHost(entry, State.APPROVED, entry.head, message=said)
        if refused.status == 409 or (refused.status == 405 and any(words in refused.words for words in _NOT_YET)):
            return OnHost(entry, State.OPEN, message=f"{TITLE} does not merge it yet: {refused.words}")
        if refused.status == 405:
            raise RepositoryError(Fault.PROTECTED, f"{TITLE} does not merge it: {refused.words}") from None
        raise
    return OnHost(entry, State.MERGED)


def _is_behind(api: Api, name: str, entry: Entry) -> bool:
    """Whether its base has commits that it lacks: for some time after a push Gitea counts as it was before."""
    place = repository(name)
    pull = api.ask("GET", f"{place}/pulls/{entry.number}", PULL)
    lacks = api.ask("GET", f"{place}/compare/{part(entry.head)}...{part(pull['base']['label'])}", COMPARED)
    return bool(lacks["total_commits"])
