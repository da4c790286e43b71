"""Where planning is computed: any `concurrent.futures` executor, by default a pool of processes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from migrator.bulk.work import Order, Result, work_all
from migrator.engine.batch import Plan
from migrator.errors import UsageError

FEW = 20
"""Up to so many repositories, starting other processes takes longer than it saves."""


class Engine:
    """An executor that is created again when it breaks. `width` is how many batches it works on at once."""

    def __init__(self, make: Callable[[], Executor], width: int) -> None:
        self._make = make
        self._executor = make()
        self.width = width

    def submit(self, plan: Plan, orders: Sequence[Order]) -> Future[list[Result]]:
        try:
            return self._executor.submit(work_all, plan, tuple(orders))
        except RuntimeError:  # BrokenProcessPool is one: a worker died, and the pool with it
            self._executor.shutdown(wait=False)
            self._executor = self._make()
            return self._executor.submit(work_all, plan, tuple(orders))

    def close(self) -> None:
        self._executor.shutdown(wait=True)


def _die_with_parent() -> None:
    """Workers of a killed process would wait forever: they hold the other end of the pipe that they read."""
    import signal
    import threading
    from multiprocessing import parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the main process.
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def process_pool(jobs: int) -> Iterator[Engine]:
    """Processes of this machine."""
    from multiprocessing import get_context

    engine = Engine(lambda: ProcessPoolExecutor(jobs, get_context("spawn"), _die_with_parent), jobs)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def dask_cluster(jobs: int, scheduler: str | None) -> Iterator[Engine]:
    """A dask.distributed cluster: the one at an address, or one of `jobs` processes on this machine."""
    if scheduler is not None and not re.fullmatch(r"(\w+://)?[^/\s]+:\d+", scheduler):
        raise UsageError(f"--scheduler {scheduler}: expected tcp://HOST:PORT")
    try:
        import distributed
    except ImportError:
        raise UsageError("--engine dask: dask is not installed: pip install 'circleci-migrator[dask]'") from None
    # The package has types for some of its functions only.
    make_cluster: Any = distributed.LocalCluster
    connect: Any = distributed.Client
    with ExitStack() as stack:
        if scheduler is None:
            cluster = make_cluster(
                n_workers=jobs, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
            )
            stack.enter_context(cluster)
            client = stack.enter_context(connect(cluster, set_as_default=False))
        else:
            try:
                client = stack.enter_context(connect(scheduler, timeout=20, set_as_default=False))
            except (OSError, ValueError) as error:
                raise UsageError(f"--scheduler {scheduler}: no dask scheduler answers ({error})") from None
        width = max(1, sum(client.nthreads().values()))
        # Not pure in dask's words: equal batches of two campaigns must not share a future.
        engine = Engine(lambda: client.get_executor(pure=False), width)
        try:
            yield engine
        finally:
            engine.close()


@contextmanager
def this_process() -> Iterator[Engine]:
    """One thread: for so few repositories that starting processes would take longer."""
    from concurrent.futures import ThreadPoolExecutor

    engine = Engine(lambda: ThreadPoolExecutor(1, "work"), 1)
    try:
        yield engine
    finally:
        engine.close()


def open_engine(name: str, jobs: int, scheduler: str | None, repositories: int) -> AbstractContextManager[Engine]:
    """The engine of `--engine`, for so many repositories."""
    if name == "dask":
        return dask_cluster(jobs, scheduler)
    if scheduler is not None:
        raise UsageError("--scheduler: requires --engine dask")
    return this_process() if repositories <= FEW else process_pool(jobs)
