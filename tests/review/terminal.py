"""The real program in a pseudo-terminal, and what stands on its screen."""

from __future__ import annotations

import copy
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect  # type: ignore[import-untyped, unused-ignore]
import pyte

from tests.places import ROOT

PATIENCE = 120.0
"""Seconds. Only a test that fails waits so long, and a loaded machine is no failure."""


class _Screen(pyte.Screen):
    """pyte's screen, which goes back to what it showed before a full-screen program ran."""

    _before: tuple[Any, Any] | None = None

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        super().set_mode(*modes, **kwargs)
        if 1049 in modes and kwargs.get("private"):
            self._before = (copy.deepcopy(self.buffer), copy.copy(self.cursor))
            self.erase_in_display(2)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        super().reset_mode(*modes, **kwargs)
        if 1049 in modes and kwargs.get("private") and self._before:
            self.buffer, self.cursor = self._before
            self.dirty.update(range(self.lines))


class Terminal:
    """`migrate` with some arguments, run in a folder."""

    def __init__(
        self, folder: Path, *arguments: str, columns: int = 80, rows: int = 24, env: dict[str, str] | None = None
    ) -> None:
        state = {"XDG_STATE_HOME": str(folder / "state")}
        base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")}
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "migrator", *arguments],
            cwd=str(folder),
            env={
                **base,
                **state,
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(ROOT),
                **(env or {}),
            },
            dimensions=(rows, columns),
            timeout=PATIENCE,
        )
        self.screen = _Screen(columns, rows)
        self.raw = b""
        self._stream = pyte.ByteStream(self.screen)

    @property
    def text(self) -> str:
        """What stands on the screen, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip() + "\n"

    def _read(self, seconds: float) -> bool:
        """Take in what the program prints within that time; false once it has closed the terminal."""
        try:
            data = self.process.read_nonblocking(1 << 16, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True

    def wait(self, *words: str) -> Terminal:
        """Until the screen shows all the words."""

        def there() -> bool:
            flat = " ".join(self.text.split())
            return all(word in flat for word in words)

        return self._until(there, f"{words}")

    def _until(self, there: Callable[[], bool], what: str) -> Terminal:
        end = time.monotonic() + PATIENCE
        going = True
        while not there():
            assert going, f"ended without {what}:\n{self.text}"
            assert time.monotonic() < end, f"still without {what}:\n{self.text}"
            going = self._read(0.05)
        return self

    def shows(self, *words: str) -> str:
        """The whole screen once it shows all the words and the program waits for a key."""
        self.wait(*words)
        end = time.monotonic() + PATIENCE
        before = None
        while (now := (len(self.raw), self._sleep())) != before or not now[1]:
            assert time.monotonic() < end, f"does not come to rest:\n{self.text}"
            before = now
            self._read(0.05 if now[1] else 0.2)
        return self.text

    def _sleep(self) -> str:
        """What tells one sleep of the program from another; empty while it runs, or would run on an idle machine.

        That nothing was drawn for a while says little: on a loaded machine a program is kept waiting between two lines.
        """
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return "unknown"  # no Linux, or it has ended
        asleep = re.search(r"^State:\tS.*?^voluntary_ctxt_switches:\t(\d+)", status, re.MULTILINE | re.DOTALL)
        return asleep[1] if asleep else ""

    def press(self, keys: str) -> Terminal:
        self.process.send(keys)
        return self

    def resize(self, columns: int, rows: int) -> Terminal:
        self.screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)
        return self

    def hang_up(self) -> None:
        """Close the terminal, as closing its window does."""
        # Not by pexpect, which sends signals of its own and gives up after a third of a second.
        self.process.ptyproc.fileobj.close()
        end = time.monotonic() + PATIENCE
        while self.process.isalive():
            assert time.monotonic() < end, "goes on without a terminal"
            time.sleep(0.02)
        self.process.ptyproc.closed = self.process.closed = True

    def kill(self) -> None:
        self.process.kill(9)
        self.process.wait()

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        end = time.monotonic() + PATIENCE
        while self._read(0.05):
            assert time.monotonic() < end, f"does not end:\n{self.text}"
        self.process.wait()
        self.process.close()
        assert self.process.exitstatus is not None, f"ended by signal {self.process.signalstatus}:\n{self.text}"
        code: int = self.process.exitstatus
        return code


ENTER, DOWN, ESCAPE, CONTROL_C, CONTROL_D = "\r", "\x1b[B", "\x1b", "\x03", "\x04"
PAGE_DOWN, PAGE_UP = "\x1b[6~", "\x1b[5~"
