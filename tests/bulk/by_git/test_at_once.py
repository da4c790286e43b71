"""A first push without a look before makes our branch only where that is missing and the base is the planned one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migrator.bulk.generated import File
from migrator.bulk.git import Answer, Identity, Url
from migrator.bulk.store import Message
from migrator.bulk.stores import Stores
from tests.bulk.repositories import branches, commit, git, make_bare

Push = Callable[[], Answer]


@pytest.fixture
def host(tmp_path: Path) -> Path:
    make_bare(tmp_path / "host.git", {"a": "1"}, history=3)
    return tmp_path / "host.git"


@pytest.fixture
def push(host: Path, tmp_path: Path) -> Iterator[Push]:
    """Pushes a commit on what `main` was when this began."""
    stores = Stores(tmp_path / "stores")
    stores.folder.mkdir()
    url = Url(f"file://{host}")
    with stores.take() as store:
        base = store.fetch(url, 1)
        made = store.commit(base, "refs/commits/1", Message("Ours", Identity("A", "a@b.c"), 1), [File("a", b"2")])
        yield lambda: store.push(url, "ours", made, "", unmoved=("main", base))


def test_the_branch_is_made_and_the_base_stays(host: Path, push: Push) -> None:
    base = branches(host)["main"]
    assert push().code == 0
    assert branches(host)["main"] == base
    assert git(host, "rev-parse", "ours~1") == base


@pytest.mark.parametrize("back", [False, True], ids=["forward", "back"])
def test_nothing_moves_where_the_base_moved(host: Path, push: Push, back: bool) -> None:
    if back:
        git(host, "update-ref", "refs/heads/main", "main~1")
    else:
        commit(host, {"b": "1"})
    before = branches(host)
    assert push().code
    assert branches(host) == before


def test_nothing_moves_where_the_base_is_gone(host: Path, push: Push) -> None:
    git(host, "branch", "-m", "main", "trunk")
    before = branches(host)
    assert push().code
    assert branches(host) == before


def test_nothing_moves_where_the_branch_is_there(host: Path, push: Push) -> None:
    git(host, "branch", "ours", "main")
    before = branches(host)
    assert push().code
    assert branches(host) == before


def test_nothing_moves_where_a_hook_refuses_the_branch(host: Path, push: Push) -> None:
    (hook := host / "hooks" / "update").parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = branches(host)
    assert push().code
    assert branches(host) == before


def test_nothing_moves_where_the_host_pushes_nothing_atomically(host: Path, push: Push) -> None:
    git(host, "config", "receive.advertiseAtomic", "false")
    before = branches(host)
    assert push().code
    assert branches(host) == before
