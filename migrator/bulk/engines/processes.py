"""Planning in processes of this machine, each attended by a thread that kills it when the time of a file is up."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from migrator.bulk.engines.engine import Engine
from migrator.bulk.engines.limits import Limits, within
from migrator.bulk.work import Order, Result, in_steps
from migrator.engine.batch import Plan
from migrator.engine.workers import Attended

_Asked = tuple[Plan, tuple[Order, ...]]


def _begin() -> Callable[[_Asked], Iterator[str | Result]]:
    return lambda asked: in_steps(*asked)


class Processes:
    """So many processes, started when there is work for them."""

    pays = 0.05

    def __init__(self, jobs: int, limits: Limits) -> None:
        self.width = jobs
        self._limits = limits
        self.attended: tuple[Attended[_Asked, str | Result], ...] = tuple(Attended(_begin) for _ in range(jobs))
        self._idle: queue.LifoQueue[Attended[_Asked, str | Result]] = queue.LifoQueue()
        for each in self.attended:
            self._idle.put(each)
        self._threads = ThreadPoolExecutor(jobs, "work")

    def submit(self, plan: Plan, orders: Sequence[Order]) -> Future[list[Result]]:
        return self._threads.submit(self._work, plan, tuple(orders))

    def _work(self, plan: Plan, orders: Sequence[Order]) -> list[Result]:
        process = self._idle.get()
        try:
            return within(self._limits, lambda rest: process.begin((plan, tuple(rest))), orders)
        finally:
            self._idle.put(process)

    def close(self) -> None:
        """End all of them, whatever they have in hand."""
        for each in self.attended:
            each.end()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for each in self.attended:
            each.close()


@contextmanager
def process_pool(jobs: int, limits: Limits) -> Iterator[Engine]:
    """Processes of this machine."""
    processes = Processes(jobs, limits)
    try:
        yield processes
    finally:
        processes.close()
