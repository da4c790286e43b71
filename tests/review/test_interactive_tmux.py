"""A session in tmux: a whole terminal, which answers what programs ask it and keeps two screens."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.review.terminal import PATIENCE

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
CONFIG = "version: 2.1\njobs:\n  a:\n    docker: [{image: cimg/go:1}, {image: cimg/node:1}]\n    steps: [checkout]\n"


class Tmux:
    def __init__(self, folder: Path, columns: int = 80, rows: int = 24) -> None:
        self._socket = str(folder / "tmux")
        shell = "env -u NO_COLOR LC_ALL=C.UTF-8 PS1=READY: sh"
        size = ("-x", str(columns), "-y", str(rows))
        self.run("-u", "-f", "/dev/null", "new-session", "-d", *size, "-c", str(folder), shell)

    def run(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-S", self._socket, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    @property
    def text(self) -> str:
        return self.run("capture-pane", "-p").rstrip() + "\n"

    def wait(self, *words: str) -> str:
        return self.wait_until(lambda text: all(word in " ".join(text.split()) for word in words))

    def wait_until(self, there: Callable[[str], bool]) -> str:
        end = time.monotonic() + PATIENCE
        while not there(text := self.text):
            assert time.monotonic() < end, f"still only:\n{text}"
            time.sleep(0.05)
        return text

    def press(self, *keys: str) -> None:
        self.run("send-keys", *keys)


def fills(text: str, columns: int, rows: int) -> bool:
    """Whether the finding takes the whole screen and no more."""
    lines = text.splitlines()
    whole = "finding 1 of 2" in lines[0] and lines[1] == "─" * columns and lines[-1].endswith("all keys")
    return whole and len(lines) == rows and max(map(len, lines)) <= columns


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    (tmp_path / ".circleci").mkdir()
    (tmp_path / ".circleci" / "config.yml").write_text(CONFIG)
    (tmp_path / "migrator.toml").write_text('target = "cloud"\n')
    screen = Tmux(tmp_path)
    yield screen
    screen.run("kill-server")


def test_a_session_can_be_put_aside(tmux: Tmux) -> None:
    tmux.wait("READY:")
    tmux.press(f"PYTHONPATH={shlex.quote(str(ROOT))} {sys.executable} -m migrator --interactive", "Enter")
    tmux.wait("finding 1 of 2", "all keys")
    tmux.press("C-z")
    tmux.wait("Stopped", "READY:")
    tmux.press("clear; fg", "Enter")
    tmux.wait("finding 1 of 2", "all keys")
    tmux.press("y")
    tmux.wait("finding 2 of 2")
    tmux.press("Enter")
    tmux.wait("or the key")
    tmux.press("C-z")
    tmux.wait("Stopped", "READY:")
    tmux.press("clear; fg", "Enter")
    tmux.wait("n skip this fix")
    tmux.press("n")
    tmux.wait("1 applied, 1 skipped")


def test_a_session_leaves_the_screen_as_it_was_and_the_summary(tmux: Tmux, tmp_path: Path) -> None:
    tmux.wait("READY:")
    command = f"PYTHONPATH={shlex.quote(str(ROOT))} {sys.executable} -m migrator --interactive"
    tmux.press(f"{command} --select unauthenticated-image; echo left with $?", "Enter")
    tmux.wait("finding 1 of 2", "all keys")
    for columns, rows in ((200, 50), (60, 15), (100, 24)):
        tmux.run("resize-window", "-x", str(columns), "-y", str(rows))
        tmux.wait_until(lambda text, columns=columns, rows=rows: fills(text, columns, rows))  # type: ignore[misc]
    tmux.press("y")
    tmux.wait("finding 2 of 2")
    tmux.press("Enter")
    tmux.wait("or the key")
    tmux.press("Down", "Enter")
    text = tmux.wait("left with 1")
    assert "READY:" in text, "what stood there before is gone"
    assert "finding 2 of 2" not in text
    assert "1 applied, 1 skipped" in " ".join(text.split())
    assert "cimg/go:1, auth" in (tmp_path / ".circleci" / "config.yml").read_text().replace("\n", " ")
    assert os.listdir(tmp_path / ".circleci") == ["config.yml"]  # noqa: PTH208
