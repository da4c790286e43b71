"""The lines of a diff as a review shows them: with both line numbers in columns that do not shift, changed lines
coloured whole with what changed inside them marked, and as much of what is around them as the screen has room for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migrator.review.screens.lines import GREEN, MAGENTA, RED, TAB, Line, folded

LEAST = 3
"""Lines of context around a change, however small the screen is."""

_STYLES = {"+": GREEN, "-": RED, ">": f"bold {MAGENTA}", " ": "dim"}
_ALIKE = 3
"""A changed line is compared with what it was if so many of its characters stay, blanks at its start not counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a diff, its text safe for a terminal. `mark` is a blank, `-`, `+`, or `>` for a line that is meant but
    not changed; `old` and `new` are its numbers before and after, 0 where it has none."""

    mark: str
    old: int
    new: int
    text: str


class Diff(ABC):
    """What a `DiffView` shows. `most` is the highest line number of the file: it decides the width of the numbers for
    all diffs of that file."""

    def __init__(self, most: int) -> None:
        self.most = most

    @abstractmethod
    def hunks(self, context: int) -> Sequence[Sequence[Row]]:
        """The changed lines with up to so many lines of context on each side, as many hunks as that makes."""


class DiffView:
    """Draws a diff for any size of the screen. What was drawn last is kept."""

    def __init__(self, diff: Diff) -> None:
        self._diff = diff
        self._digits = len(str(diff.most))
        self._least: Sequence[Sequence[Row]] | None = None
        self._drawn: tuple[tuple[int, int], list[Line]] | None = None

    def lines(self, columns: int, rows: int) -> list[Line]:
        """All lines. Where they take fewer than `rows`, context is added until these are filled."""
        if self._drawn is None or self._drawn[0] != (columns, rows):
            self._drawn = (columns, rows), self._laid_out(columns, rows)
        return self._drawn[1]

    def _laid_out(self, columns: int, rows: int) -> list[Line]:
        if self._least is None:
            self._least = self._diff.hunks(LEAST)
        least = self._joined(self._least, columns)
        if len(least) >= rows:
            return least
        # No more than `rows` lines of context can be of use, and so few hunks are quickly made.
        wide = self._diff.hunks(rows)
        low, high = LEAST, rows
        while low < high:
            middle = (low + high + 1) // 2
            if self._height(_trimmed(wide, middle), columns) <= rows:
                low = middle
            else:
                high = middle - 1
        return self._joined(self._filled(wide, low, columns, rows), columns) if wide else []

    def _filled(self, wide: Sequence[Sequence[Row]], context: int, columns: int, rows: int) -> list[Sequence[Row]]:
        """With so much context on each side, and the last rows of the screen filled too: below, then above."""
        hunks = _trimmed(wide, context)
        spare = rows - self._height(hunks, columns)
        for row in _after(hunks[-1], wide[-1]):
            spare -= self._height([[row]], columns)
            if spare < 0:
                return hunks
            hunks[-1] = [*hunks[-1], row]
        for row in _after(hunks[0][::-1], wide[0][::-1]):
            spare -= self._height([[row]], columns)
            if spare < 0:
                return hunks
            hunks[0] = [row, *hunks[0]]
        return hunks

    def _height(self, hunks: Sequence[Sequence[Row]], columns: int) -> int:
        room = self._room(columns)
        texts = sum(len(folded(row.text.expandtabs(TAB), room)) for hunk in hunks for row in hunk)
        return texts + max(0, len(hunks) - 1)

    def _room(self, columns: int) -> int:
        return max(columns - 2 * self._digits - 4, 10)

    def _joined(self, hunks: Sequence[Sequence[Row]], columns: int) -> list[Line]:
        lines: list[Line] = []
        for number, hunk in enumerate(hunks):
            if number:
                lines.append([("dim", f"{'...':>{2 * self._digits + 1}}")])
            marked = _changed_parts(hunk)
            for place, row in enumerate(hunk):
                lines += self._row(row, marked.get(place), columns)
        return lines

    def _row(self, row: Row, part: tuple[int, int] | None, columns: int) -> Iterator[Line]:
        digits = self._digits
        style = _STYLES[row.mark]
        start, end = part or (0, 0)
        text = row.text.expandtabs(TAB)
        if part and text != row.text:
            start, end = (len(row.text[:place].expandtabs(TAB)) for place in part)
        place = 0
        for number, piece in enumerate(folded(text, self._room(columns))):
            shown = ["" if number or not n else str(n) for n in (row.old, row.new)]
            mark = row.mark if not number else " "
            gutter = f"{shown[0]:>{digits}} {shown[1]:>{digits}} "
            first, last = (min(max(at - place, 0), len(piece)) for at in (start, end))
            yield [
                ("dim" if row.mark == " " else "", gutter),
                (f"bold {style}" if row.mark != " " else style, f"{mark} "),
                (style, piece[:first]),
                (f"{style} reverse", piece[first:last]),
                (style, piece[last:]),
            ]
            place += len(piece)


def _trimmed(hunks: Sequence[Sequence[Row]], context: int) -> list[Sequence[Row]]:
    """The hunks with less context, parted where that leaves a gap."""
    return [part for hunk in hunks for part in _parts(hunk, context, context)]


def _after(part: Sequence[Row], whole: Sequence[Row]) -> Sequence[Row]:
    """What follows a part of a hunk in it."""
    return whole[next(place for place, row in enumerate(whole) if row == part[-1]) + 1 :]


def _parts(hunk: Sequence[Row], before: int, after: int) -> Iterator[Sequence[Row]]:
    changed = [place for place, row in enumerate(hunk) if row.mark != " "]
    start = end = -1
    for place in changed:
        first, last = max(0, place - before), min(len(hunk), place + after + 1)
        if start < 0:
            start = first
        elif first > end:
            yield hunk[start:end]
            start = first
        end = last
    if start >= 0:
        yield hunk[start:end]


def _changed_parts(hunk: Sequence[Row]) -> dict[int, tuple[int, int]]:
    """What changed inside lines: places of rows, with where their changed part begins and ends."""
    found: dict[int, tuple[int, int]] = {}
    place = 0
    while place < len(hunk):
        old = _run(hunk, place, "-")
        new = _run(hunk, place + old, "+")
        for number in range(min(old, new)):
            one, other = hunk[place + number].text, hunk[place + old + number].text
            start, tail = _shared(one, other)
            if len(one[:start].strip()) + tail >= _ALIKE:
                found[place + number] = (start, len(one) - tail)
                found[place + old + number] = (start, len(other) - tail)
        place += max(old + new, 1)
    return found


def _run(hunk: Sequence[Row], place: int, mark: str) -> int:
    count = 0
    while place + count < len(hunk) and hunk[place + count].mark == mark:
        count += 1
    return count


def _shared(one: str, other: str) -> tuple[int, int]:
    """How many characters two lines share at their start, and at their end."""
    least = min(len(one), len(other))
    start = next((n for n in range(least) if one[n] != other[n]), least)
    tail = next((n for n in range(least - start) if one[-1 - n] != other[-1 - n]), least - start)
    return start, tail
