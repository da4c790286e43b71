"""Tokens of a GitHub App: what it is installed on, and an end after an hour, wherever in a run that is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import Bulk, Host
from tests.bulk.repositories import commits_on

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
FIRST, SECOND = "ghs_first", "ghs_second"


def once_each(host: Host) -> bool:
    """Whether each repository has one commit of ours and one pull request."""
    bases = {"app": "main", "web": "trunk", "lib": "main"}
    return all(
        len(commits_on(host.bare(name), BRANCH, base)) == len(host.repositories[name].pulls) == 1
        for name, base in bases.items()
    )


@pytest.fixture
def app(host: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    """The token is that of an App that is installed on two repositories."""
    host.token, host.installed = FIRST, ["app", "lib"]
    monkeypatch.setenv("GITHUB_TOKEN", FIRST)
    return host


def test_what_the_app_is_not_installed_on_is_skipped(app: Host, bulk: Bulk, states: States) -> None:
    assert bulk("plan", "hub", "--source", "github:acme", "--api-url", app.url).code == 1
    found = states()
    assert {name: each["state"] for name, each in found.items() if each["state"] == "planned"} == {
        "acme/app": "planned", "acme/lib": "planned",
    }  # fmt: skip
    assert found["acme/web"]["message"] == "the GitHub App is not installed on it"
    assert found["acme/old"]["message"] == "is archived"


def test_one_by_its_name_is_skipped_too(app: Host, bulk: Bulk, states: States) -> None:
    bulk("plan", "hub", "--source", "github:acme/web", "--api-url", app.url)
    assert states()["acme/web"]["state"] == "skipped"


def test_an_installation_has_pages(app: Host, bulk: Bulk, states: States, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = type(app)._installation
    monkeypatch.setattr(type(app), "_installation", lambda self, page, _size: pages(self, page, 1))
    bulk("plan", "hub", "--source", "github:acme", "--api-url", app.url)
    assert {states()[f"acme/{name}"]["state"] for name in app.installed} == {"planned"}


def test_a_run_whose_token_ends_says_what_to_do_and_is_continued(
    planned: Host, bulk: Bulk, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned.token, planned.next_token, planned.left = FIRST, SECOND, 7
    monkeypatch.setenv("GITHUB_TOKEN", FIRST)
    said = bulk("push", "hub")
    assert said.code == 3
    assert said.err.count("401") == 1
    assert "a GitHub App's token ends after an hour: run the same command again with a fresh one\n" in said.err
    assert {each["class"] for each in states().values()} == {""}, "no repository failed"
    monkeypatch.setenv("GITHUB_TOKEN", SECOND)
    assert bulk("push", "hub").code == 1
    assert once_each(planned)


@pytest.mark.parametrize("left", [1, 5, 9])
def test_a_token_that_ends_is_looked_for_again(
    planned: Host, bulk: Bulk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: int
) -> None:
    """By the command line of GitHub, as whoever renews it every hour has it installed."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    mark = tmp_path / "asked"
    program.write_text(f"#!/bin/sh\nif [ -e {mark} ]; then echo {SECOND}; else : >{mark}; echo {FIRST}; fi\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("GITHUB_TOKEN")
    planned.token, planned.next_token, planned.left = FIRST, SECOND, left
    said = bulk("push", "hub")
    assert (said.code, "401" in said.err) == (1, False), said.err
    assert planned.token == SECOND
    assert once_each(planned)
