"""How long a repository, and each of its files, may take to examine; what becomes of those that take longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from migrator.bulk.work import Order, Result, in_steps
from migrator.engine.batch import Plan
from migrator.engine.limits import FILE_TIMEOUT, TooSlowError, time_limit, too_slow
from migrator.services.faults import Fault

REPOSITORY_TIMEOUT = 600
"""Seconds for all files of a repository unless `--repository-timeout` says otherwise: the largest take under ten."""

Next = Callable[[float], str | Result | None]
"""The next step of `in_steps`, `None` at the end. Raises `TooSlowError` after so many seconds; 0 means no limit."""


class Limits(NamedTuple):
    """Seconds that one file may take, and all of a repository together; 0 for no limit."""

    file: float = FILE_TIMEOUT
    repository: float = REPOSITORY_TIMEOUT


class _Hand:
    """A repository in hand: since when, and since when its file."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._path = ""
        self._since = self._file_since = time.monotonic()

    def take(self, path: str) -> None:
        self._path, self._file_since = path, time.monotonic()

    def left(self) -> float:
        """Seconds until its time is up; 0 where it never is."""
        ends = [end for end in self._ends() if end is not None]
        return max(0.001, min(ends) - time.monotonic()) if ends else 0.0

    def _ends(self) -> tuple[float | None, float | None]:
        """When the time of the file is up, and that of the repository."""
        file = self._file_since + self._limits.file if self._path and self._limits.file > 0 else None
        return file, self._since + self._limits.repository if self._limits.repository > 0 else None

    def stopped(self, order: Order) -> Result:
        """The result of a repository whose time is up."""
        file, whole = self._ends()
        if file is not None and (whole is None or file <= whole):
            message = f"{self._path}: {too_slow(self._limits.file)}"
        else:
            message = too_slow(self._limits.repository, "--repository-timeout")
        taken = time.monotonic() - self._since
        return Result(order.number, "failed", message, Fault.TOO_SLOW, seconds=taken)


def within(limits: Limits, begin: Callable[[Sequence[Order]], Next], orders: Sequence[Order]) -> list[Result]:
    """The results of all orders. One whose time is up fails alone: what follows it is begun anew."""
    results: list[Result] = []
    while len(results) < len(orders):
        step_within = begin(orders[len(results) :])
        step_within(0)  # Loading the rules is on no repository's time.
        hand = _Hand(limits)
        try:
            while (step := step_within(hand.left())) is not None:
                if isinstance(step, Result):
                    results.append(step)
                    hand = _Hand(limits)
                else:
                    hand.take(step)
        except TooSlowError:
            results.append(hand.stopped(orders[len(results)]))
    return results


def work_here(plan: Plan, orders: Sequence[Order], limits: Limits) -> list[Result]:
    """Work through several repositories in the thread that calls, under a timer."""

    def begin(rest: Sequence[Order]) -> Next:
        steps = in_steps(plan, rest)

        def step_within(seconds: float) -> str | Result | None:
            with time_limit(seconds):
                return next(steps, None)

        return step_within

    return within(limits, begin, orders)
