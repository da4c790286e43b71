"""What a person reads while nothing ends: a run that waits says for what."""

from __future__ import annotations

import io
import time

import pytest

from migrator.bulk.states import State
from migrator.cli import bulk_progress
from migrator.cli.bulk_progress import Watcher

WAITING = "waiting for the host's rate limit, 42 s"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def says(stream: io.StringIO, text: str) -> bool:
    until = time.monotonic() + 60
    while text not in stream.getvalue() and time.monotonic() < until:
        time.sleep(0.01)
    return text in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["plain", "terminal"])
def test_who_waits_is_told_for_what(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_progress, "QUIET", 0.05)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    waits: list[str] = []
    with Watcher("Pushing", lambda: "".join(waits)) as watch:
        watch.expect(3)
        watch.done("a", State.OPEN)
        assert WAITING not in stream.getvalue()
        waits.append(WAITING.removeprefix("waiting for "))
        assert says(stream, WAITING)
    assert "Pushing: 1 of 3 (1 open" in stream.getvalue()


def test_what_is_quick_says_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(bulk_progress, "QUIET", 600.0)
    with Watcher("Planning") as watch:
        watch.expect(1)
        watch.done("a", State.PLANNED)
    assert stream.getvalue().count("\n") == 1
