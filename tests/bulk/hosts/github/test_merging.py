"""Merging on GitHub where reviews, rules or a merge queue are before it: by GitHub itself later, never around them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk, Host
from tests.bulk.hosts.github.protection import later
from tests.bulk.hosts.github.repositories import Pull, Repository
from tests.bulk.repositories import commit, commits_on, git, show

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
MERGE = ("merge", "hub", "--confirm", "all")


@pytest.fixture
def app(host: Host, bulk: Bulk) -> Repository:
    """One repository whose pull request is open."""
    bulk("plan", "hub", "--source", "github:acme/app", "--api-url", host.url)
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 1
    return host.repositories["app"]


def writes(host: Host) -> int:
    return host.requests["mutation"] + host.requests["PUT"]


def test_a_missing_review_is_waited_for_by_github(app: Repository, host: Host, bulk: Bulk, states: States) -> None:
    app.requires_review = app.autoMergeAllowed = True
    (pull,) = app.pulls
    said = bulk(*MERGE)
    assert said.code == 1
    assert said.out.startswith("acme/app: GitHub merges it once the reviews and checks that it requires are there")
    assert pull.auto is not None
    assert pull.auto["mergeMethod"] == "SQUASH"
    assert (states()["acme/app"]["state"], states()["acme/app"]["class"]) == ("open", "")
    sent = writes(host)
    assert "acme/app: waits: GitHub merges it once" in bulk(*MERGE).out
    assert writes(host) == sent, "it was asked for already"
    said = bulk("status", "hub")
    assert "(checks: success; review: required; GitHub merges it once " in said.out
    pull.opinions = ["APPROVED"]
    later(app)
    assert bulk("status", "hub").code == 0
    assert (states()["acme/app"]["state"], states()["acme/app"]["review"]) == ("merged", "approved")
    assert "$DOCKERHUB_PASSWORD" in show(app.path, f"main:{CONFIG}")


def test_a_review_is_not_passed_over_by_who_could(app: Repository, bulk: Bulk, states: States) -> None:
    app.requires_review = app.bypass = True
    said = bulk(*MERGE)
    assert said.code == 1
    assert (
        "acme/app: an approving review is required: approve it, or allow auto-merge in the settings of the repository,"
        " and merge again\n" in said.out
    )
    assert app.pulls[0].state == "OPEN"
    assert states()["acme/app"]["waits"].startswith("an approving review is required")
    app.pulls[0].opinions = ["APPROVED"]
    assert bulk(*MERGE).code == 0
    assert app.pulls[0].state == "MERGED"


@pytest.mark.parametrize("required", [True, False])
def test_what_a_reviewer_rejected_is_not_merged(app: Repository, host: Host, bulk: Bulk, required: bool) -> None:
    app.requires_review, app.autoMergeAllowed = required, True
    app.pulls[0].opinions = ["APPROVED", "CHANGES_REQUESTED"]
    sent = writes(host)
    assert "acme/app: waits: a reviewer requested changes" in bulk(*MERGE).out
    assert writes(host) == sent


def test_another_rule_is_met_by_github_or_named(app: Repository, bulk: Bulk) -> None:
    app.blocked = "A conversation must be resolved before this pull request can be merged."
    assert "a rule of main is not met: its page says which one; meet it, or allow auto-merge" in bulk(*MERGE).out
    app.autoMergeAllowed = True
    assert "(auto-merge)" in bulk(*MERGE).out
    app.blocked = ""
    later(app)
    assert bulk("status", "hub").code == 0


@pytest.mark.parametrize("allowed", [True, False])
def test_a_queue_merges(app: Repository, host: Host, bulk: Bulk, states: States, allowed: bool) -> None:
    """Whether auto-merge is allowed does not matter to a queue."""
    app.has_queue, app.autoMergeAllowed = True, allowed
    assert bulk(*MERGE).out.startswith("acme/app: is in the merge queue, at position 1\n")
    sent = writes(host)
    assert "acme/app: waits: is in the merge queue, at position 1" in bulk(*MERGE).out
    assert writes(host) == sent
    assert json.loads(bulk("status", "hub", "--format", "json").out)["repositories"][0]["waits"].startswith("is in the")
    later(app)
    assert bulk("status", "hub").code == 0
    assert states()["acme/app"]["state"] == "merged"


def test_before_a_queue_a_review_is_waited_for(app: Repository, bulk: Bulk) -> None:
    app.has_queue = app.requires_review = app.autoMergeAllowed = True
    (pull,) = app.pulls
    assert "(auto-merge)" in bulk(*MERGE).out
    assert not pull.is_queued
    pull.opinions = ["APPROVED"]
    # GitHub does not always put it into the queue by itself once nothing is missing: then it is asked to.
    assert "is in the merge queue" in bulk(*MERGE).out
    later(app)
    assert bulk("status", "hub").code == 0


def test_a_queue_that_takes_none_says_why(app: Repository, bulk: Bulk) -> None:
    app.has_queue, app.blocked = True, "A required deployment is missing."
    assert "a rule of main is not met: Pull request A required deployment is missing" in bulk(*MERGE).out


def test_a_queue_that_was_not_seen_is_met_at_the_merge(
    app: Repository, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.has_queue = True
    monkeypatch.setattr(Pull, "isMergeQueueEnabled", False)
    assert "is in the merge queue" in bulk(*MERGE).out


def test_what_was_missing_and_came_in_between_is_merged(
    app: Repository, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.autoMergeAllowed = app.bypass = True
    app.blocked = "A conversation must be resolved."
    clean = "Pull request Pull request is in clean status"
    monkeypatch.setattr("tests.bulk.hosts.github.fake.asked_to_merge_later", lambda *_: clean)
    assert bulk(*MERGE).code == 0
    assert app.pulls[0].state == "MERGED"


def test_a_branch_that_is_behind_is_brought_up_to_date_by_a_push(
    app: Repository, host: Host, bulk: Bulk, states: States
) -> None:
    app.is_strict = True
    (pull,) = app.pulls
    before = pull.headRefOid
    tip = commit(app.path, {"notes": "of somebody else"})
    sent = writes(host)
    said = bulk(*MERGE)
    assert said.code == 1
    assert "acme/app: main requires branches that are up to date with it: push again\n" in said.out
    assert (writes(host), states()["acme/app"]["state"]) == (sent, "approved")
    assert bulk("push", "hub").code == 1
    assert (pull.state, len(app.pulls)) == ("OPEN", 1)
    assert pull.headRefOid != before
    assert commits_on(app.path, BRANCH) == [pull.headRefOid]
    assert git(app.path, "rev-parse", f"{BRANCH}^") == tip
    assert bulk(*MERGE).code == 0
    assert states()["acme/app"]["state"] == "merged"


def test_auto_merge_of_what_is_behind_is_not_waited_for(app: Repository, bulk: Bulk, states: States) -> None:
    app.is_strict = app.requires_review = app.autoMergeAllowed = True
    (pull,) = app.pulls
    assert "(auto-merge)" in bulk(*MERGE).out
    commit(app.path, {"notes": "of somebody else"})
    pull.opinions = ["APPROVED"]
    later(app)
    assert pull.state == "OPEN"
    assert "push again" in bulk(*MERGE).out
    bulk("push", "hub")
    assert pull.auto is None
    assert bulk(*MERGE).code == 0
    assert states()["acme/app"]["state"] == "merged"


@pytest.mark.parametrize(
    ("rules", "method", "advice"),
    [
        ({"squashMergeAllowed": False}, "squash", "it allows --method merge or --method rebase"),
        ({"requires_signatures": True}, "rebase", "merge it with --method squash or --method merge"),
    ],
)
def test_a_method_that_is_refused_names_the_others(
    app: Repository, bulk: Bulk, states: States, rules: dict[str, bool], method: str, advice: str
) -> None:
    for name, value in rules.items():
        setattr(app, name, value)
    assert bulk(*MERGE, "--method", method).code == 3
    found = states()["acme/app"]
    assert (found["class"], advice in found["message"]) == ("protected", True), found
    assert bulk("retry", "hub").code == 1
    assert bulk(*MERGE, "--method", "merge").code == 0


def test_a_merge_whose_answer_was_lost_is_seen(app: Repository, host: Host, bulk: Bulk, states: States) -> None:
    host.drop_answers = 1
    assert bulk(*MERGE).code == 3
    assert app.pulls[0].state == "MERGED"
    bulk("retry", "hub")
    assert bulk(*MERGE).code == 0
    assert states()["acme/app"]["state"] == "merged"


@pytest.mark.parametrize(("age", "merged"), [(3600, True), (10, False)])
def test_no_check_is_waited_for_where_none_begins(
    app: Repository, host: Host, bulk: Bulk, monkeypatch: pytest.MonkeyPatch, age: int, merged: bool
) -> None:
    """Right after a push none has begun."""
    app.pulls[0].checks = None
    monkeypatch.setattr("migrator.bulk.hosts.github.requests.BEGUN", 5.0 if merged else 300.0)
    monkeypatch.setattr("tests.bulk.hosts.github.repositories.Object.committedDate", _ago(age))
    said = bulk(*MERGE)
    assert (said.code == 0) == merged
    assert merged or "waits: no check has reported" in said.out


def test_no_check_is_not_enough_where_one_is_required(app: Repository, bulk: Bulk) -> None:
    app.pulls[0].checks, app.blocked = None, "Required status check is expected."
    assert "waits: no check has reported" in bulk(*MERGE).out


def test_a_commit_of_a_person_in_between_is_left(
    app: Repository, bulk: Bulk, monkeypatch: pytest.MonkeyPatch, states: States
) -> None:
    from migrator.bulk.phases import following

    monkeypatch.setattr(following, "waits", lambda *_: "")
    monkeypatch.setattr("migrator.bulk.phases.merging.waits", lambda *_: "")
    commit(app.path, {"notes": "mine"}, BRANCH)
    assert bulk(*MERGE).code == 3
    assert states()["acme/app"]["class"] == "changed-since-plan"
    assert app.pulls[0].state == "OPEN"


def _ago(seconds: int) -> str:
    import time
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time.time() - seconds, UTC).isoformat()
