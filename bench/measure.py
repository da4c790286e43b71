"""Running a command and telling how much processor time it took and how much memory it had at most.

Processor time, not the wall clock: every command here uses one core, and what else the machine does should not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measured:
    """Seconds of processor time (user and system) and the peak of the process's memory in MB."""

    seconds: float
    megabytes: float


def once(command: list[str]) -> Measured:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "NO_COLOR": "1"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return Measured(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure(command: list[str], rounds: int = 5) -> Measured:
    """The median of several runs after one that warms the caches up."""
    once(command)
    return _middle([once(command) for _ in range(rounds)])


def in_turn(commands: dict[str, list[str]], rounds: int = 5) -> dict[str, Measured]:
    """The same for several commands, one round of each after the other, so that a busy moment meets them all."""
    for command in commands.values():
        once(command)
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(once(command))
    return {name: _middle(found) for name, found in runs.items()}


def _middle(runs: list[Measured]) -> Measured:
    return Measured(median(r.seconds for r in runs), max(r.megabytes for r in runs))


PYTHON = [sys.executable]
MIGRATE = [sys.executable, "-m", "migrator"]
