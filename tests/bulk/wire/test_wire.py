"""Repositories of this machine are fetched and pushed to with few processes, and as git itself does it."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.bulk.generated import File
from migrator.bulk.git import Identity, Url, fault_of
from migrator.bulk.states import RepositoryError
from migrator.bulk.store import Message, Repository, Store
from migrator.bulk.stores import Stores
from migrator.bulk.wire import fetching
from migrator.bulk.wire.fetching import refs_of
from migrator.bulk.wire.local import path_of
from migrator.bulk.wire.talking import OddError
from migrator.services.faults import Fault
from tests.bulk.conftest import Bulk
from tests.bulk.repositories import branches, commit, config, git, make_bare

FILES = {".circleci/config.yml": config(), "deep/er/file": "x\n", "README": "y\n"}
MESSAGE = Message("Ours\n\nWith a body: ü\n", Identity("Ä Person", "a@b.c"), 1_700_000_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    stores = Stores(tmp_path / "stores")
    stores.folder.mkdir()
    with stores.take() as store:
        yield store


def url(path: Path) -> Url:
    return Url(f"file://{path}")


@pytest.mark.parametrize("files", [5, 400], ids=["read here", "read by git"])
def test_a_fetch_has_one_commit_whole(tmp_path: Path, store: Store, files: int) -> None:
    tip = make_bare(tmp_path / "a b.git", {**FILES, **{f"f/{n}": f"{n}\n" * n for n in range(files)}}, history=3)
    assert fetching.fetch(Url(f"file://{tmp_path}/a%20b.git"), "HEAD", store.path) == tip
    assert git(store.path, "ls-tree", "-r", tip) == git(tmp_path / "a b.git", "ls-tree", "-r", tip)
    assert git(store.path, "rev-list", tip).split() == [tip]
    git(store.path, "fsck", "--strict", tip)


def test_what_git_would_do_in_another_way_is_left_to_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bare(tmp_path / "a.git", FILES)
    assert path_of(url(tmp_path / "a.git")) == str(tmp_path / "a.git")
    wishes = tmp_path / "wishes"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(wishes))
    for given_url in (
        f"https://{tmp_path}/a.git",
        "a.git",
        f"file://{tmp_path}/none.git",
        f"file://host{tmp_path}/a.git",
    ):
        with pytest.raises(OddError):
            path_of(Url(given_url))
    for number, wish in enumerate(("url.x.insteadOf y", "transfer.fsckObjects true", "push.gpgSign if-asked")):
        wishes = tmp_path / f"wishes{number}"
        git(tmp_path, "config", "--file", str(wishes), *wish.split())
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(wishes))
        with pytest.raises(OddError):
            path_of(url(tmp_path / "a.git"))


def test_names_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    tip = make_bare(tmp_path / "a.git", FILES)
    git(tmp_path / "a.git", "branch", "ours2", "main")
    assert refs_of(url(tmp_path / "a.git"), ("HEAD", "refs/heads/ours")) == {"HEAD": tip}


def test_ids_of_another_length_are_left_to_git(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "--object-format=sha256", "a.git")
    commit(tmp_path / "a.git", FILES)
    with pytest.raises(OddError):
        refs_of(url(tmp_path / "a.git"), ("HEAD",))


def test_a_host_that_does_not_answer_costs_no_more_than_its_time(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_bare(tmp_path / "a.git", FILES)
    assert path_of(url(tmp_path / "a.git"))
    (silent := tmp_path / "bin" / "git").parent.mkdir()
    silent.write_text(f'#!/bin/sh\ncase "$*" in *upload-pack*) exec sleep 60;; esac\nexec {shutil.which("git")} "$@"\n')
    silent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{silent.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(fetching, "PATIENCE", 0.2)
    with pytest.raises(RepositoryError) as caught:
        store.fetch(url(tmp_path / "a.git"), 1)
    assert caught.value.fault is Fault.TIMEOUT


def test_what_a_hook_says_is_in_the_failure(tmp_path: Path, store: Store) -> None:
    make_bare(tmp_path / "a.git", FILES)
    (hook := tmp_path / "a.git" / "hooks" / "pre-receive").parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho ask the platform team >&2\nexit 1\n")
    hook.chmod(0o755)
    base = store.fetch(url(tmp_path / "a.git"), 1)
    made = store.commit(base, "refs/commits/1", MESSAGE, [File("README", b"z")])
    answer = store.push(url(tmp_path / "a.git"), "ours", made, "")
    assert "remote: ask the platform team" in answer.err
    assert fault_of(answer).fault is Fault.PROTECTED


def test_a_branch_moves_only_from_where_it_was_seen_and_is_deleted_so(tmp_path: Path, store: Store) -> None:
    host = tmp_path / "a.git"
    make_bare(host, FILES)
    base = store.fetch(url(host), 1)
    made = store.commit(base, "refs/commits/1", MESSAGE, [File("README", b"z")])
    assert store.push(url(host), "ours", made, "").code == 0
    git(host, "fsck", "--strict")
    other = store.commit(base, "refs/commits/1", MESSAGE, [File("README", b"zz")])
    for expected in ("", base):
        assert fault_of(store.push(url(host), "ours", other, expected)).fault is Fault.STALE
        assert fault_of(store.push(url(host), "ours", "", expected)).fault is Fault.STALE
    assert branches(host)["ours"] == made
    assert store.push(url(host), "ours", "", made).code == 0
    assert "ours" not in branches(host)


NAMES = st.sampled_from(["a", "b.yml", "ü", "a b", "-x"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(there=st.dictionaries(PATHS, st.binary(max_size=20), min_size=1, max_size=6), data=st.data())
def test_a_commit_is_the_one_that_git_makes(store: Store, there: dict[str, bytes], data: st.DataObject) -> None:
    there = {path: content for path, content in there.items() if not any(o.startswith(f"{path}/") for o in there)}
    with Repository(store.path) as repository:
        files = [File(f"root/{path}", content) for path, content in there.items()]
        git(
            store.path,
            "update-ref",
            "refs/heads/empty",
            git(store.path, "commit-tree", "-m", "x", git(store.path, "mktree")),
        )
        base = repository.commit(git(store.path, "rev-parse", "empty"), "refs/base/1", MESSAGE, files)
        chosen = data.draw(st.lists(st.sampled_from(files), min_size=1, unique_by=lambda file: file.path))
        changed = [
            File(file.path, file.data + b"more", data.draw(st.sampled_from(["100644", "100755"]))) for file in chosen
        ]
        expected = repository.commit(base, "refs/base/2", MESSAGE, changed)
    assert store.commit(base, "refs/commits/1", MESSAGE, changed) == expected
    git(store.path, "fsck", "--strict")


def test_a_repository_of_a_campaign_costs_three_conversations(
    bulk: Bulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make_bare(tmp_path / f"{number}.git", {".circleci/config.yml": config(image=f"acme/app:{number}")}, history=2)
    (tmp_path / "list.txt").write_text("".join(f"{tmp_path}/{number}.git\n" for number in range(3)))
    (wrapper := tmp_path / "bin" / "git").parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/log\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    assert bulk("plan", "hub", "--source", f"file:{tmp_path}/list.txt", "--jobs", "1").code == 1
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub", "--jobs", "1").code == 0
    ran = (tmp_path / "log").read_text().splitlines()
    services = Counter(word for line in ran for word in line.split() if word in ("upload-pack", "receive-pack"))
    assert services == {"upload-pack": 6, "receive-pack": 3}
    assert len(ran) - 9 <= 8  # once a run: settings, identity, a reader of our store
