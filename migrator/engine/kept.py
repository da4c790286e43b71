"""The outcomes of a run, in order. Of many, only the last are in memory: the others are in a private, nameless file.

A report hides the secrets of all files in each of them, so nothing can be reported before the last file is examined.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped

ROOM = 6_000_000
"""About so many bytes of outcomes are kept in memory: those of some hundred real configs."""
_BLOCK = 500_000
_RECORD, _FINDING = 500, 700


class _Block(NamedTuple):
    """Where outcomes are in the file, from the one with the number `first` on."""

    first: int
    start: int
    size: int


class Kept(Sequence[Outcome]):
    """Outcomes that are appended and can be replaced. Where no file can be written, all of them are in memory."""

    def __init__(self, outcomes: Iterable[Outcome] = (), room: int = ROOM) -> None:
        self._room = room
        self._fresh: list[Outcome] = []
        self._weight = 0
        self._blocks: list[_Block] = []
        self._replaced: dict[int, _Block] = {}
        self._handle = -1
        self._end = 0
        self._stored = 0
        self._read: tuple[_Block, list[Outcome]] | None = None
        self.extend(outcomes)

    def __del__(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)

    def append(self, outcome: Outcome) -> None:
        self._fresh.append(outcome)
        self._weight += _weight(outcome)
        if self._weight > self._room:
            self._store()

    def extend(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.append(outcome)

    def replace(self, number: int, outcome: Outcome) -> None:
        """Put another outcome in the place of one."""
        if number >= self._stored:
            self._fresh[number - self._stored] = outcome
            return
        self._replaced[number] = self._written(number, [outcome])

    def __len__(self) -> int:
        return self._stored + len(self._fresh)

    def __iter__(self) -> Iterator[Outcome]:
        number = 0
        while number < len(self):
            yield self[number]
            number += 1

    @overload
    def __getitem__(self, index: int) -> Outcome: ...
    @overload
    def __getitem__(self, index: slice) -> list[Outcome]: ...
    def __getitem__(self, index: int | slice) -> Outcome | list[Outcome]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = index + len(self) if index < 0 else index
        if number >= self._stored:
            return self._fresh[number - self._stored]
        if number < 0:
            raise IndexError(index)
        if number in self._replaced:
            return self._loaded(self._replaced[number])[0]
        block = self._blocks[bisect_right(self._blocks, number, key=lambda each: each.first) - 1]
        if self._read is None or self._read[0] is not block:
            self._read = block, self._loaded(block)
        return self._read[1][number - block.first]

    def _store(self) -> None:
        """Bring what is in memory to the file, in blocks."""
        try:
            while self._fresh:
                count = weight = 0
                while count < len(self._fresh) and weight < _BLOCK:
                    weight += _weight(self._fresh[count])
                    count += 1
                self._blocks.append(self._written(self._stored, self._fresh[:count]))
                self._stored += count
                del self._fresh[:count]
            self._weight, self._room = 0, min(self._room, _BLOCK)
        except OSError:  # a full disk, say: the run needs more memory then, and nothing else
            self._room = 1 << 62

    def _written(self, first: int, outcomes: list[Outcome]) -> _Block:
        import pickle
        import zlib

        if self._handle < 0:
            import tempfile

            with tempfile.TemporaryFile(buffering=0) as file:  # it has no name: nobody else can open it
                self._handle = os.dup(file.fileno())
        data = zlib.compress(pickle.dumps(outcomes, pickle.HIGHEST_PROTOCOL), 1)
        done = 0
        while done < len(data):
            done += os.pwrite(self._handle, data[done:], self._end + done)
        block = _Block(first, self._end, len(data))
        self._end += len(data)
        return block

    def _loaded(self, block: _Block) -> list[Outcome]:
        import pickle
        import zlib

        data = b""
        while len(data) < block.size:
            more = os.pread(self._handle, block.size - len(data), block.start + len(data))
            if not more:
                raise EOFError("a temporary file of this run was cut short")
            data += more
        outcomes: list[Outcome] = pickle.loads(zlib.decompress(data))
        return outcomes


def _weight(outcome: Outcome) -> int:
    """About how many bytes an outcome takes."""
    if isinstance(outcome, Skipped):
        return _RECORD
    size = _RECORD + _FINDING * len(outcome.left)
    if isinstance(outcome, Changed):
        size += len(outcome.before) + len(outcome.after) + _FINDING * len(outcome.applied)
    return size if isinstance(outcome, Failed) else size + _FINDING * len(outcome.ignored)
