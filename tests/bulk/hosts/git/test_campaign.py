"""A campaign over plain git URLs and checkouts, from plan to close, with real git."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import Bulk
from tests.bulk.repositories import branches, commit, commits_on, config, git, make_bare, show

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"


@pytest.fixture
def hosted(tmp_path: Path) -> Path:
    """Bare repositories of every kind, and a list of their URLs."""
    top = tmp_path / "host"
    make_bare(top / "a.git", {".circleci/config.yml": config(), "README": "x"}, history=3)
    make_bare(top / "b.git", {".circleci/config.yml": config("test", "acme/web:2")}, "trunk")
    make_bare(top / "none.git", {"README": "no config"})
    make_bare(top / "empty.git", {})
    make_bare(top / "broken.git", {".circleci/config.yml": "jobs: [\n"})
    make_bare(top / "headless.git", {".circleci/config.yml": config()})
    git(top / "headless.git", "symbolic-ref", "HEAD", "refs/heads/gone")
    names = ("a", "b", "none", "empty", "broken", "headless", "missing")
    (tmp_path / "list.txt").write_text("# all\n" + "".join(f"file://{top}/{name}.git\n" for name in names))
    return top


def key(hosted: Path, name: str) -> str:
    return f"{hosted}/{name}".strip("/")


def test_nothing_is_sent_by_a_plan(bulk: Bulk, hosted: Path) -> None:
    before = branches(hosted / "a.git")
    assert bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt").code == 3
    assert branches(hosted / "a.git") == before


def test_a_dry_run_writes_nothing(bulk: Bulk, hosted: Path) -> None:
    said = bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt", "--dry-run")
    assert said.code == 0
    assert key(hosted, "a") in said.out
    assert list(Path.cwd().iterdir()) == []


def test_each_odd_repository_has_its_state_and_the_others_go_on(bulk: Bulk, hosted: Path, states: States) -> None:
    bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt")
    found = {name.rpartition("/")[2]: (each["state"], each["class"]) for name, each in states().items()}
    assert found == {
        "a": ("planned", ""),
        "b": ("planned", ""),
        "none": ("unchanged", ""),
        "empty": ("skipped", ""),
        "broken": ("failed", "unreadable-config"),
        "headless": ("failed", "no-default-branch"),
        "missing": ("failed", "not-found"),
    }


def test_from_plan_to_close(bulk: Bulk, hosted: Path, states: States) -> None:
    source = f"file:{hosted.parent}/list.txt"
    assert bulk("plan", "hub", "--source", source, "--match", "/[ab]$").code == 1
    assert bulk("push", "hub").code == 1, "nothing is pushed that nobody approved"
    assert branches(hosted / "a.git").keys() == {"main"}
    said = bulk("review", "hub")
    assert said.out.count(": 2 repositories, 2 to decide (") == 2, "both changes have the same two kinds"
    assert "+        auth:" in said.out
    assert bulk("review", "hub", "--approve", "all").code == 1
    said = bulk("push", "hub", "--dry-run")
    assert "Migrator-Campaign: hub" in said.out
    assert branches(hosted / "a.git").keys() == {"main"}
    assert bulk("push", "hub").code == 0
    for name, base in (("a", "main"), ("b", "trunk")):
        repository = hosted / f"{name}.git"
        assert len(commits_on(repository, BRANCH, base)) == 1
        assert git(repository, "diff", "--name-only", base, BRANCH) == ".circleci/config.yml"
        assert "password: $DOCKERHUB_PASSWORD" in show(repository, f"{BRANCH}:.circleci/config.yml")
        git(repository, "fsck", "--strict")
    assert {each["state"] for each in states().values()} == {"pushed"}
    before = branches(hosted / "a.git")
    assert bulk("push", "hub").code == 0
    assert bulk("plan", "hub").code == 0
    assert branches(hosted / "a.git") == before
    assert bulk("close", "hub").code == 0
    assert branches(hosted / "a.git").keys() == {"main"}
    assert {each["state"] for each in states().values()} == {"closed"}
    assert not Path("hub.campaign").exists()


def test_a_branch_that_a_person_committed_to_is_left(bulk: Bulk, hosted: Path, states: States) -> None:
    source = f"file:{hosted.parent}/list.txt"
    bulk("plan", "hub", "--source", source, "--match", "/[ab]$")
    bulk("review", "hub", "--approve", "all")
    git(hosted / "a.git", "branch", BRANCH, "main")
    theirs = commit(hosted / "a.git", {"notes": "mine"}, BRANCH)
    assert bulk("push", "hub").code == 3
    assert branches(hosted / "a.git")[BRANCH] == theirs
    assert states()[key(hosted, "a")]["class"] == "human-commits"
    assert states()[key(hosted, "b")]["state"] == "pushed"
    assert bulk("retry", "hub").code == 3
    git(hosted / "a.git", "branch", "-D", BRANCH)
    assert bulk("retry", "hub").code == 0
    assert len(commits_on(hosted / "a.git", BRANCH)) == 1
    theirs = commit(hosted / "b.git", {"notes": "mine"}, BRANCH)
    assert bulk("close", "hub").code == 3
    assert branches(hosted / "b.git")[BRANCH] == theirs
    assert BRANCH not in branches(hosted / "a.git")


def test_an_amended_commit_is_not_ours(bulk: Bulk, hosted: Path, states: States) -> None:
    """Its trailers still name our change, but it makes another one."""
    bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt", "--match", "/a$")
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    repository = hosted / "a.git"
    message = git(repository, "log", "-1", "--format=%B", BRANCH)
    git(repository, "branch", "-f", BRANCH, "main")
    text = config() + "# and more\n"
    theirs = commit(repository, {".circleci/config.yml": text}, BRANCH, message=message)
    with sqlite3.connect("hub.campaign.db") as ledger:
        ledger.execute("UPDATE repositories SET state = 'approved'")
    ledger.close()
    assert bulk("push", "hub").code == 3
    assert branches(repository)[BRANCH] == theirs
    assert states()[key(hosted, "a")]["class"] == "human-commits"


def test_a_second_plan_touches_only_what_changed(bulk: Bulk, hosted: Path, states: States) -> None:
    source = f"file:{hosted.parent}/list.txt"
    bulk("plan", "hub", "--source", source, "--match", "/[ab]$")
    bulk("review", "hub", "--approve", "all")
    commit(hosted / "a.git", {"README": "another"})
    commit(hosted / "b.git", {".circleci/config.yml": config("deploy", "acme/web:2")}, "trunk")
    assert bulk("plan", "hub").code == 1
    assert states()[key(hosted, "a")]["state"] == "approved", "its change is the one that was approved"
    assert states()[key(hosted, "b")]["state"] == "planned", "an approval is of the diff that was seen"


def test_a_config_that_changed_meanwhile_is_planned_again(bulk: Bulk, hosted: Path, states: States) -> None:
    bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt", "--match", "/a$")
    bulk("review", "hub", "--approve", "all")
    commit(hosted / "a.git", {".circleci/config.yml": config("deploy")})
    assert bulk("push", "hub").code == 3
    assert states()[key(hosted, "a")]["class"] == "changed-since-plan"
    assert BRANCH not in branches(hosted / "a.git")
    assert bulk("retry", "hub").code == 1
    assert states()[key(hosted, "a")]["state"] == "planned"


def test_a_change_that_was_pushed_is_replaced_by_a_new_one(bulk: Bulk, hosted: Path) -> None:
    bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt", "--match", "/a$")
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    commit(hosted / "a.git", {".circleci/config.yml": config("deploy")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 0
    assert len(commits_on(hosted / "a.git", BRANCH)) == 1
    assert "make deploy" in show(hosted / "a.git", f"{BRANCH}:.circleci/config.yml")


def test_the_ledger_holds_no_text_of_a_file(bulk: Bulk, tmp_path: Path) -> None:
    text = config().replace("make build", "make SENTINEL-7731")
    make_bare(tmp_path / "s.git", {".circleci/config.yml": text})
    (tmp_path / "list.txt").write_text(f"https://user:hunter2-sentinel@127.0.0.1:9/x.git\n{tmp_path}/s.git\n")
    bulk("plan", "hub", "--source", f"file:{tmp_path}/list.txt")
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    data = b"".join(path.read_bytes() for path in Path.cwd().glob("hub.campaign.db*"))
    assert b"SENTINEL-7731" not in data
    assert b"hunter2" not in data
    assert stat.S_IMODE(Path("hub.campaign").stat().st_mode) == 0o700
    assert stat.S_IMODE(Path("hub.campaign.db").stat().st_mode) == 0o600


def test_without_an_identity_there_is_one_line(bulk: Bulk, hosted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt", "--match", "/a$")
    bulk("review", "hub", "--approve", "all")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    said = bulk("push", "hub")
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "git config" in said.err


@pytest.mark.parametrize("source", ["file:{0}/list.txt", "dir:{0}/host"])
def test_commits_of_a_person_below_ours_are_kept(bulk: Bulk, hosted: Path, source: str, states: States) -> None:
    """Somebody put our commit, as it is, on top of theirs."""
    bulk("plan", "hub", "--source", source.format(hosted.parent), "--match", r"\ba(\.git)?$")
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    repository = hosted / "a.git"
    message = git(repository, "log", "-1", "--format=%B", BRANCH)
    text = show(repository, f"{BRANCH}:.circleci/config.yml")
    git(repository, "branch", "-f", BRANCH, "main")
    commit(repository, {"notes": "mine"}, BRANCH)
    theirs = commit(repository, {".circleci/config.yml": text}, BRANCH, message=message)
    commit(repository, {".circleci/config.yml": config("deploy")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 3
    assert {each["class"] for each in states().values()} == {"human-commits"}
    assert bulk("close", "hub").code == 3
    assert branches(repository)[BRANCH] == theirs


def test_ours_on_a_commit_that_the_base_has_is_ours(bulk: Bulk, hosted: Path, states: States) -> None:
    """A run was killed before it could note what it pushed, and its base moved on since."""
    bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt", "--match", "/a$")
    bulk("review", "hub", "--approve", "all")
    commit(hosted / "a.git", {"README": "another"})
    bulk("push", "hub")
    commit(hosted / "a.git", {"README": "and another"})
    with sqlite3.connect("hub.campaign.db") as ledger:
        ledger.execute("UPDATE repositories SET state = 'approved', head = '', pushed = ''")
    ledger.close()
    before = branches(hosted / "a.git")
    assert bulk("push", "hub").code == 0
    assert branches(hosted / "a.git") == before
    assert {each["state"] for each in states().values()} == {"pushed"}


def test_an_odd_count_of_settings_is_said(bulk: Bulk, hosted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "two")
    said = bulk("plan", "hub", "--source", f"file:{hosted.parent}/list.txt")
    assert said.code == 2
    assert said.err == "migrate: GIT_CONFIG_COUNT is 'two' in the environment: git expects a number\n"
