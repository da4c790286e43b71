"""The door through which everything is written: whole or not at all, never through a link that leads out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from migrator.errors import UsageError, WriteError
from migrator.files import writing
from migrator.files.exchange import exchange, is_at_rest
from migrator.files.links import leads_out
from migrator.files.reading import holds
from migrator.files.temporary import of_file, write_temporary
from migrator.files.writing import append, clear_stale, replace_file, write_new, write_whole


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, with a file of its owner's outside of it, as the working directory."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "zshenv").write_text("mine\n")
    top = tmp_path / "r"
    (top / ".git").mkdir(parents=True)
    (top / ".circleci").mkdir()
    monkeypatch.chdir(top)
    return top


def test_a_plain_path_leads_nowhere_else(repository: Path) -> None:
    assert leads_out("report.html") is None
    assert leads_out(repository / "new" / "report.html") is None
    assert leads_out("/dev/null") is None


def test_a_link_within_the_repository_is_followed(repository: Path) -> None:
    (repository / "real").mkdir()
    (repository / "link").symlink_to("real")
    assert leads_out("link/report.html") is None
    write_whole("link/report.html", b"x")
    assert (repository / "real" / "report.html").read_bytes() == b"x"


def test_a_link_above_the_repository_is_its_owners(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "home").symlink_to(tmp_path)
    assert leads_out(tmp_path / "home" / "r" / "report.html") is None


def test_a_link_of_ones_own_elsewhere_is_followed(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "reports").symlink_to("outside")
    write_whole("../reports/new", b"x")
    assert (tmp_path / "outside" / "new").read_bytes() == b"x"


WRITERS: dict[str, Callable[[str], object]] = {
    "write_whole": lambda path: write_whole(path, b"x"),
    "write_new": lambda path: write_new(path, b"x"),
    "append": lambda path: append(Path(path), b"x"),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("link", "to", "path"),
    [
        ("report.html", "../outside/zshenv", "report.html"),
        ("report.html", "../outside/not-there", "report.html"),
        ("out", "../outside", "out/zshenv"),
        ("out", "../outside", "out/new/deep"),
    ],
)
def test_nothing_is_written_through_a_link_out_of_the_repository(
    tmp_path: Path, repository: Path, writer: str, link: str, to: str, path: str
) -> None:
    (repository / link).symlink_to(to)
    with pytest.raises(UsageError, match="outside the repository"):
        WRITERS[writer](path)
    assert sorted(child.name for child in (tmp_path / "outside").iterdir()) == ["zshenv"]
    assert (tmp_path / "outside" / "zshenv").read_text() == "mine\n"


def test_a_link_to_another_repository_leads_out_as_well(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "outside" / ".git").mkdir()
    (repository / "out").symlink_to("../outside")
    assert leads_out("out/zshenv") == tmp_path / "outside" / "zshenv"


def test_a_folder_that_git_does_not_keep_counts_where_one_stands_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "unpacked" / "out").symlink_to("..")
    monkeypatch.chdir(tmp_path / "unpacked")
    assert leads_out("out/x") == tmp_path / "x"
    monkeypatch.chdir(tmp_path)
    assert leads_out("unpacked/out/x") is None


def test_a_config_that_is_a_link_out_is_not_replaced(tmp_path: Path, repository: Path) -> None:
    (repository / ".circleci" / "config.yml").symlink_to("../../outside/zshenv")
    with pytest.raises(WriteError, match="leads out of the repository"):
        replace_file(".circleci/config.yml", b"new", b"mine\n")
    assert (tmp_path / "outside" / "zshenv").read_text() == "mine\n"


def test_devices_and_descriptors_that_a_person_names_are_written_to(repository: Path) -> None:
    write_whole("/dev/null", b"x")
    reader, writer = os.pipe()
    write_whole(f"/dev/fd/{writer}", b"x")
    os.close(writer)
    with os.fdopen(reader, "rb") as end:
        assert end.read() == b"x"


def test_nothing_takes_the_place_of_what_is_there(repository: Path) -> None:
    Path("migrator.toml").write_text("mine")
    with pytest.raises(UsageError, match="already exists"):
        write_new("migrator.toml", b"x")
    assert Path("migrator.toml").read_text() == "mine"


def test_mode_and_extended_attributes_stay(repository: Path) -> None:
    file = repository / "config.yml"
    file.write_text("old")
    file.chmod(0o640)
    try:
        os.setxattr(file, "user.origin", b"template")
    except OSError:
        pytest.skip("this file system keeps no extended attributes")
    replace_file(str(file), b"new", b"old")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.getxattr(file, "user.origin") == b"template"


def test_a_result_for_the_owner_alone_is_never_readable_by_others(repository: Path) -> None:
    Path("x.patch").write_text("old")
    Path("x.patch").chmod(0o644)
    write_whole("x.patch", b"secret", private=True)
    assert Path("x.patch").stat().st_mode & 0o777 == 0o600


EDITOR = """\
import os, sys, time
file, how, delay = sys.argv[1], sys.argv[2], float(sys.argv[3])
for line in sys.stdin:
    save = line.encode()
    time.sleep(delay)
    if how == "rename":
        with open(file + ".swap", "wb") as swap:
            swap.write(save)
        os.rename(file + ".swap", file)
    else:
        handle = os.open(file, os.O_WRONLY | (os.O_TRUNC if how == "truncate" else 0))
        if how == "slowly":
            time.sleep(delay)
        os.write(handle, save)
        os.ftruncate(handle, len(save))
        os.close(handle)
    print("saved", flush=True)
