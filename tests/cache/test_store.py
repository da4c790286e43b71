"""Texts by their keys: what was not written exactly so is not there, and nothing that goes wrong is an error."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.cache import store as module
from migrator.cache.store import MAX_AGE, Store
from tests.places import ROOT

KEY, OTHER = "a" * 32, "b" * 32
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def file_of(folder: Path, key: str) -> Path:
    return folder / key[0] / key


def keys_of_one_shard(count: int) -> list[str]:
    return [f"c{number:031x}" for number in range(count)]


@SHARED
@given(text=st.binary(max_size=200))
def test_a_text_is_found_as_it_was_kept(tmp_path: Path, text: bytes) -> None:
    store = Store(str(tmp_path))
    store.put(KEY, text)
    assert Store(str(tmp_path)).get(KEY) == text
    assert store.get(OTHER) is None


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Store(str(tmp_path)).put(KEY, b"x")
    finally:
        os.umask(before)
    assert file_of(tmp_path, KEY).stat().st_mode & 0o777 == 0o600
    assert file_of(tmp_path, KEY).parent.stat().st_mode & 0o777 == 0o700


@SHARED
@given(data=st.data())
def test_what_was_damaged_is_not_there(tmp_path: Path, data: st.DataObject) -> None:
    store = Store(str(tmp_path))
    store.put(KEY, b"some text of an outcome")
    file = file_of(tmp_path, KEY)
    whole = file.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(
        st.sampled_from([whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :], whole + b"x"])
        | st.binary(max_size=80)
    )
    file.write_bytes(damaged)
    assert store.get(KEY) is None
    assert not file.exists()


def test_what_was_kept_under_another_key_is_not_there(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put(KEY, b"text")
    store.put(OTHER, b"other")
    file_of(tmp_path, OTHER).write_bytes(file_of(tmp_path, KEY).read_bytes())
    assert store.get(OTHER) is None


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "huge"])
def test_what_is_no_file_of_ours_is_not_read(tmp_path: Path, kind: str) -> None:
    store = Store(str(tmp_path / "store"))
    (tmp_path / "store").mkdir()
    store.put(KEY, b"text")
    file = file_of(tmp_path / "store", KEY)
    elsewhere = file.rename(tmp_path / "elsewhere")
    if kind == "link":
        file.symlink_to(elsewhere)
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    else:
        with file.open("wb") as out:
            out.truncate(module.MAX_ENTRY * 4)
    assert store.get(KEY) is None
    store.put(KEY, b"again")  # nothing is an error
    assert store.get(KEY) == (None if kind == "folder" else b"again")


def test_what_somebody_else_owns_is_not_read(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("this system lets only root give a file to somebody else")
    store = Store(str(tmp_path))
    store.put(KEY, b"text")
    os.chown(file_of(tmp_path, KEY), 12345, -1)
    assert store.get(KEY) is None


def test_a_full_disk_is_no_error_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from migrator.cache.store import Store; store = Store(sys.argv[1])\n"
        f"store.put('{KEY}', b'x' * 100_000); store.put('{OTHER}', b'x' * 100_000); store.tidy()\n"
        f"print(store.get('{KEY}'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "None\n", "")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/dev/null"])
def test_where_nothing_can_be_written_nothing_is_kept(folder: str) -> None:
    store = Store(folder)
    store.put(KEY, b"text")
    store.drop(KEY)
    store.tidy()
    assert store.get(KEY) is None


_WRITER = (
    "import sys; from migrator.cache.store import Store; store = Store(sys.argv[1])\n"
    "while True:\n"
    " for n in range(40):\n"
    "  store.put(f'{n:032x}', str(n).encode() * 20_000); print(flush=True)\n"
)


def test_a_run_that_is_killed_leaves_whole_texts_only(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(2)  # at the same texts, at once
    ]
    for writer in writers:
        assert writer.stdout is not None
        for _ in range(30):
            writer.stdout.readline()
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    store = Store(str(tmp_path))
    found = {number: store.get(f"{number:032x}") for number in range(40)}
    assert sum(text is not None for text in found.values()) >= 30
    assert all(text in (None, str(number).encode() * 20_000) for number, text in found.items())


def trimmed(folder: Path, most: int) -> set[str]:
    module._trim(str(folder / "c"), most)
    return {path.name for path in (folder / "c").iterdir()}


def test_what_nobody_asked_for_in_a_month_is_removed(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    old, young = keys_of_one_shard(2)
    for key in (old, young):
        store.put(key, b"text")
    long_ago = time.time() - MAX_AGE - 60
    os.utime(file_of(tmp_path, old), (long_ago, long_ago))
    assert trimmed(tmp_path, 1_000_000) == {young}


def test_what_is_asked_for_is_young_again(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put(KEY, b"text")
    long_ago = time.time() - MAX_AGE - 60
    os.utime(file_of(tmp_path, KEY), (long_ago, long_ago))
    assert store.get(KEY) == b"text"
    assert file_of(tmp_path, KEY).stat().st_mtime > long_ago + MAX_AGE


def test_the_oldest_make_room_for_the_others(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    keys = keys_of_one_shard(20)
    for age, key in enumerate(keys):
        store.put(key, b"text")
        when = time.time() - 60 * age
        os.utime(file_of(tmp_path, key), (when, when))
    assert trimmed(tmp_path, 16 * 4096) == set(keys[:12])


def test_a_part_of_a_killed_run_is_removed_once_nobody_writes_it(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    for name in (f"c{'0' * 31}.0a", f"c{'0' * 31}.0b"):
        (tmp_path / "c" / name).write_bytes(b"half")
    hours_ago = time.time() - 7200
    os.utime(tmp_path / "c" / f"c{'0' * 31}.0a", (hours_ago, hours_ago))
    assert trimmed(tmp_path, 1_000_000) == {f"c{'0' * 31}.0b"}


def test_a_store_stays_within_its_bound(tmp_path: Path) -> None:
    most = 16 * 10 * 4096
    for turn in range(20):
        store = Store(str(tmp_path), max_bytes=most)
        for number in range(128):
            key = f"{(turn * 128 + number) * 0x9E3779B97F4A7C15 % 2**128:032x}"
            store.put(f"{number % 16:x}{key[1:]}", b"text")
        store.tidy()
    # Two folders a turn, of sixteen: what was added since each was last looked through comes on top.
    assert sum(path.is_file() for path in tmp_path.rglob("*")) < 20 * 128 * 3 // 4
