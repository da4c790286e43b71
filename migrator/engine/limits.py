"""How long one file may take. In this process a timer ends it; where others do the work, `migrator.engine.workers`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

FILE_TIMEOUT = 60
"""Seconds for one file unless `--file-timeout` says otherwise: the largest configs known take under two."""

TOO_SLOW = "too-slow"
"""The class of the failure, as reports and ledgers name it."""


class TooSlowError(BaseException):
    """Time is up. No `Exception`, so that no wall around a rule takes it for a fault of the rule."""


def too_slow(seconds: float) -> str:
    """Why a file failed that took too long."""
    return f"took longer than {seconds:g} seconds and was stopped; --file-timeout allows more"


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TooSlowError` in here after so many seconds of real time; 0 means no limit.

    A call into C, such as a match of a pattern, ends before it is raised. Only the main thread can have a timer, and
    only some systems: elsewhere there is no limit. A timer that somebody else has set is left alone.
    """
    has_timer = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if seconds <= 0 or not has_timer or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
