"""Places of a text by its ranges and lines, found by halving: a template may have thousands of tags."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

_LINE = re.compile(r"[^\r\n]+")


class Ranges:
    """Ranges that do not overlap."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._ranges = sorted(ranges)
        self._starts = [start for start, _ in self._ranges]

    def holds(self, place: int) -> bool:
        """Whether a place is in one of them."""
        return self.at(place) is not None

    def at(self, place: int) -> tuple[int, int] | None:
        """The one that a place is in."""
        index = bisect_right(self._starts, place) - 1
        return self._ranges[index] if index >= 0 and place < self._ranges[index][1] else None

    def begin_in(self, start: int, end: int) -> bool:
        """Whether one of them begins in a range."""
        return bisect_left(self._starts, start) < bisect_left(self._starts, end)

    def meeting(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Those that have a part in common with a range."""
        for index in range(max(bisect_right(self._starts, start) - 1, 0), len(self._ranges)):
            first, last = self._ranges[index]
            if first >= end:
                return
            if start < last:
                yield first, last


class NestedRanges:
    """Ranges of which each is in another or beside it."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._places: list[int] = []
        self._innermost: list[tuple[int, int] | None] = []
        around: list[tuple[int, int]] = []
        for each in sorted(ranges, key=lambda each: (each[0], -each[1])):
            self._leave(around, each[0])
            around.append(each)
            self._note(each[0], each)
        self._leave(around, None)

    def _leave(self, around: list[tuple[int, int]], place: int | None) -> None:
        while around and (place is None or around[-1][1] <= place):
            _, end = around.pop()
            self._note(end, around[-1] if around else None)

    def _note(self, place: int, innermost: tuple[int, int] | None) -> None:
        self._places.append(place)
        self._innermost.append(innermost)

    def around(self, place: int) -> tuple[int, int] | None:
        """The smallest that a place is in."""
        index = bisect_right(self._places, place) - 1
        return self._innermost[index] if index >= 0 else None


class Lines:
    """The lines of a text that have more than blanks."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._lines: list[tuple[int, int, int]] = []
        for line in _LINE.finditer(text):
            if words := line[0].strip():
                first = line.start() + len(line[0]) - len(line[0].lstrip())
                self._starts.append(line.start())
                self._lines.append((first, first + len(words), line.end()))

    def are_filled_by(self, start: int, end: int) -> bool:
        """Whether nothing is beside a range on the lines where it begins and ends, itself left out."""
        first, _, line_end = self._line_at(start)
        if start <= line_end and first < start:
            return False
        _, last, line_end = self._line_at(end)
        return not (end <= line_end and last > end)

    def _line_at(self, place: int) -> tuple[int, int, int]:
        index = bisect_right(self._starts, place) - 1
        return self._lines[index] if index >= 0 else (0, 0, -1)
