"""A campaign over checkouts: the branch is made in place, and nothing else of a checkout moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.cli.app import run
from tests.bulk.conftest import Bulk
from tests.bulk.repositories import branches, commits_on, config, git, make_bare, show

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
CONFIG = ".circleci/config.yml"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Checkouts, one inside another, and a bare repository."""
    top = tmp_path / "top"
    for name in ("a", "deep/b", "deep/b/vendor/c"):
        make_bare(tmp_path / "host.git", {CONFIG: config(), "README": "x"})
        git(tmp_path, "clone", "-q", str(tmp_path / "host.git"), str(top / name))
        git(tmp_path, "-C", str(tmp_path), "init", "-q", "--bare", "unused.git")
    make_bare(top / "bare.git", {CONFIG: config("test")})
    return top


def state_of(checkout: Path) -> tuple[str, str, str, bytes, bytes]:
    status = git(checkout, "status", "--porcelain", "--untracked-files=no")
    index = git(checkout, "ls-files", "--stage")
    return (
        git(checkout, "rev-parse", "HEAD"),
        index,
        status,
        (checkout / CONFIG).read_bytes(),
        (checkout / ".git/HEAD").read_bytes(),
    )


def plan(bulk: Bulk, top: Path) -> None:
    assert bulk("plan", "hub", "--source", f"dir:{top}").code == 1
    bulk("review", "hub", "--approve", "all")


def test_head_index_and_work_tree_stay(bulk: Bulk, top: Path, states: States) -> None:
    plan(bulk, top)
    assert states().keys() == {"a", "deep/b", "deep/b/vendor/c", "bare"}
    before = {name: state_of(top / name) for name in ("a", "deep/b", "deep/b/vendor/c")}
    assert bulk("push", "hub").code == 0
    for name, was in before.items():
        assert state_of(top / name) == was
        assert len(commits_on(top / name, BRANCH)) == 1
        assert "$DOCKERHUB_PASSWORD" in show(top / name, f"{BRANCH}:{CONFIG}")
        assert git(top / name, "for-each-ref", "refs/migrator") == ""
    assert len(commits_on(top / "bare.git", BRANCH)) == 1
    assert bulk("close", "hub").code == 0
    assert BRANCH not in branches(top / "a")


def test_only_the_files_are_written_where_that_is_asked_for(bulk: Bulk, top: Path, states: States) -> None:
    plan(bulk, top)
    assert bulk("push", "hub", "--no-commit").code == 3, "a bare repository has no files"
    assert states()["bare"]["state"] == "failed"
    assert states()["a"]["state"] == "pushed"
    assert "$DOCKERHUB_PASSWORD" in (top / "a" / CONFIG).read_text()
    assert branches(top / "a").keys() == {"main"}
    assert run([str(top / "a"), "--select", "unauthenticated-image"]) == 0


def test_what_is_not_committed_is_not_overwritten(bulk: Bulk, top: Path, states: States) -> None:
    (top / "a" / CONFIG).write_text(config("mine"))
    plan(bulk, top)
    assert bulk("push", "hub").code == 3
    assert states()["a"]["class"] == "changed-since-plan"
    assert (top / "a" / CONFIG).read_text() == config("mine")
    assert branches(top / "a").keys() == {"main"}


def test_a_branch_that_is_checked_out_is_left(bulk: Bulk, top: Path, states: States) -> None:
    plan(bulk, top)
    git(top / "a", "checkout", "-q", "-b", BRANCH)
    before = state_of(top / "a")
    assert bulk("push", "hub").code == 3
    assert states()["a"]["state"] == "failed"
    assert state_of(top / "a") == before


def test_line_ends_that_git_converts_are_no_change(bulk: Bulk, top: Path, states: States) -> None:
    path = top / "a" / CONFIG
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    plan(bulk, top)
    assert bulk("push", "hub").code == 0
    assert "\r" not in show(top / "a", f"{BRANCH}:{CONFIG}")


def test_a_folder_without_repositories_is_told(bulk: Bulk, tmp_path: Path) -> None:
    said = bulk("plan", "hub", "--source", f"dir:{tmp_path / 'work'}")
    assert said.code == 2
    assert "no git repository" in said.err


def test_a_further_work_tree_is_no_repository_of_its_own(bulk: Bulk, top: Path, states: States) -> None:
    """Its branches are those of the checkout that it was made from."""
    git(top / "a", "worktree", "add", "-q", "-b", "other", str(top / "beside"))
    bulk("plan", "hub", "--source", f"dir:{top}")
    assert states()["beside"]["state"] == "skipped"
    assert states()["a"]["state"] == "planned"
    bulk("plan", "alone", "--source", f"dir:{top}/beside")
    assert "1 planned" in bulk("status", "alone").out, "where it is all there is, it is taken"


def test_a_branch_in_the_way_is_told_and_nothing_is_left_behind(bulk: Bulk, top: Path, states: States) -> None:
    git(top / "a", "branch", "migrator")
    plan(bulk, top)
    assert bulk("push", "hub").code == 3
    assert "another branch conflicts with ours" in states()["a"]["message"]
    assert git(top / "a", "for-each-ref", "refs/migrator") == ""
    git(top / "a", "branch", "-m", "migrator", "renamed")
    assert bulk("retry", "hub").code == 0
    assert len(commits_on(top / "a", BRANCH)) == 1


def test_an_approved_change_that_was_not_committed_is_pushed_when_it_is(bulk: Bulk, top: Path, states: States) -> None:
    (top / "a" / CONFIG).write_text(config("release"))
    plan(bulk, top)
    assert bulk("push", "hub").code == 3
    assert states()["a"]["class"] == "changed-since-plan"
    assert bulk("retry", "hub").code == 3
    git(top / "a", "commit", "-aqm", "Release")
    assert bulk("retry", "hub").code == 0
    assert "make release" in show(top / "a", f"{BRANCH}:{CONFIG}")


def test_files_alone_name_no_branch(bulk: Bulk, top: Path, states: States) -> None:
    plan(bulk, top)
    said = bulk("push", "hub", "--no-commit", "--dry-run")
    assert "== a: files only" in said.out
    assert BRANCH not in said.out
    bulk("push", "hub", "--no-commit")
    assert (states()["a"]["state"], states()["a"]["branch"]) == ("pushed", "")
