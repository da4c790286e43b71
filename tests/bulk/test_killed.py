"""A campaign that is killed at random moments ends where one that was not killed does. `make soak` kills more often."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bulk.gates import GitGate, HostGate, wait_at
from tests.bulk.hosts.github.fake import TOKEN
from tests.bulk.killing import (
    Phase,
    check_git,
    kill,
    left_running,
    nothing_is_left,
    pulls,
    start,
    states_of,
    storm,
)
from tests.bulk.repositories import ENVIRONMENT, config, make_bare
from tests.places import ROOT

COUNT = 45
"""More than the twenty that are planned in one process, and than the forty that one query reads."""
PLAN = ("--select", "unauthenticated-image")


@pytest.fixture
def hosted(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "host" / f"r{number:02}.git" for number in range(COUNT)]
    for number, path in enumerate(paths):
        make_bare(path, {".circleci/config.yml": config(f"job{number}", f"acme/app{number}:1"), "README": str(number)})
    (tmp_path / "list.txt").write_text("".join(f"file://{path}\n" for path in paths))
    return paths


@pytest.fixture
def github(hosted: list[Path]) -> Iterator[str]:
    """The API in a process of its own, so that a kill does not reach it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bulk.hosts.github.fake", str(hosted[0].parent)],
        cwd=ROOT, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    yield f"http://127.0.0.1:{process.stdout.readline().decode().strip()}"
    process.stdin.close()
    process.wait(300)
    process.stdout.close()


def test_git_urls_survive_kills(tmp_path: Path, hosted: list[Path]) -> None:
    plan = Phase(("plan", "hub", "--source", "file:list.txt", "--jobs", "2", *PLAN), COUNT)
    push = Phase(("push", "hub", "--jobs", "2"))
    assert storm(tmp_path, GitGate(tmp_path / "gate"), (plan, push), 6, seed=1) == 6
    check_git(hosted, "migrator/hub")
    assert set(states_of(tmp_path, "hub").values()) == {"pushed"}


def test_github_survives_kills(tmp_path: Path, hosted: list[Path], github: str) -> None:
    # One query lists the repositories, two read them.
    plan = Phase(("plan", "hub", "--source", "github:acme", "--api-url", github, *PLAN), 3)
    push = Phase(("push", "hub", "--per-minute", "0", "--content-per-hour", "0"))
    assert storm(tmp_path, HostGate(github), (plan, push), 6, seed=2, GITHUB_TOKEN=TOKEN) == 6
    check_git(hosted, "migrator/hub")
    found = pulls(github)
    assert all(len(each) == 1 and each[0]["state"] == "OPEN" for each in found.values()), found
    assert set(states_of(tmp_path, "hub").values()) == {"open"}


def test_no_worker_outlives_the_main_process(tmp_path: Path, hosted: list[Path]) -> None:
    gate = GitGate(tmp_path / "gate")
    gate.arm(COUNT, after=False)
    process = start(tmp_path, "plan", "hub", "--source", "file:list.txt", "--jobs", "2", *PLAN, **gate.environment)
    wait_at(gate, process)
    while not any("multiprocessing" in command for command in left_running(process.pid)):
        time.sleep(0.02)
    kill(process, group=False)
    assert nothing_is_left(process.pid) == []


def test_a_second_run_waits_its_turn(tmp_path: Path, hosted: list[Path]) -> None:
    gate = GitGate(tmp_path / "gate")
    gate.arm(1, after=False)
    first = start(tmp_path, "plan", "hub", "--source", "file:list.txt", *PLAN, **gate.environment)
    wait_at(gate, first)
    second = start(tmp_path, "plan", "hub", "--source", "file:list.txt", *PLAN)
    error = second.communicate(timeout=300)[1].decode()
    assert second.returncode == 3
    assert f"process {first.pid}" in error
    gate.release()
    first.communicate(timeout=300)
    assert first.returncode == 1
