"""Ledgers that are damaged, foreign, in use, or have no room: one line, and nothing of them is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.ledger import Ledger
from tests.bulk.conftest import Bulk, Host
from tests.bulk.repositories import ENVIRONMENT, config, make_bare, show
from tests.places import ROOT

States = Callable[[], dict[str, dict[str, Any]]]
LEDGER = Path("hub.campaign.db")


@pytest.fixture
def planned(bulk: Bulk, tmp_path: Path) -> str:
    """A planned campaign, its ledger one whole file; the source of it."""
    for number in range(3):
        make_bare(tmp_path / "host" / f"r{number}.git", {".circleci/config.yml": config(f"job{number}")})
    bulk("plan", "hub", "--source", f"dir:{tmp_path}/host")
    return f"dir:{tmp_path}/host"


def refused(bulk: Bulk, *arguments: str) -> str:
    """What a phase says that cannot go on, in one line."""
    said = bulk(*arguments)
    assert said.code == 3
    assert said.err.startswith("migrate: hub.campaign.db: "), said.err
    assert said.err.count("\n") == 1
    return said.err


def test_what_is_no_database_is_left_alone(bulk: Bulk, planned: str) -> None:
    LEDGER.write_text("notes\n" * 1000)
    for phase in (("plan", "hub", "--source", planned), ("status", "hub"), ("push", "hub")):
        assert "is not a ledger" in refused(bulk, *phase)
    assert LEDGER.read_text() == "notes\n" * 1000


def test_a_database_of_another_program_is_left_alone(bulk: Bulk, planned: str) -> None:
    LEDGER.unlink()
    with sqlite3.connect(LEDGER) as other:
        other.execute("CREATE TABLE other (x)")
    other.close()
    before = LEDGER.read_bytes()
    assert "another program" in refused(bulk, "plan", "hub", "--source", planned)
    assert LEDGER.read_bytes() == before


def test_a_ledger_of_a_later_version_is_left_alone(bulk: Bulk, planned: str) -> None:
    with sqlite3.connect(LEDGER) as ledger:
        ledger.execute("UPDATE settings SET value = '2' WHERE name = 'version'")
        ledger.execute("DROP TABLE writes")
    ledger.close()
    for phase in ("plan", "status", "push"):
        assert "its version is 2, expected 1" in refused(bulk, phase, "hub")
    with sqlite3.connect(LEDGER) as ledger:
        assert not ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'writes'").fetchall()
    ledger.close()


@pytest.mark.parametrize("phase", ["plan", "review", "push", "status", "retry", "merge", "close"])
def test_a_damaged_ledger_is_told_in_one_line(bulk: Bulk, planned: str, phase: str) -> None:
    data = LEDGER.read_bytes()
    LEDGER.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    refused(bulk, phase, "hub")


def test_a_ledger_needs_a_folder(bulk: Bulk, planned: str, tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere" / "x.db", tmp_path):
        said = bulk("plan", "hub", "--source", planned, "--ledger", str(place))
        assert said.code == 2
        assert "--ledger" in said.err
    assert not Path(f"{tmp_path}.lock").exists()


def test_a_full_disk_ends_a_run_and_loses_nothing(bulk: Bulk, planned: str, tmp_path: Path) -> None:
    """No file may grow beyond a size that the ledger has nearly reached."""
    blocks = 512
    room = LEDGER.stat().st_size // blocks + 4
    command = [sys.executable, "-m", "migrator", "bulk", "review", "hub", "--approve", "all"]
    limited = ["sh", "-c", f'ulimit -f {room}; exec "$@"', "sh", *command]
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    with sqlite3.connect(LEDGER) as ledger:
        # Decisions have to be longer than the room that is left.
        ledger.execute("UPDATE repositories SET change = ? || id", ("x" * 8000,))
    ledger.close()
    done = subprocess.run(limited, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "run the same command again" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "3 planned" in bulk("status", "hub").out
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 1
    assert "3 approved" in bulk("status", "hub").out


def test_a_repository_of_another_user_is_told(bulk: Bulk, planned: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """git refuses to work in it, and says how to allow it."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    shutil.rmtree("hub.campaign")
    os.unlink(LEDGER)  # noqa: PTH108
    said = bulk("plan", "hub", "--source", planned)
    assert said.code == 3
    assert said.err.count("safe.directory") == 3


@pytest.fixture
def earlier(tmp_path: Path, host: Host) -> None:
    """The ledger of a campaign over a folder and GitHub, as version 0.1.0 left it, and what was on the disk then."""
    for name, job in (("a", "build"), ("b", "test"), ("c", "release")):
        make_bare(tmp_path / "disk" / f"{name}.git", {".circleci/config.yml": config(job)})
    text = Path(__file__).with_name("ledgers").joinpath("version-1.sql").read_text("utf-8")
    with sqlite3.connect(LEDGER) as ledger:
        ledger.executescript(text.replace("@TOP@", str(tmp_path)).replace("@URL@", host.url))
    ledger.close()


def test_a_ledger_of_an_earlier_version_goes_on_where_it_was(
    bulk: Bulk, earlier: None, states: States, tmp_path: Path
) -> None:
    assert "1 planned, 1 approved, 1 rejected, 1 pushed, 2 open" in bulk("status", "hub", "--no-refresh").out
    assert {name: each["state"] for name, each in states().items()} == {
        "a": "approved", "b": "pushed", "c": "planned", "acme/app": "open", "acme/lib": "rejected", "acme/web": "open",
    }  # fmt: skip
    assert "+        auth:" in bulk("review", "hub", "--show", "c").out
    assert bulk("push", "hub").code == 1
    assert "$DOCKERHUB_PASSWORD" in show(tmp_path / "disk" / "a.git", "migrator/hub:.circleci/config.yml")
    assert bulk("plan", "hub").code == 1
    assert {name: each["state"] for name, each in states().items() if each["state"] != "skipped"} == {
        "a": "pushed", "b": "pushed", "c": "planned", "acme/app": "open", "acme/lib": "rejected", "acme/web": "open",
        "acme/plain": "unchanged",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        pytest.param("dir", 0, id="a branch is all there is to do"),
        pytest.param("git", 0, id="and so it is for a URL"),
        pytest.param("github", 1, id="the pull request is still to be opened"),
    ],
)
def test_what_is_pushed_is_done_where_no_pull_request_follows(bulk: Bulk, earlier: None, kind: str, code: int) -> None:
    with sqlite3.connect(LEDGER) as ledger:
        ledger.execute("UPDATE repositories SET state = 'pushed', kind = ?", (kind,))
    ledger.close()
    assert bulk("status", "hub").code == code


def opened_at(monkeypatch: pytest.MonkeyPatch, now: float) -> Ledger:
    monkeypatch.setattr(time, "time", lambda: now)
    return Ledger(Path("writes.db"), "hub", with_requests=(), create=True)


def test_what_was_written_counts_for_an_hour_and_no_longer(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened_at(monkeypatch, 10_000.0) as ledger:
        ledger.note_writes([("content", 6_399.0), ("content", 6_401.0), ("push", 9_999.0)])
        assert ledger.writes() == [("content", 6_401.0), ("push", 9_999.0)]
    with opened_at(monkeypatch, 13_598.0) as ledger:
        assert ledger.writes() == [("push", 9_999.0)]
        ledger.note_writes([("content", 13_598.0)])
    with opened_at(monkeypatch, 10_000.0) as ledger:
        # What is over an hour old when something is noted is forgotten for good.
        assert ledger.writes() == [("push", 9_999.0), ("content", 13_598.0)]
