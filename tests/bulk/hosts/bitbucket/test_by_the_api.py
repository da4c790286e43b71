"""Few repositories are read and committed to by the API; what it does not show as git has it, git reads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.budgets import Budgets
from migrator.bulk.hosts.bitbucket.host import Host as BitbucketHost
from migrator.bulk.kinds import kinds
from migrator.bulk.world import World
from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.hosts.bitbucket.conftest import Host
from tests.bulk.hosts.bitbucket.repositories import Repository
from tests.bulk.repositories import branches, commit, commits_on, config, git, make_bare, show

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"


@pytest.fixture
def few(host: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setattr("migrator.bulk.hosts.bitbucket.host.FEW", 50)
    return host


def plan(host: Host, bulk: Bulk, match: str) -> str:
    said = bulk("plan", "hub", "--source", "bitbucket:acme", "--api-url", host.url, "--match", match)
    assert said.code == 1, said.err
    bulk("review", "hub", "--approve", "all")
    return said.err


def add(host: Host, name: str, files: dict[str, str | bytes], **how: Any) -> Repository:
    path = host.folder / f"acme/{name}.git"
    make_bare(path, files, **how)
    host.repositories[name] = Repository(path, "acme")
    return host.repositories[name]


def test_nothing_is_cloned(few: Host, bulk: Bulk, states: States) -> None:
    add(few, "script", {CONFIG: config()}, mode="100755")
    beside = {"Makefile": "all:\n\ttrue\n", ".circleci/a/b.yml": config("b"), "x/y.txt": "y"}
    add(few, "beside", {CONFIG: config(), **beside})
    said = plan(few, bulk, "app|web|script|beside|plain")
    assert "Bitbucket: repositories are read by its API (6 listed)" in said
    assert few.requests["git"] == 0
    assert bulk("push", "hub").code == 1
    for name, base in (("app", "main"), ("web", "trunk"), ("beside", "main"), ("script", "main")):
        path = few.bare(name)
        assert len(commits_on(path, BRANCH, base)) == 1
        assert len(few.repositories[name].pulls) == 1
        assert git(path, "log", "-1", "--format=%an <%ae>", BRANCH) == "A Person <person@example.com>"
        assert "password: $DOCKERHUB_PASSWORD" in show(path, f"{BRANCH}:{CONFIG}")
    assert git(few.bare("script"), "ls-tree", BRANCH, CONFIG).startswith("100755"), "git keeps the bit"
    assert git(few.bare("beside"), "diff", "--name-only", "main", BRANCH).split() == [".circleci/a/b.yml", CONFIG]
    assert few.requests["POST"] == 4 + 3
    # The ledger is all that the next plan needs, and git replaces what the API made.
    asked = few.requests["GET"]
    bulk("plan", "hub")
    assert few.requests["GET"] - asked == 1 + 4 + 2, "one lists them, one is for each; the one without a config is read"
    commit(few.bare("app"), {CONFIG: config("release")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 1
    assert len(commits_on(few.bare("app"), BRANCH)) == len(few.repositories["app"].pulls) == 1
    assert "make release" in show(few.bare("app"), f"{BRANCH}:{CONFIG}")
    assert bulk("close", "hub").code == 0
    assert branches(few.bare("web")).keys() == {"trunk"}


def link(path: Path, name: str, target: str) -> None:
    lines = ("commit refs/heads/main", "committer A <a@example.com> 1 +0000", "data 1", "x", "from refs/heads/main^0")
    git(
        path,
        "fast-import",
        "--quiet",
        given="\n".join((*lines, f"M 120000 inline {name}", f"data {len(target)}", target, "")),
    )


def test_what_the_api_does_not_show_git_reads(few: Host, bulk: Bulk, states: States) -> None:
    add(few, "linked", {"ci/config.yml": config(), "README": "x"})
    link(few.bare("linked"), ".circleci", "ci")
    add(few, "inside", {CONFIG: config(), "ci/other.yml": config("other")})
    link(few.bare("inside"), ".circleci/other.yml", "../ci/other.yml")
    add(few, "crowded", {CONFIG: config(), **{f"docs/{number}.md": "x" for number in range(400)}})
    few.repositories["lib"].fault = "555@read"
    plan(few, bulk, "linked|inside|crowded")
    assert {each["state"] for each in states().values()} == {"approved"}
    assert few.requests["git"] > 0
    assert bulk("push", "hub").code == 1
    assert "DOCKERHUB_PASSWORD" in show(few.bare("linked"), f"{BRANCH}:ci/config.yml")
    assert "DOCKERHUB_PASSWORD" in show(few.bare("inside"), f"{BRANCH}:ci/other.yml")


def test_a_branch_that_moved_is_built_on_again(few: Host, bulk: Bulk, states: States) -> None:
    plan(few, bulk, "app|web|lib")
    tip = commit(few.bare("app"), {"README": "other"})
    commit(few.bare("lib"), {CONFIG: config("release", "acme/lib:3")})
    few.drop_answers = 1
    assert bulk("push", "hub").code == 3
    assert git(few.bare("app"), "rev-parse", f"{BRANCH}^") == tip
    assert states()["acme/lib"]["class"] == "changed-since-plan"
    assert {name: len(few.repositories[name].pulls) for name in ("app", "web", "lib")} == {"app": 1, "web": 1, "lib": 0}
    assert len(commits_on(few.bare("web"), BRANCH, "trunk")) == 1


def test_a_branch_that_nobody_may_push_to_is_protected(few: Host, bulk: Bulk, states: States) -> None:
    plan(few, bulk, "app")
    few.repositories["app"].protect(BRANCH)
    assert bulk("push", "hub").code == 3
    assert states()["acme/app"]["class"] == "protected"


def test_looking_at_a_wave_leaves_half_of_what_is_allowed(tmp_path: Path) -> None:
    def between(requests: int, per_hour: int | None) -> float:
        budgets = Budgets(threading.Event(), per_hour=per_hour)
        return BitbucketHost(kinds()["bitbucket"], World(tmp_path, budgets=budgets)).between_looks(requests)

    assert between(50, None) == 720, "a hundred requests, five times an hour"
    assert between(50, 10_000) == 72
    assert between(50, 0) == between(0, None) == 0
