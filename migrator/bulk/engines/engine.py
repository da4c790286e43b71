"""What computes the results of repositories."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from migrator.bulk.work import Order, Result
from migrator.engine.batch import Plan


class Engine(Protocol):
    """Computes results, and keeps the limits of each repository. `width` is how many batches it works on at once, and
    `pays` how many seconds of work a batch should have, so that it is worth to be sent."""

    width: int
    pays: float

    def submit(self, plan: Plan, orders: Sequence[Order]) -> Future[list[Result]]:
        """The results of some repositories, in their order. The future fails where a worker was lost."""
        ...
