"""Killing campaigns at random moments, and what must hold afterwards whatever the moment was."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from tests.bulk.gates import Gate, wait_at
from tests.bulk.repositories import ENVIRONMENT, branches, commits_on, git
from tests.places import ROOT

CODES = (0, 1, 3)


def start(folder: Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """`migrate bulk ...` as a process group of its own."""
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT), **more}
    return subprocess.Popen(
        [sys.executable, "-m", "migrator", "bulk", *arguments], cwd=folder, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(folder: Path, *arguments: str, codes: tuple[int, ...] = CODES, **more: Any) -> str:
    process = start(folder, *arguments, **more)
    error = process.communicate(timeout=600)[1].decode()
    assert process.returncode in codes, error
    return error


def kill(process: subprocess.Popen[bytes], *, group: bool) -> None:
    """Kill a run, alone or with its group. It must still be alive."""
    (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stderr
    process.stderr.close()
    assert process.returncode == -signal.SIGKILL, "the run ended before it was killed"


def left_running(group: int) -> list[str]:
    """The processes of a group that still live: what a killed run left behind."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
            if int(words[2]) == group and words[0] != "Z":
                found.append((status.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, ValueError):
            continue
    return found


def nothing_is_left(group: int, seconds: float = 60.0) -> list[str]:
    """Wait until nothing of a killed run lives; returns what does."""
    until = time.monotonic() + seconds
    while (found := left_running(group)) and time.monotonic() < until:
        time.sleep(0.05)
    return found


class Phase(NamedTuple):
    """A phase to kill, and how often a run of it talks with the host at least; `None`: once for each in that state."""

    arguments: tuple[str, ...]
    calls: int | None = None
    state: str = "approved"
    less: int = 0
    """So many of them it leaves alone."""


def storm(folder: Path, gate: Gate, phases: Sequence[Phase], kills: int, seed: int, **more: Any) -> int:
    """Kill runs of the phases at random moments, `kills` times in all; then let each phase end.

    Each run is caught at the gate, before or after a conversation with the host that chance names, and killed a random
    moment later, in which whatever else is in flight goes on. Returns how many kills hit a live run: all of them.
    """
    chance = random.Random(seed)
    more = {**gate.environment, **more}
    hits = 0
    for place, phase in enumerate(phases):
        share = kills // len(phases) + (place < kills % len(phases))
        for left in range(share, 0, -1):
            # No more than what is certainly said, and not so much that too little is left for the next kills.
            most = phase.calls or list(states_of(folder, phase.arguments[1]).values()).count(phase.state)
            most -= phase.less
            assert most, "nothing is left to be killed in"
            gate.arm(chance.randint(1, max(1, min(most, 2 * most // left))), after=chance.random() < 0.5)
            process = start(folder, *phase.arguments, **more)
            wait_at(gate, process)
            time.sleep(chance.uniform(0, 0.3))
            kill(process, group=chance.random() < 0.5)
            gate.release()
            assert nothing_is_left(process.pid) == []
            hits += 1
        gate.arm(0, after=False)
        finish(folder, *phase.arguments, **more)
        if phase.arguments[0] == "plan":
            finish(folder, "review", phase.arguments[1], "--approve", "all", **more)
    return hits


class Row(NamedTuple):
    """What a ledger has of a repository."""

    state: str
    fault: str
    message: str


def rows_of(folder: Path, name: str) -> dict[str, Row]:
    """What the ledger of a campaign has, by the repository. It is read as it is: a process each time costs more."""
    with closing(sqlite3.connect(folder / f"{name}.campaign.db")) as ledger:
        found = ledger.execute("SELECT name, state, fault, message FROM repositories ORDER BY name").fetchall()
    return {name: Row(*rest) for name, *rest in found}


def states_of(folder: Path, name: str) -> dict[str, str]:
    return {name: row.state for name, row in rows_of(folder, name).items()}


def check_git(paths: list[Path], branch: str) -> None:
    """Each repository has one commit on one branch, and git finds nothing wrong with it."""
    for path in paths:
        assert branches(path).keys() == {"main", branch}, path.name
        assert len(commits_on(path, branch)) == 1, path.name
        git(path, "fsck", "--strict")


def pulls(url: str) -> dict[str, list[dict[str, Any]]]:
    with urllib.request.urlopen(f"{url}/_state", timeout=30) as answer:
        found: dict[str, list[dict[str, Any]]] = json.load(answer)
        return found
