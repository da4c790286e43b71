"""Which of many names a text may contain, by their first characters."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Generic, TypeVar

SHORT = 4
"""Names that are shorter are looked for one by one."""

AT_ONCE = 65_536
_FEW = 40

T = TypeVar("T")


class Heads(Generic[T]):
    """Things by the first characters of their names: a quick look finds which of many names a text may contain.

    A campaign knows thousands of secrets, and each is looked for in every text of it.
    """

    def __init__(self, named: Iterable[tuple[str, T]]) -> None:
        self._by_head: dict[str, list[T]] = {}
        self._always: list[T] = []
        self._number = 0
        for name, thing in named:
            self._number += 1
            if len(name) < SHORT:
                self._always.append(thing)
            else:
                self._by_head.setdefault(name[:SHORT], []).append(thing)

    def __bool__(self) -> bool:
        return bool(self._number)

    def in_text(self, text: str) -> list[T]:
        """What may be named in the text; what is left out is not."""
        if self._number <= _FEW:
            return [*self._always, *chain.from_iterable(self._by_head.values())]
        heads: set[str] = set()
        for start in range(0, len(text), AT_ONCE):
            part = text[start : start + AT_ONCE + SHORT - 1]
            heads.update(self._by_head.keys() & {part[n : n + SHORT] for n in range(len(part) - SHORT + 1)})
        return [*self._always, *chain.from_iterable(self._by_head[head] for head in heads)]
