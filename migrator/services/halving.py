"""Asks about many things at once, where one of them may make the query fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from migrator.services.faults import OfflineError, ServiceError

T = TypeVar("T")
R = TypeVar("R")


def by_halves(items: Sequence[T], ask: Callable[[Sequence[T]], R]) -> Iterator[tuple[Sequence[T], R | ServiceError]]:
    """Ask about all and, if that fails, about each half, until only what causes it fails.

    A service that cannot be reached is not asked again: `OfflineError`.
    """
    if not items:
        return
    try:
        yield items, ask(items)
    except OfflineError:
        raise
    except ServiceError as error:
        if len(items) == 1:
            yield items, error
            return
        half = len(items) // 2
        yield from by_halves(items[:half], ask)
        yield from by_halves(items[half:], ask)
