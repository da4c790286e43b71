"""A campaign and CircleCI on loopback: asked once an organisation, believed, and never overridden."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bulk.conftest import Bulk, Host, Said
from tests.circleci_api import CircleCI, faults, serve
from tests.circleci_api.server import KEY

HUB = ("DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD")
CONTEXT = "docker-hub-creds"


class Rig:
    """Three repositories of `acme` with one need: the context of the policy."""

    def __init__(self, host: Host, bulk: Bulk, api: CircleCI) -> None:
        self.host, self.bulk, self.api = host, bulk, api

    def plan(self, more: str = "") -> Said:
        Path("ours.toml").write_text(f'[circleci]\napi-url = "{self.api.url}"\n{more}')
        return self.bulk("plan", "hub", "--source", "github:acme", "--api-url", self.host.url, "--config", "ours.toml")

    def opened(self) -> None:
        """Everything approved, and open with green checks."""
        self.bulk("review", "hub", "--approve", "all")
        assert "3 open" in self.bulk("push", "hub").out

    def merge(self, *arguments: str) -> Said:
        return self.bulk("merge", "hub", *arguments)


@pytest.fixture
def rig(host: Host, bulk: Bulk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Rig]:
    monkeypatch.setenv("CIRCLE_TOKEN", KEY)
    api = CircleCI(page=2)
    api.organization("gh/acme")
    with serve(api):
        yield Rig(host, bulk, api)
    assert api.faults == []
    assert [each for each in api.requests if each.is_write] == []
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()]


def test_a_plan_asks_once_for_the_organization_and_says_what_is_missing(rig: Rig) -> None:
    said = rig.plan()
    assert "missing at CircleCI: the context docker-hub-creds does not exist in gh/acme" in said.out
    assert "3 repositories" in said.out
    lists = [each for each in rig.api.requests if each.path == "/api/v2/context"]
    assert [each.query["owner-slug" if "owner-slug" in each.query else "owner-id"] for each in lists]
    assert len(lists) == 1
    assert not any("/project/" in each.path for each in rig.api.requests), "nothing depends on a project"


def test_a_review_and_its_page_begin_with_what_is_missing(rig: Rig) -> None:
    rig.plan()
    asked = len(rig.api.requests)
    said = rig.bulk("review", "hub", "--html", "review.html")
    assert said.out.startswith("missing at CircleCI: the context docker-hub-creds does not exist in gh/acme")
    page = Path("review.html").read_text()
    assert page.index("the context docker-hub-creds does not exist in gh/acme") < page.index("Repositories by state")
    assert len(rig.api.requests) == asked, "nobody is asked"


def test_what_exists_is_not_demanded_in_pull_requests(rig: Rig) -> None:
    rig.api.context("gh/acme", CONTEXT, HUB)
    assert "everything that the changes need exists at CircleCI" in rig.plan().out
    rig.bulk("review", "hub", "--approve", "all")
    body = rig.bulk("push", "hub", "--dry-run").out
    assert "- [x] context docker-hub-creds of gh/acme with " in body
    assert "exists already" in body
    assert "circleci context create" not in body


def test_who_may_create_contexts_is_asked_in_place_of_commands(rig: Rig) -> None:
    rig.plan()
    rig.bulk("review", "hub", "--approve", "all")
    body = rig.bulk("push", "hub", "--dry-run", "--contact", "#platform").out
    assert "- [ ] ask #platform for context docker-hub-creds of gh/acme with " in body
    assert "circleci context create" not in body
    assert "circleci context create docker-hub-creds --org gh/acme" in rig.bulk("push", "hub", "--dry-run").out


def test_what_is_not_ready_waits_and_says_for_what(rig: Rig) -> None:
    rig.plan()
    rig.bulk("review", "hub", "--approve", "all")
    assert "3 approved" in rig.bulk("push", "hub", "--when-ready").out
    said = rig.bulk("status", "hub", "--no-refresh")
    why = "missing at CircleCI: the context docker-hub-creds does not exist in gh/acme"
    assert f"waiting: acme/app: {why}\n" in said.out
    row = json.loads(rig.bulk("status", "hub", "--no-refresh", "--format", "json").out)["repositories"][0]
    assert (row["state"], row["message"]) == ("approved", f"waits: {why}")
    rig.api.context("gh/acme", CONTEXT, HUB)
    assert "3 open" in rig.bulk("push", "hub", "--when-ready").out
    assert "waiting: " not in rig.bulk("status", "hub", "--no-refresh").out


def test_nothing_is_ready_as_long_as_nobody_can_be_asked(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.plan()
    rig.bulk("review", "hub", "--approve", "all")
    monkeypatch.delenv("CIRCLE_TOKEN")
    said = rig.bulk("push", "hub", "--when-ready")
    assert (said.code, "--when-ready: CircleCI was not asked: no token" in said.err) == (2, True)


def test_a_merge_asks_again_and_confirming_never_overrides_what_is_missing(rig: Rig) -> None:
    rig.plan()
    rig.opened()
    said = rig.merge("--confirm", "all", "--confirm", CONTEXT)
    assert "acme/app: waits: missing at CircleCI: the context docker-hub-creds does not exist in gh/acme" in said.out
    assert "3 open" in said.out
    made = rig.api.context("gh/acme", CONTEXT, HUB[:1])
    for name in ("app", "web", "lib"):
        rig.api.project(f"gh/acme/{name}")
    said = rig.merge("--confirm", "all")
    assert "3 open" in said.out, "a variable is missing, which no project has"
    made.variables[HUB[1]] = "there"
    assert "3 merged" in rig.merge().out, "nothing is left to confirm"


def test_a_variable_that_the_project_has_is_not_missing_in_the_context(rig: Rig) -> None:
    rig.api.context("gh/acme", CONTEXT, HUB[:1])
    rig.api.project("gh/acme/app", variables={HUB[1]: "x"})
    rig.api.project("gh/acme/web")
    said = rig.plan()
    assert "missing at CircleCI: the context docker-hub-creds of gh/acme lacks DOCKERHUB_PASSWORD" in said.out
    assert "acme/web" in said.out
    rig.bulk("review", "hub", "--approve", "all")
    rig.bulk("push", "hub", "--when-ready")
    states = {row["repository"]: row["state"] for row in status(rig)}
    assert states["acme/app"] == "open"
    assert {states["acme/web"], states["acme/lib"]} == {"approved"}


def test_a_context_that_is_restricted_to_other_projects_is_missing_for_one(rig: Rig) -> None:
    context = rig.api.context("gh/acme", CONTEXT, HUB)
    app = rig.api.project("gh/acme/app")
    for name in ("web", "lib"):
        rig.api.project(f"gh/acme/{name}")
    rig.api.restrict(context, "project", app.id, "app")
    rig.plan()
    rig.bulk("review", "hub", "--approve", "all")
    rig.bulk("push", "hub", "--when-ready")
    rows = {row["repository"]: row for row in status(rig)}
    assert rows["acme/app"]["state"] == "open"
    assert "restricted to other projects: app" in rows["acme/web"]["message"]


def status(rig: Rig) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(rig.bulk("status", "hub", "--no-refresh", "--format", "json").out)[
        "repositories"
    ]
    return rows


def test_without_a_token_a_plan_says_so_and_a_merge_asks_a_person(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CIRCLE_TOKEN")
    said = rig.plan()
    assert said.code == 1
    assert "not known: CircleCI was not asked: no token" in said.out
    rig.opened()
    assert "acme/app: waits: confirm that it exists: --confirm docker-hub-creds (CircleCI was not" in rig.merge().out
    assert "3 merged" in rig.merge("--confirm", CONTEXT).out


@pytest.mark.parametrize("trouble", [faults.unauthorized(times=99), faults.refused(404, "Not found", times=99)])
def test_what_circleci_does_never_fails_a_plan(rig: Rig, trouble: faults.Fault) -> None:
    rig.api.troubles.append(trouble)
    said = rig.plan()
    assert (said.code, "3 planned" in said.out) == (1, True)
    assert "not known: " in said.out


def test_an_organization_that_the_token_does_not_see_is_confirmed_by_a_person(rig: Rig) -> None:
    more = '[[overrides]]\nrepositories = ["acme/app"]\ncircleci.organization = "gh/secret"\n'
    rig.api.context("gh/acme", CONTEXT, HUB)
    rig.api.context("gh/secret", CONTEXT, HUB)
    rig.api.token(KEY, sees=["gh/acme"])
    said = rig.plan(more)
    assert "not known: this token does not see gh/secret" in said.out
    rig.opened()
    said = rig.merge()
    assert "acme/app: waits: confirm that it exists: --confirm docker-hub-creds (this token does not see" in said.out
    assert "2 merged" in said.out
    assert "3 merged" in rig.merge("--confirm", CONTEXT).out
