"""Which engine a run uses."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from migrator.bulk.engines.engine import Engine
from migrator.bulk.engines.limits import Limits
from migrator.errors import UsageError

if TYPE_CHECKING:
    from migrator.bulk.ledger import Ledger
    from migrator.bulk.rollout import Watch
    from migrator.engine.batch import Plan

FEW = 20
"""Up to so many repositories, starting other processes takes longer than it saves."""


def open_engine(
    name: str, jobs: int, scheduler: str | None, repositories: int, limits: Limits | None = None
) -> AbstractContextManager[Engine]:
    """The engine of `--engine`, for so many repositories. Left by an exception, it ends what is in hand at once."""
    limits = limits or Limits()
    if name == "dask":
        from migrator.bulk.engines.cluster import dask_cluster

        return dask_cluster(jobs, scheduler, limits)
    if scheduler is not None:
        raise UsageError("--scheduler: requires --engine dask")
    if repositories <= FEW:
        from migrator.bulk.engines.here import this_process

        return this_process(limits)
    from migrator.bulk.engines.processes import process_pool

    return process_pool(jobs, limits)


def proving(
    inner: Engine, plan: Plan, ledger: Ledger, watch: Watch, say: Callable[[str], None]
) -> AbstractContextManager[Engine]:
    """The engine with a proof by CircleCI, if the plan asks for one: see `compiling`."""
    if not plan.compiled:
        return nullcontext(inner)
    from migrator.bulk.engines.compiling import compiling

    return compiling(inner, plan, ledger, watch, say)
