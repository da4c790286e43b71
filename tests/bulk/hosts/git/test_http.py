"""A campaign over smart HTTP with a login, as git hosts other than GitHub have it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import Bulk
from tests.bulk.hosts.git.server import Server, serve_git
from tests.bulk.repositories import branches, commits_on, config, git, make_bare

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
LOGIN = "person:s3cret-pa55"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    for name in ("a", "b"):
        make_bare(tmp_path / "host" / f"{name}.git", {".circleci/config.yml": config(name)}, history=3)
    server = serve_git(tmp_path / "host", LOGIN)
    host = server.url.removeprefix("http://")
    (tmp_path / "list.txt").write_text("".join(f"http://{LOGIN}@{host}/{name}.git\n" for name in ("a", "b")))
    yield server
    server.shutdown()
    server.server_close()


def test_a_wrong_login_is_a_fault_and_no_prompt(server: Server, bulk: Bulk, tmp_path: Path, states: States) -> None:
    (tmp_path / "wrong.txt").write_text(f"{server.url.replace('//', '//person:other@')}/a.git\n")
    assert bulk("plan", "hub", "--source", f"file:{tmp_path}/wrong.txt").code == 3
    (found,) = states().values()
    assert found["class"] == "forbidden"
    assert "other" not in found["message"]


def test_from_plan_to_close(server: Server, bulk: Bulk, tmp_path: Path, states: States) -> None:
    assert bulk("plan", "hub", "--source", f"file:{tmp_path}/list.txt").code == 1
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 0
    for name in ("a", "b"):
        assert len(commits_on(tmp_path / "host" / f"{name}.git", BRANCH)) == 1
    assert {each["source"] for each in states().values()} == {f"{server.url}/a.git", f"{server.url}/b.git"}
    files = [path for path in Path.cwd().rglob("*") if path.is_file()]
    assert not [path for path in files if b"s3cret-pa55" in path.read_bytes()]
    assert bulk("close", "hub").code == 0
    assert branches(tmp_path / "host" / "a.git").keys() == {"main"}


def test_the_login_is_in_no_list_of_processes(
    server: Server, bulk: Bulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()

    def look() -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                seen.add(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))

    monkeypatch.setattr(server.RequestHandlerClass, "asked", staticmethod(look))
    bulk("plan", "hub", "--source", f"file:{tmp_path}/list.txt")
    assert any("fetch" in line and server.url in line for line in seen), "the watch saw git at work"
    assert not [line for line in seen if "s3cret" in line]


def test_a_fetch_has_no_history_and_no_work_tree(server: Server, bulk: Bulk, tmp_path: Path) -> None:
    bulk("plan", "hub", "--source", f"file:{tmp_path}/list.txt", "--jobs", "1")
    (store,) = Path("hub.campaign/stores").iterdir()
    assert git(store, "rev-list", "--count", "--all") == "2", "one commit of each"
    assert git(store, "rev-parse", "--is-bare-repository") == "true"


def test_a_push_is_refused_where_the_branch_moved_meanwhile(server: Server, bulk: Bulk, tmp_path: Path) -> None:
    """Between our look and our push a person takes the branch: the lease keeps their commit."""
    bulk("plan", "hub", "--source", f"file:{tmp_path}/list.txt", "--match", "a$")
    bulk("review", "hub", "--approve", "all")
    repository = tmp_path / "host" / "a.git"
    theirs = git(repository, "commit-tree", "-m", "mine", "-p", "main", "main^{tree}")
    hook = repository / "hooks" / "pre-receive"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\nenv -u GIT_QUARANTINE_PATH git update-ref refs/heads/{BRANCH} {theirs}\n")
    hook.chmod(0o755)
    assert bulk("push", "hub").code == 3
    assert branches(repository)[BRANCH] == theirs


def test_a_protected_branch_is_told(server: Server, bulk: Bulk, tmp_path: Path, states: States) -> None:
    bulk("plan", "hub", "--source", f"file:{tmp_path}/list.txt", "--match", "a$")
    bulk("review", "hub", "--approve", "all")
    hook = tmp_path / "host" / "a.git" / "hooks" / "pre-receive"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    assert bulk("push", "hub").code == 3
    (found,) = states().values()
    assert found["class"] == "protected"
    subprocess.run(["rm", str(hook)], check=True)
    assert bulk("retry", "hub").code == 0


def test_stale_locks_of_our_stores_are_cleared(server: Server, bulk: Bulk, tmp_path: Path) -> None:
    bulk("plan", "hub", "--source", f"file:{tmp_path}/list.txt", "--jobs", "1")
    bulk("review", "hub", "--approve", "all")
    (store,) = Path("hub.campaign/stores").iterdir()
    (store / "shallow.lock").touch()
    (store / "packed-refs.lock").touch()
    assert bulk("push", "hub").code == 0
    assert not list(store.glob("*.lock"))
