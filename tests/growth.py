"""How work grows with its input, counted: a count is the same on every machine, however busy that is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import FrameType

from tests.places import ROOT

PATIENCE = 600.0


def calls(run: Callable[[], object]) -> int:
    """The calls of functions, Python's and C's, that a run makes."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    run()  # what is made once, such as a pattern, is not counted
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def steps(run: Callable[[], object]) -> int:
    """The instructions that a run takes: loops that call nothing count too. Some twenty times slower than `calls`."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> object:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return note

    run()
    before = sys.gettrace()
    sys.settrace(note)  # type: ignore[arg-type]
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def ends(code: str) -> None:
    """Run a piece of Python that takes seconds where its work grows with its text, and days where it grows faster.

    For what happens inside one pattern, where nothing can be counted. Nothing is measured: the time after which it is
    stopped is hundreds of times what it takes.
    """
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=PATIENCE, check=True)
