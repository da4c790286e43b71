"""Ctrl-C: planning ends at once, pushing after what is in flight or at the second one; what is done is kept."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.bulk.gates import GitGate, wait_at
from tests.bulk.killing import finish, nothing_is_left, start, states_of
from tests.bulk.repositories import branches, config, make_bare
from tests.engine.test_limits import RULE

PLAN = ("--select", "unauthenticated-image")


def hosted(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / "host" / f"r{number:02}.git" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        make_bare(path, {".circleci/config.yml": text})
    (folder / "list.txt").write_text("".join(f"file://{path}\n" for path in paths))
    return paths


def counts_of(folder: Path) -> dict[str, int]:
    with closing(sqlite3.connect(folder / "hub.campaign.db")) as ledger:
        return dict(ledger.execute("SELECT state, count(*) FROM repositories GROUP BY state").fetchall())


def test_planning_waits_for_no_host(tmp_path: Path) -> None:
    hosted(tmp_path, *[config(f"j{number}") for number in range(40)])
    gate = GitGate(tmp_path / "gate")
    gate.arm(30, after=False)
    process = start(tmp_path, "plan", "hub", "--source", "file:list.txt", "--jobs", "1", *PLAN, **gate.environment)
    wait_at(gate, process)
    while "planned" not in counts_of(tmp_path):  # what was read before is computed and noted meanwhile
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    error = process.communicate(timeout=300)[1].decode()
    assert process.returncode == 130, error
    assert "what was finished is kept; the same command goes on" in error
    assert "Traceback" not in error
    assert nothing_is_left(process.pid) == [], "git, which was held, ended as well"
    counts = counts_of(tmp_path)
    assert sum(counts.values()) == 40
    assert counts["planned"] > 0
    assert counts["discovered"] > 0
    gate.arm(0, after=False)
    finish(tmp_path, "plan", "hub", *PLAN)
    assert counts_of(tmp_path) == {"planned": 40}


@pytest.mark.parametrize("repositories", [4, 24], ids=["one process", "processes"])
def test_planning_waits_for_no_pattern(tmp_path: Path, repositories: int) -> None:
    """The rule says by a file that it has begun; nothing waits for a time."""
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    (tmp_path / "rules").mkdir()
    match = '            re.match("(a|a)*b"'
    assert match in RULE
    text = RULE.replace(match, f"            open({str(begun)!r}, 'w').close()\n{match}")
    (tmp_path / "rules" / "acme_endless.py").write_text(text)
    (tmp_path / "rules" / "acme_endless.md").write_text("# acme-endless\n")
    hosted(tmp_path, *["version: 2.1\na: b\n"] * (repositories - 1), "version: 2.1\npattern: true\n")
    process = start(
        tmp_path, "plan", "hub", "--source", "file:list.txt", "--rules", "rules", "--select", "acme-endless",
        "--file-timeout", "0", "--repository-timeout", "0",
    )  # fmt: skip
    begun.read_text()
    os.kill(process.pid, signal.SIGINT)
    error = process.communicate(timeout=300)[1].decode()
    assert process.returncode == 130, error
    assert nothing_is_left(process.pid) == []
    assert set(counts_of(tmp_path)) <= {"unchanged", "discovered"}


@pytest.fixture
def held(tmp_path: Path) -> GitGate:
    """Four repositories that may be pushed, and a gate that holds back the second push."""
    hosted(tmp_path, *[config(f"j{number}") for number in range(4)])
    finish(tmp_path, "plan", "hub", "--source", "file:list.txt", *PLAN)
    finish(tmp_path, "review", "hub", "--approve", "all")
    gate = GitGate(tmp_path / "gate")
    gate.arm(3, after=False)
    return gate


def asked_to_stop(folder: Path, held: GitGate) -> subprocess.Popen[bytes]:
    """A push that is held back at its second repository, after one Ctrl-C."""
    process = start(folder, "push", "hub", "--jobs", "1", **held.environment)
    wait_at(held, process)
    os.kill(process.pid, signal.SIGINT)
    assert process.stderr
    assert b"finishing what is in flight" in process.stderr.readline()
    return process


def test_pushing_finishes_what_is_in_flight_and_says_how_to_go_on(tmp_path: Path, held: GitGate) -> None:
    process = asked_to_stop(tmp_path, held)
    held.release()
    error = process.communicate(timeout=300)[1].decode()
    assert process.returncode == 130, error
    assert "`migrate bulk push hub` goes on" in error
    states = list(states_of(tmp_path, "hub").values())
    assert 0 < states.count("pushed") < 4


def test_the_second_one_waits_for_nothing(tmp_path: Path, held: GitGate) -> None:
    process = asked_to_stop(tmp_path, held)
    os.kill(process.pid, signal.SIGINT)
    error = process.communicate(timeout=300)[1].decode()
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert nothing_is_left(process.pid) == []
    finish(tmp_path, "push", "hub")
    assert set(states_of(tmp_path, "hub").values()) == {"pushed"}
    assert all(len(branches(path)) == 2 for path in (tmp_path / "host").iterdir())
