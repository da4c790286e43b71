"""Planning on a dask cluster. Its workers have timers: none of them is the main thread of its process."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from migrator.bulk.engines.engine import Engine
from migrator.bulk.engines.limits import Limits, work_here
from migrator.bulk.work import Order, Result
from migrator.engine.batch import Plan
from migrator.errors import UsageError

PAYS = 0.25
"""Seconds of work in a batch. What a scheduler does for each, on the machine where the workers may be as well, takes
milliseconds."""
_QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "1s",
}
"""What our own cluster leaves out: it watches its event loops and the stacks of its workers a hundred times a second,
for a dashboard that is not there. https://docs.dask.org/en/stable/configuration.html"""


class OnExecutor:
    """An executor that is created again when it breaks. `width` is how many batches it works on at once."""

    pays = PAYS

    def __init__(self, make: Callable[[], Executor], width: int, limits: Limits) -> None:
        self._make = make
        self._executor = make()
        self._limits = limits
        self.width = width

    def submit(self, plan: Plan, orders: Sequence[Order]) -> Future[list[Result]]:
        given = (plan, tuple(orders), self._limits)
        try:
            return self._executor.submit(work_here, *given)
        except RuntimeError:  # it broke, as that of a client whose connection was lost
            self._executor.shutdown(wait=False)
            self._executor = self._make()
            return self._executor.submit(work_here, *given)

    def close(self) -> None:
        self._executor.shutdown(wait=True)


@contextmanager
def dask_cluster(jobs: int, scheduler: str | None, limits: Limits) -> Iterator[Engine]:
    """A dask.distributed cluster: the one at an address, or one of `jobs` processes on this machine."""
    if scheduler is not None and not re.fullmatch(r"(\w+://)?[^/\s]+:\d+", scheduler):
        raise UsageError(f"--scheduler {scheduler}: expected tcp://HOST:PORT")
    try:
        import dask
        import distributed
    except ImportError:
        raise UsageError("--engine dask: dask is not installed: pip install 'circleci-migrator[dask]'") from None
    # The package has types for some of its functions only.
    make_cluster: Any = distributed.LocalCluster
    connect: Any = distributed.Client
    with ExitStack() as stack:
        cluster = None
        if scheduler is None:
            stack.enter_context(dask.config.set(_QUIET))
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
        engine = OnExecutor(lambda: client.get_executor(pure=False), width, limits)
        try:
            yield engine
        except KeyboardInterrupt:
            # Closing waits for what the workers have in hand; this process is about to end.
            stack.pop_all()
            _kill(cluster)
            raise
        engine.close()


def _kill(cluster: Any) -> None:
    """End the workers of our own cluster, whatever they are busy with."""
    for nanny in list(cluster.workers.values()) if cluster is not None else ():
        with suppress(OSError):
            os.kill(nanny.pid, signal.SIGKILL)
