"""An `apply` that is killed at any request, or loses its connection there, and is run again makes the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.organisation import config, contexts, environment, repository
from tests.accounts.rig import Rig
from tests.circleci_api import CircleCI, faults, serve
from tests.doses import IS_SOAK

VALUES = "DOCKERHUB_USERNAME=bot\nDOCKERHUB_PASSWORD=s3cr3t-of-the-hub\nQUAY_USER=q\nQUAY_PASS=s3cr3t-of-quay\n"
ARGUMENTS = ("--all", "--restrict", "--env-file", "values", "--timeout", "20")
REQUESTS = 19
"""At least so many are sent by the run that is killed: see the test that counts them."""
KILLED_AT = (*range(1, REQUESTS + 1),) if IS_SOAK else (1, 11, 13, 16, REQUESTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two projects that need one context, and a project with variables of its own."""
    work = tmp_path / "work"
    work.mkdir()
    for name in ("api", "web"):
        repository(work / name, f"git@github.com:acme/{name}.git", config())
    quay = "        auth: {username: $QUAY_USER, password: $QUAY_PASS}\n"
    repository(work / "own", "git@github.com:acme/own.git", config("quay.io/acme/app:1", quay))
    (work / "values").write_text(VALUES)
    (work / "values").chmod(0o600)
    return work


@pytest.fixture
def rig(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Rig]:
    monkeypatch.setattr("migrator.services.client.PAUSE", 0)
    rig = Rig(folder, monkeypatch, capsys)
    for name in ("api", "web", "own"):
        rig.api.project(f"gh/acme/{name}")
    rig.api.context("gh/acme", "other", ["A"])
    with serve(rig.api):
        yield rig
    assert rig.api.faults == []


def done(circleci: CircleCI) -> None:
    """What one run that nobody disturbs makes."""
    assert circleci.overwritten == []
    organization = circleci.organizations["gh/acme"]
    (context,) = [each for each in organization.contexts.values() if each.name == "docker-hub-creds"]
    assert context.variables == {"DOCKERHUB_USERNAME": "bot", "DOCKERHUB_PASSWORD": "s3cr3t-of-the-hub"}
    ids = sorted(organization.projects[f"gh/acme/{name}"].id for name in ("api", "web"))
    assert sorted(each.value for each in context.restrictions) == ids
    assert organization.projects["gh/acme/own"].variables == {"QUAY_USER": "q", "QUAY_PASS": "s3cr3t-of-quay"}


def test_the_run_sends_as_many_requests_as_are_killed_at(rig: Rig) -> None:
    said = rig.run("apply", *ARGUMENTS)
    assert said.code == 0, said.err
    done(rig.api)
    assert len(rig.api.requests) >= REQUESTS
    assert rig.api.requests[REQUESTS - 1].is_write


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", KILLED_AT)
def test_a_run_that_is_killed_at_a_request_and_run_again_makes_the_same(rig: Rig, at: int, after: bool) -> None:
    rig.api.gate.arm(at, after)
    process = subprocess.Popen(
        [sys.executable, "-m", "migrator", "contexts", "apply", *ARGUMENTS, "--api-url", rig.api.url],
        cwd=rig.folder, env=environment(rig.folder.parent), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not rig.api.gate.is_held():
        assert process.poll() is None, f"the run ended with {process.returncode} before the gate"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    rig.api.gate.release()
    said = rig.run("apply", *ARGUMENTS)
    assert said.code == 0, said.err
    done(rig.api)


def test_two_at_once_overwrite_nothing(rig: Rig) -> None:
    codes = []

    def apply() -> None:
        codes.append(contexts(rig.api, "apply", *ARGUMENTS, cwd=rig.folder).code)

    threads = [threading.Thread(target=apply) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0, 0, 0]
    done(rig.api)


@pytest.mark.parametrize("trouble", ["lost", "cut", "broken", "html"])
@pytest.mark.parametrize("at", ["POST /api/v2/context$", "POST .*restrictions", "PUT ", "POST .*envvar"])
def test_an_answer_that_is_lost_is_asked_about_and_nothing_is_written_twice(rig: Rig, trouble: str, at: str) -> None:
    troubles = {
        "lost": faults.lost(at), "cut": faults.cut(at), "broken": faults.broken(at, after=True), "html": faults.html(at)
    }  # fmt: skip
    rig.api.inject(troubles[trouble])
    said = rig.run("apply", *ARGUMENTS)
    assert said.code == 0, said.err
    done(rig.api)
