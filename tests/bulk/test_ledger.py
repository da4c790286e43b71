"""Ledgers that are damaged, foreign, in use, or have no room: one line, and nothing of them is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bulk.conftest import Bulk
from tests.bulk.repositories import ENVIRONMENT, config, make_bare
from tests.places import ROOT

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
        assert "is no ledger" in refused(bulk, *phase)
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
