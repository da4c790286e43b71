"""Killing campaigns at random moments, and what must hold afterwards whatever the moment was."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.bulk.repositories import ENVIRONMENT, branches, commits_on, git

ROOT = Path(__file__).parent.parent.parent
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


def kill_after(process: subprocess.Popen[bytes], seconds: float, *, group: bool) -> bool:
    """Kill a run, alone or with its group, after a while; whether it was still alive then."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
    assert process.stderr
    process.stderr.close()
    return process.returncode == -signal.SIGKILL


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


def nothing_is_left(group: int, seconds: float = 10.0) -> list[str]:
    """Wait until nothing of a killed run lives; returns what does."""
    until = time.monotonic() + seconds
    while (found := left_running(group)) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def storm(folder: Path, phases: list[tuple[tuple[str, ...], float]], kills: int, seed: int, **more: Any) -> int:
    """Kill runs of the phases at random moments until so many kills hit a live run; then let each phase end.

    Each phase comes with the seconds that a whole run of it takes about.
    """
    chance = random.Random(seed)
    hits = 0
    share = -(-kills // len(phases))
    for arguments, seconds in phases:
        mine = tries = 0
        while mine < share and hits < kills and tries < 4 * share:
            tries += 1
            process = start(folder, *arguments, **more)
            hit = kill_after(process, chance.uniform(0.15, 1.0) * seconds, group=chance.random() < 0.5)
            assert nothing_is_left(process.pid) == []
            mine, hits = mine + hit, hits + hit
            if not hit and arguments[0] == "push":
                break  # it is through
        finish(folder, *arguments, **more)
        if arguments[0] == "plan":
            finish(folder, "review", arguments[1], "--approve", "all", **more)
    return hits


def states_of(folder: Path, name: str, **more: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "bulk", "status", name, "--format", "json", "--no-refresh"],
        cwd=folder, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), **more}, capture_output=True, check=False,
    )  # fmt: skip
    return {each["repository"]: each["state"] for each in json.loads(done.stdout)["repositories"]}


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
