"""Running a command and telling what it cost, with all its children: processor time, time on the clock, memory.

Ratios are of processor time unless they say otherwise: what else the machine does should not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PYTHON = [sys.executable]
MIGRATE = [sys.executable, "-m", "migrator"]
COLD = {"MIGRATOR_NO_CACHE": "1"}
"""What a run is given that should find nothing of an earlier one."""

_STEP = 0.02
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Measured:
    """Seconds of processor time (user and system) of the process and those that it waited for, seconds on the clock,
    and the most memory in MB: of the process alone, or of the whole tree where that was looked at."""

    seconds: float
    megabytes: float
    clock: float = 0.0


def environment_of(more: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "NO_COLOR": "1", **(COLD if more is None else more)}


def once(command: list[str], more: Mapping[str, str] | None = None, *, tree: bool = False) -> Measured:
    """One run; `more` is for its environment, by default without a cache. `tree`: look at the memory of all processes,
    as proportional set size, so that what they share counts once."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as nowhere:  # a report on /dev/null would not be a report
        out = nowhere if tree else subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=environment_of(more))
        watch = _Memory(process.pid) if tree else None
        _, _, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - start
        process.returncode = 0
        peak = watch.end() if watch is not None else usage.ru_maxrss / 1024
    return Measured(usage.ru_utime + usage.ru_stime, peak, clock)


def measure(command: list[str], rounds: int = 5, more: Mapping[str, str] | None = None) -> Measured:
    """The median of several runs after one that warms the caches up."""
    once(command, more)
    return _middle([once(command, more) for _ in range(rounds)])


def in_turn(
    commands: dict[str, list[str]], rounds: int = 5, more: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Measured]:
    """The same for several commands, one round of each after the other, so that a busy moment meets them all. `more`
    is for the environments of some of them."""
    given = more or {}
    for name, command in commands.items():
        once(command, given.get(name))
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(once(command, given.get(name)))
    return {name: _middle(found) for name, found in runs.items()}


def _middle(runs: list[Measured]) -> Measured:
    seconds, clock = (median(values) for values in zip(*((r.seconds, r.clock) for r in runs), strict=True))
    return Measured(seconds, max(r.megabytes for r in runs), clock)


class _Memory:
    """The most memory that a process and its children had together, until it ends."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._is_over = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._is_over.wait(_STEP):
            self._peak = max(self._peak, sum(map(_proportional, _family(self._pid))))

    def end(self) -> float:
        self._is_over.set()
        self._thread.join()
        return self._peak


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        with suppress(OSError):
            for task in Path(f"/proc/{found[-1]}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return found


def _proportional(pid: int) -> float:
    """MB of its proportional set size: https://docs.kernel.org/filesystems/proc.html."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
