"""Asking about many repositories at once, when one of them may be what makes the question fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from migrator.bulk.states import OfflineError, RepositoryError

T = TypeVar("T")
R = TypeVar("R")


def by_halves(items: Sequence[T], ask: Callable[[Sequence[T]], R]) -> Iterator[tuple[Sequence[T], R | RepositoryError]]:
    """Ask about all, and where that fails about each half: what one of them breaks, or makes too large, is its own.

    A host that nobody reaches is not asked again: `OfflineError`.
    """
    if not items:
        return
    try:
        yield items, ask(items)
    except OfflineError:
        raise
    except RepositoryError as error:
        if len(items) == 1:
            yield items, error
            return
        half = len(items) // 2
        yield from by_halves(items[:half], ask)
        yield from by_halves(items[half:], ask)
