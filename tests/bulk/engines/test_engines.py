"""Engines that lose workers: a loss costs a repeat, never a double and never a repository."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.engines.cluster import OnExecutor
from migrator.bulk.engines.engine import Engine
from migrator.bulk.engines.limits import Limits
from migrator.bulk.engines.opening import open_engine
from migrator.bulk.engines.processes import Processes
from migrator.bulk.host import Discovered
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.planning import Planner, note_discovered
from migrator.bulk.states import State
from migrator.bulk.work import Order, Result
from migrator.bulk.world import World
from migrator.engine.batch import Plan
from migrator.errors import UsageError
from migrator.policy import Policy
from tests.bulk.repositories import config, make_bare

PLAN = Plan(("unauthenticated-image",), (), Policy())


class Quiet:
    def __init__(self) -> None:
        self.stop = threading.Event()
        self.told: list[str] = []

    def expect(self, total: int) -> None:
        return

    def done(self, name: str, state: State, message: str = "") -> None:
        self.told.append(name)


@pytest.fixture
def found(tmp_path: Path) -> list[Discovered]:
    listed = []
    for number in range(24):
        path = tmp_path / "host" / f"r{number}.git"
        make_bare(path, {".circleci/config.yml": config(f"job{number}")})
        listed.append(Discovered(f"r{number}", str(path), kind="dir"))
    return listed


def plan_with(engine: Engine, tmp_path: Path, found: list[Discovered]) -> tuple[Quiet, dict[State, int]]:
    watch = Quiet()
    world = World(tmp_path / "hub.campaign")
    world.prepare()
    with Ledger(tmp_path / "hub.db", "hub", with_requests=(), create=True) as ledger:
        numbers = note_discovered(ledger, found, watch)
        Planner(ledger, Hosts(world), PLAN, engine, 2, watch).run(numbers)
        return watch, ledger.counts()


class Killing(Executor):
    """An executor whose first batches kill a worker of the executor that it stands for."""

    kills = 2

    def __init__(self, inner: Any, kill: Any) -> None:
        self._inner, self._kill = inner, kill

    def submit(self, function: Any, /, *arguments: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = self._inner.submit(function, *arguments, **more)
        if Killing.kills:
            Killing.kills -= 1
            self._kill(self._inner)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._inner.shutdown(wait=wait)


class Dying(Processes):
    """Processes of which two are killed with work in hand."""

    kills = 2

    def submit(self, plan: Plan, orders: Sequence[Order]) -> Future[list[Result]]:
        future = super().submit(plan, orders)
        while self.kills and not future.done():
            for child in multiprocessing.active_children():
                child.kill()
                child.join()
                self.kills -= 1
        return future


def test_a_process_that_dies_costs_a_repeat(tmp_path: Path, found: list[Discovered]) -> None:
    engine = Dying(2, Limits())
    watch, counts = plan_with(engine, tmp_path, found)
    engine.close()
    assert engine.kills <= 0, "processes were there to be killed"
    assert counts == {State.PLANNED: 24}
    assert sorted(watch.told) == sorted(each.name for each in found), "each is told once"


def test_a_repository_that_kills_its_worker_each_time_fails_alone(tmp_path: Path, found: list[Discovered]) -> None:
    class Deadly(Executor):
        """Loses what it has in hand whenever that holds one repository."""

        def submit(self, function: Any, /, *arguments: Any, **more: Any) -> Future[Any]:
            future: Future[Any] = Future()
            plan, orders, limits = arguments
            if any(order.number == 7 for order in orders):
                future.set_exception(MemoryError())
            else:
                future.set_result(function(plan, orders, limits))
            return future

    _, counts = plan_with(OnExecutor(Deadly, 2, Limits()), tmp_path, found)
    assert counts == {State.PLANNED: 23, State.FAILED: 1}


def test_a_scheduler_needs_dask() -> None:
    with pytest.raises(UsageError, match="requires --engine dask"):
        open_engine("processes", 2, "tcp://127.0.0.1:1", 100)
    with pytest.raises(UsageError, match="expected tcp://HOST:PORT"), open_engine("dask", 2, "nonsense", 100):
        pass


@pytest.mark.filterwarnings("ignore")
def test_a_dask_worker_that_is_killed_costs_a_repeat(tmp_path: Path, found: list[Discovered]) -> None:
    distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):

        def kill(_inner: Any) -> None:
            worker = next(iter(cluster.workers.values()))
            os.kill(worker.pid, signal.SIGKILL)

        Killing.kills = 1
        engine = OnExecutor(lambda: Killing(client.get_executor(pure=False), kill), 2, Limits())
        watch, counts = plan_with(engine, tmp_path, found)
    assert counts == {State.PLANNED: 24}
    assert sorted(watch.told) == sorted(each.name for each in found)
