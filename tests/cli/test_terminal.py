"""What a terminal sees that a pipe does not."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.cli import progress
from tests.places import ROOT


def on_a_terminal(folder: Path, *arguments: str, **env: str) -> str:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "migrator", *arguments],
        cwd=folder,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **env},
    )
    os.close(follower)
    seen = b""
    while True:
        try:
            data = os.read(leader, 65536)
        except OSError:  # Linux reports the end of a terminal as an error
            break
        if not data:
            break
        seen += data
    os.close(leader)
    process.wait()
    return seen.decode()


def test_the_report_has_colours_and_failures_are_not_said_twice(repository: Path) -> None:
    (repository / ".circleci" / "bad.yml").write_text("jobs: [")
    seen = on_a_terminal(repository)
    assert "\x1b[" in seen
    assert seen.count("is not valid YAML") == 1


def test_colours_can_be_turned_off(repository: Path) -> None:
    assert "\x1b[3" not in on_a_terminal(repository, NO_COLOR="1")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_quick_work_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert list(progress.shown(range(9), 9, "Examining")) == list(range(9))
    assert screen.getvalue() == ""


def test_slow_work_shows_a_bar_and_every_item_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    assert list(progress.shown(range(9), 9, "Examining")) == list(range(9))
    assert "Examining" in screen.getvalue()


def test_a_pipe_sees_no_bar_however_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    assert list(progress.shown(range(9), 9, "Examining")) == list(range(9))
    assert pipe.getvalue() == ""
