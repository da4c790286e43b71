"""Drafts, from opening to ready for review, and what an update does to a pull request that is open already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk, Host
from tests.bulk.hosts.github.protection import WHEN
from tests.bulk.hosts.github.repositories import Repository
from tests.bulk.repositories import commit, config

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"


@pytest.fixture
def app(host: Host, bulk: Bulk) -> Repository:
    """One repository whose change is approved."""
    bulk("plan", "hub", "--source", "github:acme/app", "--api-url", host.url)
    bulk("review", "hub", "--approve", "all")
    return host.repositories["app"]


def change(app: Repository, bulk: Bulk, job: str) -> None:
    """Another change is planned and approved."""
    commit(app.path, {CONFIG: config(job)})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")


def test_a_draft_stays_one_until_it_is_said_to_be_ready(app: Repository, host: Host, bulk: Bulk) -> None:
    bulk("push", "hub", "--draft")
    (pull,) = app.pulls
    change(app, bulk, "release")
    assert bulk("push", "hub", "--no-draft").code == 1
    assert pull.is_draft, "only new ones are concerned"
    sent = host.requests["mutation"]
    assert f"== acme/app: ready for review: {pull.url}\n" in bulk("push", "hub", "--ready", "--dry-run").out
    assert host.requests["mutation"] == sent
    said = bulk("push", "hub", "--ready")
    assert (said.code, pull.is_draft) == (1, False)
    assert "1 draft is ready for review now\n" in said.err
    assert "0 drafts are ready" in bulk("push", "hub", "--ready").err
    assert bulk("merge", "hub", "--confirm", "all").code == 0


def test_what_is_opened_as_a_draft_in_the_same_push_stays_one(app: Repository, bulk: Bulk) -> None:
    assert "0 drafts are ready" in bulk("push", "hub", "--draft", "--ready").err
    assert app.pulls[0].is_draft


def test_a_draft_that_a_person_committed_to_is_left(app: Repository, bulk: Bulk) -> None:
    bulk("push", "hub", "--draft")
    commit(app.path, {"notes": "mine"}, BRANCH)
    assert "0 drafts are ready" in bulk("push", "hub", "--ready").err
    assert app.pulls[0].is_draft


def test_a_draft_that_cannot_be_made_ready_says_why(app: Repository, bulk: Bulk, states: States) -> None:
    bulk("push", "hub", "--draft")
    app.fault = "403@write"
    said = bulk("push", "hub", "--ready")
    assert "acme/app: is still a draft: GitHub answered 403" in said.err
    assert states()["acme/app"]["state"] == "open"


def test_where_drafts_are_not_supported_the_push_says_what_to_do(app: Repository, bulk: Bulk, states: States) -> None:
    app.has_drafts = False
    assert bulk("push", "hub", "--draft").code == 3
    found = states()["acme/app"]
    assert (found["class"], "push --no-draft" in found["message"]) == ("forbidden", True)
    assert bulk("push", "hub", "--no-draft").code == 3
    assert bulk("retry", "hub").code == 1
    assert [pull.is_draft for pull in app.pulls] == [False]


def test_auto_merge_does_not_carry_over_to_another_commit(app: Repository, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    (pull,) = app.pulls
    app.requires_review = True
    pull.auto = {"enabledAt": WHEN, "mergeMethod": "SQUASH"}
    bulk("push", "hub")
    assert pull.auto
    change(app, bulk, "release")
    assert bulk("push", "hub").code == 1
    assert pull.auto is None
    assert states()["acme/app"]["message"].startswith("auto-merge was turned off, as its commit changed")


def test_a_server_that_does_not_sign_is_told(app: Repository, bulk: Bulk, states: States) -> None:
    app.signs = False
    assert bulk("push", "hub").code == 1
    assert states()["acme/app"]["message"].startswith("GitHub did not sign the commit")


def test_where_signatures_are_required_and_not_made_the_push_says_what_to_do(
    app: Repository, bulk: Bulk, states: States
) -> None:
    app.signs, app.requires_signatures = False, True
    assert bulk("push", "hub").code == 3
    found = states()["acme/app"]
    assert (found["class"], "web commit signing" in found["message"]) == ("protected", True)
    app.signs = True
    assert bulk("retry", "hub").code == 1
    assert len(app.pulls) == 1
