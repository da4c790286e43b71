"""Pull requests as they are on Bitbucket, their builds, and merging them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx

from migrator.bulk.entry import Entry
from migrator.bulk.host import OnHost, Request, human
from migrator.bulk.hosts.bitbucket.api import TITLE, Api, at
from migrator.bulk.hosts.bitbucket.shapes import PULL, STATUS, TASK
from migrator.bulk.states import RepositoryError, State
from migrator.services.answers import RefusedError, read_json
from migrator.services.budget import AGAIN
from migrator.services.faults import Fault, OfflineError

STATES = {"OPEN": State.OPEN, "MERGED": State.MERGED, "DECLINED": State.CLOSED, "SUPERSEDED": State.CLOSED}
STRATEGIES = {
    "merge": ("merge_commit",),
    "squash": ("squash", "squash_fast_forward"),
    "rebase": ("rebase_fast_forward", "fast_forward"),
}
"""By the method, what a branch may allow of it:
https://support.atlassian.com/bitbucket-cloud/docs/merge-a-pull-request/"""
PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between two looks at a merge that Bitbucket has begun. What takes longer is seen by a later run."""
BEGUN = 300.0
"""Seconds after the last change of a pull request, such as a push, within which builds may still begin."""
_LATER = "Bitbucket was asked to merge it and is not done yet"


def follow(
    api: Api, entries: Sequence[Entry], has_conflicts: Callable[[Entry], bool]
) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
    """Each pull request as it is, and the builds of its commit while it is open: two requests for each.

    `has_conflicts` is asked where the branch to merge into is not what it was: the API does not say it.
    """
    for entry in entries:
        if not entry.number:
            continue
        try:
            yield entry, _request(api, entry, has_conflicts)
        except OfflineError:
            raise
        except RepositoryError as error:
            yield entry, error


def _request(api: Api, entry: Entry, has_conflicts: Callable[[Entry], bool]) -> Request | None:
    try:
        pull = get(api, entry)
    except RefusedError as refused:
        if refused.status == 404:
            return None
        raise
    state = STATES[pull["state"]]
    head = head_of(pull, entry.head)
    told = Request(state, head, is_draft=bool(pull["draft"]), review=_review(pull), opened=_seconds(pull["created_on"]))
    if state is not State.OPEN or not head:
        return told
    tip = str((pull["destination"]["commit"] or {}).get("hash", ""))
    moved = head == entry.head and not (tip and entry.base.startswith(tip))
    checks = _checks(api, entry, head)
    if checks == "none" and abs(time.time() - _seconds(pull["updated_on"] or pull["created_on"])) < BEGUN:
        checks = ""
    return told._replace(checks=checks, has_conflicts=moved and has_conflicts(entry))


def _review(pull: dict[str, Any]) -> str:
    """What reviewers said. How many have to approve it, only an administrator may ask."""
    people = pull["participants"] or ()
    if any(each["state"] == "changes_requested" for each in people):
        return "changes-requested"
    return "approved" if any(each["approved"] for each in people) else ""


def _seconds(when: str | None) -> int:
    """A time of Bitbucket in seconds since 1970, 0 where it is none."""
    with suppress(ValueError, OverflowError):
        return max(0, int(datetime.fromisoformat(when).timestamp())) if when else 0
    return 0


def get(api: Api, entry: Entry, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = api.get(at(entry, "pullrequests", str(number or entry.number)), PULL)
    return found


def head_of(pull: dict[str, Any], known: str) -> str:
    """The commit of a pull request's branch, which Bitbucket cuts to twelve digits: in full if it is the known one.
    Empty where its branch is gone."""
    short = str((pull["source"]["commit"] or {}).get("hash", ""))
    return known if short and known.startswith(short) else short


def _checks(api: Api, entry: Entry, commit: str) -> str:
    """What builds say together. Which ones a branch requires, only an administrator may ask; Bitbucket looks before it
    merges: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/"""
    path = at(entry, "commit", commit, "statuses")
    states = {status["state"] for status in api.pages(path, STATUS, [("pagelen", "100")])}
    if states & {"FAILED", "STOPPED"}:
        return "failure"
    return "pending" if "INPROGRESS" in states else "success" if states else "none"


def update(api: Api, entry: Entry, number: int, body: dict[str, Any]) -> None:
    """Change an open pull request. All else that may be changed is sent as it is, so that it is not lost."""
    _update(api, entry, get(api, entry, number), body)


def _update(api: Api, entry: Entry, pull: dict[str, Any], body: dict[str, Any]) -> None:
    kept = {
        "title": pull["title"],
        "description": pull["description"] or "",
        "reviewers": [{"uuid": each["uuid"]} for each in pull["reviewers"] or () if each["uuid"]],
        "close_source_branch": bool(pull["close_source_branch"]),
        "draft": bool(pull["draft"]),
    }
    api.send("PUT", at(entry, "pullrequests", str(pull["id"])), PULL, {**kept, **body})


def make_ready(api: Api, entry: Entry) -> OnHost:
    """Let a draft be ready for review."""
    pull = get(api, entry)
    if STATES[pull["state"]] is State.OPEN and pull["draft"]:
        _update(api, entry, pull, {"draft": False})
    return OnHost(entry, STATES[pull["state"]], head_of(pull, entry.head))


# -- merging


def merge(api: Api, entry: Entry, method: str) -> OnHost:
    """Merge a pull request whose head is ours at the last moment: Bitbucket takes no commit that it must be on."""
    pull = get(api, entry)
    if (state := STATES[pull["state"]]) is not State.OPEN:
        return OnHost(entry, state, message=f"was {state} on {TITLE}")
    if head_of(pull, entry.head) != entry.head:
        raise human(entry.branch)
    body = {"merge_strategy": _strategy(pull, method), "close_source_branch": True}
    path = at(entry, "pullrequests", str(entry.number), "merge")
    try:
        answer = api.answer("POST", f"{path}?async=true", body)
        return _merged(api, entry, answer)
    except RefusedError as refused:
        if refused.status in (400, 409):
            raise RepositoryError(Fault.PROTECTED, f"{TITLE} does not merge it: {refused.words}") from None
        raise
    except RepositoryError as error:
        # Its answer was lost, or it is 555: it takes long, and may have happened
        # (https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/).
        if error.fault not in AGAIN or isinstance(error, OfflineError):
            raise
        return _as_it_is(api, entry)


def _strategy(pull: dict[str, Any], method: str) -> str:
    """What Bitbucket calls a method, of those that the branch allows."""
    allowed = pull["destination"]["branch"]["merge_strategies"]
    if not allowed:
        return STRATEGIES[method][-1 if method == "rebase" else 0]
    for name in STRATEGIES[method]:
        if name in allowed:
            return name
    raise RepositoryError(
        Fault.PROTECTED, f"its branch cannot be merged by {method}: {TITLE} allows {', '.join(allowed)} there"
    )


def _merged(api: Api, entry: Entry, answer: httpx.Response) -> OnHost:
    """Wait a moment for a merge that was accepted; Bitbucket names the task in the URL where it is asked for."""
    if answer.status_code != 202:
        return _of(entry, read_json(answer, TITLE, PULL))
    task = re.search(r"/merge/task-status/([\w-]{1,100})/?$", answer.headers.get("location", ""))
    if task is None:
        return _as_it_is(api, entry)
    for pause in PAUSES:
        api.pause(pause)
        found = api.get(at(entry, "pullrequests", str(entry.number), "merge", "task-status", task[1]), TASK)
        if found["task_status"] == "SUCCESS":
            return OnHost(entry, State.MERGED)
        if found["task_status"] != "PENDING":
            break
    return _as_it_is(api, entry)


def _as_it_is(api: Api, entry: Entry) -> OnHost:
    return _of(entry, get(api, entry))


def _of(entry: Entry, pull: dict[str, Any]) -> OnHost:
    state = STATES[pull["state"]]
    return OnHost(entry, state, message=_LATER if state is State.OPEN else "")
