"""Repositories that are renamed or transferred in the middle of a campaign: the same ones, by their ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk, Host
from tests.bulk.hosts.github.repositories import Repository
from tests.bulk.repositories import commit, commits_on, config, make_bare

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"


def names(states: States) -> dict[str, str]:
    """The states of those that are in no special state."""
    return {name: each["state"] for name, each in states().items() if each["state"] not in ("skipped", "unchanged")}


@pytest.mark.parametrize("new", ["acme/site", "beta/app"])
def test_what_is_pushed_is_found_under_the_new_name(planned: Host, bulk: Bulk, states: States, new: str) -> None:
    bulk("push", "hub")
    app = planned.repositories["app"]
    app.move_to(new)
    assert bulk("status", "hub").code == 1
    assert names(states) == {new: "open", "acme/lib": "open", "acme/web": "open"}
    found = states()[new]
    assert (found["source"], found["pull_request"]) == (app.url, f"https://github.com/{new}/pull/1")
    bulk("plan", "hub")
    bulk("push", "hub")
    assert names(states) == {new: "open", "acme/lib": "open", "acme/web": "open"}
    assert len(app.pulls) == 1
    assert bulk("merge", "hub", "--confirm", "all").code == 0
    assert app.pulls[0].state == "MERGED"


@pytest.mark.parametrize("new", ["acme/aaa", "acme/zzz"])
def test_a_plan_keeps_its_decision(planned: Host, bulk: Bulk, states: States, new: str) -> None:
    bulk("review", "hub", "--reject", "acme/lib")
    planned.repositories["lib"].move_to(new)
    bulk("plan", "hub")
    assert names(states) == {"acme/app": "approved", "acme/web": "approved", new: "rejected"}


def test_a_push_goes_to_the_new_name(planned: Host, bulk: Bulk, states: States) -> None:
    """Nobody told the ledger yet."""
    app = planned.repositories["app"]
    app.move_to("acme/site")
    assert bulk("push", "hub", "--label", "ci").code == 1
    assert len(commits_on(planned.bare("app"), BRANCH)) == len(app.pulls) == 1
    assert app.pulls[0].labels == ["ci"]
    commit(planned.bare("app"), {CONFIG: config("release")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    app.move_to("acme/other")
    assert bulk("push", "hub").code == 1
    assert len(app.pulls) == 1
    assert bulk("close", "hub").code == 0
    assert app.pulls[0].state == "CLOSED"


@pytest.mark.parametrize("name", ["app", "web"])
def test_another_one_with_the_former_name_is_one_of_its_own(
    planned: Host, bulk: Bulk, states: States, name: str
) -> None:
    bulk("push", "hub")
    old = planned.repositories.pop(name)
    old.move_to("acme/renamed")
    old.names.remove(f"acme/{name}")
    make_bare(planned.bare("lib").parent / f"{name}2.git", {CONFIG: config("other", "acme/other:1")})
    fresh = Repository(planned.bare("lib").parent / f"{name}2.git", "acme")
    fresh.move_to(f"acme/{name}")
    # Listed before the one that was renamed, or after it.
    planned.repositories = {"fresh": fresh, **planned.repositories, "renamed": old}
    bulk("plan", "hub")
    others = {"acme/app": "open", "acme/web": "open", "acme/lib": "open"}
    assert names(states) == {**others, "acme/renamed": "open", f"acme/{name}": "planned"}
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    assert len(old.pulls) == len(fresh.pulls) == 1
    bulk("status", "hub")
    assert states()["acme/renamed"]["pull_request"] == old.pulls[0].url
    assert states()[f"acme/{name}"]["pull_request"] == fresh.pulls[0].url


def test_names_that_were_exchanged_are(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    app, web = planned.repositories["app"], planned.repositories["web"]
    app.move_to("acme/web")
    web.move_to("acme/app")
    app.names, web.names = {"acme/web"}, {"acme/app"}
    bulk("status", "hub")
    assert names(states) == {"acme/app": "open", "acme/lib": "open", "acme/web": "open"}
    assert states()["acme/web"]["pull_request"] == app.pulls[0].url


def test_one_that_was_made_anew_before_anything_was_pushed_is_planned_anew(
    planned: Host, bulk: Bulk, states: States
) -> None:
    make_bare(planned.bare("lib").parent / "app2.git", {CONFIG: config("other", "acme/other:1")})
    fresh = Repository(planned.bare("lib").parent / "app2.git", "acme")
    fresh.move_to("acme/app")
    planned.repositories["app"] = fresh
    bulk("plan", "hub")
    assert names(states) == {"acme/app": "planned", "acme/lib": "approved", "acme/web": "approved"}


def test_bytes_of_a_renamed_one_are_read(host: Host, bulk: Bulk, states: States) -> None:
    """By REST, which redirects former names."""
    host.repositories["app"].fault = "500@read"
    commit(host.bare("app"), {CONFIG: b"\xef\xbb\xbf" + config().encode()})
    bulk("plan", "hub", "--source", "github:acme/app", "--api-url", host.url)
    host.repositories["app"].fault = ""
    host.repositories["app"].move_to("acme/site")
    assert bulk("retry", "hub").code == 1
    assert list(names(states).values()) == ["planned"]
