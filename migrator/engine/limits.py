"""How long one file may take. In this process a timer ends it; where others do the work, `migrator.engine.workers`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType

FILE_TIMEOUT = 60
"""Seconds for one file unless `--file-timeout` says otherwise: the largest configs known take under two."""

TOO_SLOW = "too-slow"
"""The class of the failure, as reports and ledgers name it."""


class TooSlowError(BaseException):
    """Time is up. No `Exception`, so that no wall around a rule takes it for a fault of the rule."""


def too_slow(seconds: float, option: str = "--file-timeout") -> str:
    """Why a file failed that took too long, and the option that allows more."""
    return f"took longer than {seconds:g} seconds and was stopped; {option} allows more"


def time_limit(seconds: float) -> AbstractContextManager[None]:
    """Raise `TooSlowError` in here after so many seconds of real time; 0 means no limit.

    In the main thread a match of a pattern ends as well, for `re` asks for signals; any other single call into C ends
    first. In another thread, or on a system without timers, every call into C does. A timer that somebody else has set
    is left alone.
    """
    if seconds <= 0:
        return nullcontext()
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return _by_thread(seconds)
    return nullcontext() if signal.getitimer(signal.ITIMER_REAL)[0] else _by_signal(seconds)


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    """Another thread raises it in this one: https://docs.python.org/3/c-api/init.html#c.PyThreadState_SetAsyncExc."""
    import ctypes

    raise_in, here = ctypes.pythonapi.PyThreadState_SetAsyncExc, ctypes.c_ulong(threading.get_ident())
    lock, is_over, is_raised = threading.Lock(), False, False

    def stop() -> None:
        nonlocal is_raised
        with lock:
            if not is_over:
                is_raised = True
                raise_in(here, ctypes.py_object(TooSlowError))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            is_over = True
        timer.cancel()
        if is_raised:
            raise_in(here, None)  # What is still on its way would be raised outside.
            raise TooSlowError
