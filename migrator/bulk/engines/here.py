"""Planning in the main thread: for so few repositories that starting processes would take longer.

Only there a timer and Ctrl-C end whatever runs: `re` asks for signals while it matches, but in the main thread alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

from migrator.bulk.engines.engine import Engine
from migrator.bulk.engines.limits import Limits, work_here
from migrator.bulk.work import Order, Result
from migrator.engine.batch import Plan


class _Here:
    """Works on a batch when it is submitted."""

    width, pays = 1, 0.05

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def submit(self, plan: Plan, orders: Sequence[Order]) -> Future[list[Result]]:
        future: Future[list[Result]] = Future()
        try:
            future.set_result(work_here(plan, orders, self._limits))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def this_process(limits: Limits) -> Iterator[Engine]:
    """The thread that submits."""
    yield _Here(limits)
