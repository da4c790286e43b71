"""What `status` says of each repository, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.host import Request
from migrator.bulk.ledger import Ledger
from migrator.bulk.phases.following import waits
from migrator.bulk.states import State
from migrator.bulk.status import as_json, as_text
from tests.bulk.conftest import Bulk

NOW = 1_764_000_000
DAY = 86_400
PULL = "https://github.com/acme/web/pull/7"


def ledger_of(**columns: Any) -> Ledger:
    """A ledger with one repository whose pull request is open."""
    ledger = Ledger(Path("hub.db"), "hub", with_requests=("github",), create=True)
    ledger.add("acme/web", "github", "https://github.com/acme/web")
    ledger.update(1, **{"state": State.OPEN, "pull_request": PULL, **columns})
    return ledger


@pytest.mark.parametrize(
    ("columns", "missing", "said"),
    [
        ({}, (), ""),
        ({"checks": "success"}, (), " (checks: success)"),
        ({"checks": "success", "review": "changes-requested"}, (), " (checks: success; review: changes requested)"),
        ({"waits": "is a draft"}, (), " (is a draft)"),
        ({"opened": NOW - 30}, (), " (opened less than a minute ago)"),
        ({"opened": NOW - 119}, (), " (opened 1 minute ago)"),
        ({"opened": NOW - 2 * 3600}, (), " (opened 2 hours ago)"),
        ({"opened": NOW - 3 * DAY - 5}, (), " (opened 3 days ago)"),
        ({"opened": NOW - DAY}, ("no context a",), " (missing at CircleCI: no context a; opened 1 day ago)"),
        ({"message": "labels were not set: no"}, (), ": labels were not set: no"),
        ({"opened": NOW + 60}, (), " (opened less than a minute ago)"),
    ],
)
def test_an_open_pull_request_as_text(bulk: Bulk, columns: dict[str, Any], missing: tuple[str, ...], said: str) -> None:
    with ledger_of(**columns) as ledger:
        assert next(as_text(ledger, {1: missing}, NOW)) == f"open: {PULL}{said}\n"


def test_everything_as_json(bulk: Bulk) -> None:
    columns = {"checks": "pending", "review": "required", "opened": NOW, "waits": "is a draft"}
    with ledger_of(**columns) as ledger:
        ledger.add("acme/lib", "github", "https://github.com/acme/lib")
        ledger.update(2, state=State.APPROVED, message="waits: for a context", waits="of an earlier time")
        web, lib = json.loads("".join(as_json(ledger, {1: ("no context a",)})))["repositories"]
    names = ("kinds", "checks", "review", "opened", "waits", "missing")
    assert [web[name] for name in names] == [
        [], "pending", "required", "2025-11-24T16:00:00Z", "is a draft", ["no context a"],
    ]  # fmt: skip
    assert [lib[name] for name in names] == [[], "", "", "", "for a context", []]


OURS = "a" * 40


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Request(State.OPEN, OURS, "success"), ""),
        (Request(State.OPEN, OURS, "none"), ""),
        (Request(State.OPEN, OURS, "success", review="approved"), ""),
        # What is missing may be given later: whether it is waited for is the host's to say.
        (Request(State.OPEN, OURS, "success", review="required"), ""),
        (Request(State.OPEN, OURS, "success", review="changes-requested"), "a reviewer requested changes"),
        (Request(State.OPEN, OURS), "no check has reported"),
        (Request(State.OPEN, OURS, "pending"), "checks are pending"),
        (Request(State.OPEN, OURS, "failure"), "checks failed"),
        (Request(State.OPEN, OURS, "expected"), "a required check has not reported"),
        (Request(State.OPEN, OURS, "success", queued="is in the merge queue"), "is in the merge queue"),
        (Request(State.OPEN, "b" * 40, "success", queued="is in the merge queue"),
         "its head is not ours: somebody committed to the branch"),
        (None, "its pull request is gone or no longer visible"),
    ],
)  # fmt: skip
def test_what_is_not_merged_says_why(bulk: Bulk, request_: Request | None, why: str) -> None:
    with ledger_of(head=OURS) as ledger:
        assert waits(ledger.entry("acme/web"), request_) == why