"""


@pytest.mark.parametrize("how", ["rename", "truncate", "slowly"])
def test_no_save_of_an_editor_is_lost(tmp_path: Path, how: str) -> None:
    file = tmp_path / "config.yml"
    probe = tmp_path / "probe"
    probe.write_text("")
    file.write_text("")
    if not exchange(probe, file):
        pytest.skip("this file system cannot exchange two files")
    probe.unlink()
    with subprocess.Popen(
        [sys.executable, "-c", EDITOR, str(file), how, "0.0008"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as editor:
        assert editor.stdin is not None
        assert editor.stdout is not None
        for number in range(60):
            file.write_text(f"old {number}\n")
            editor.stdin.write(f"save {number}\n")
            with suppress(WriteError):  # it says that another program changed the file
                replace_file(str(file), f"new {number}\n".encode(), f"old {number}\n".encode())
            assert editor.stdout.readline() == "saved\n"
            assert file.read_text() == f"save {number}\n"
        editor.stdin.close()
    assert [path.name for path in tmp_path.iterdir()] == ["config.yml"]


def test_a_save_right_before_the_exchange_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.yml"
    file.write_text("old")

    def after_a_save(one: Path, other: Path) -> bool:
        if file.read_text() == "old":
            file.write_text("a save")
        return exchange(one, other)

    monkeypatch.setattr(writing, "exchange", after_a_save)
    with pytest.raises(WriteError, match="changed by another program"):
        replace_file(str(file), b"new", b"old")
    assert file.read_text() == "a save"
    assert [path.name for path in tmp_path.iterdir()] == ["config.yml"]


def test_where_files_cannot_be_exchanged_the_file_is_compared_right_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.yml"
    file.write_text("old")
    monkeypatch.setattr(writing, "exchange", lambda *_: False)
    replace_file(str(file), b"new", b"old")
    assert file.read_text() == "new"

    def save(*_: object) -> bool:
        file.write_text("a save")
        return False

    monkeypatch.setattr(writing, "exchange", save)
    with pytest.raises(WriteError, match="changed by another program"):
        replace_file(str(file), b"newer", b"new")
    assert file.read_text() == "a save"


def test_a_file_that_is_open_for_writing_is_not_at_rest(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("old")
    assert is_at_rest(file, b"old")
    assert not is_at_rest(file, b"other")
    if sys.platform == "linux":
        with file.open("ab"):
            assert not is_at_rest(file, b"old")


def test_temporary_files_of_killed_runs_are_removed_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    target = tmp_path / "config.yml"
    target.write_text("old")
    stale = write_temporary(target, b"new")
    stale.keep()
    stale.__exit__(None, None, None)
    living = write_temporary(target, b"new")
    earlier = tmp_path / ".config.yml.4242.migrate-tmp"
    earlier.write_text("from an earlier version")
    assert clear_stale({tmp_path}) == []
    assert not stale.path.exists()
    assert not earlier.exists()
    assert living.path.exists()
    living.__exit__(None, None, None)
    assert [path.name for path in tmp_path.iterdir()] == ["config.yml"]


def test_what_may_be_a_save_is_named_and_kept(tmp_path: Path) -> None:
    target = tmp_path / "config.yml"
    target.write_text("old")
    stale = write_temporary(target, b"new")
    stale.announce(b"new", b"old")
    stale.keep()
    stale.__exit__(None, None, None)
    stale.path.write_text("what somebody saved while the run was killed")
    (line,) = clear_stale({tmp_path})
    assert stale.path.name in line
    assert "config.yml" in line
    assert stale.path.exists()
    stale.path.write_text("old")
    assert clear_stale({tmp_path}) == []
    assert not stale.path.exists()


def test_no_more_is_read_than_is_compared(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(5_000_000_000)  # sparse: it takes no room
    assert not holds(large, b"x")


def test_a_full_disk_is_reported_with_the_name_of_the_file(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "from migrator.files.writing import write_whole;"
        "write_whole(sys.argv[1], b'x' * 5000)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out.html")], capture_output=True, text=True)
    assert done.returncode == 1
    assert f"WriteError: {tmp_path / 'out.html'}: cannot be written: File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_named_like_a_temporary_file_is_none(tmp_path: Path) -> None:
    (tmp_path / ".config.yml.4242.migrate-tmp").mkdir()
    (tmp_path / ".other.yml.4242.migrate-tmp").write_text("")
    assert [left.path.name for left in of_file(tmp_path)] == [".other.yml.4242.migrate-tmp"]
