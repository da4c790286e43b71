"""The hunks of a change that have a kind: what a person looks at to decide about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from migrator.engine.outcomes import Changed
from migrator.results.diffs import CONTEXT, Hunk, hunks
from migrator.results.masking import Mask


class Excerpt(NamedTuple):
    """Hunks of one file."""

    changed: Changed
    hunks: tuple[Hunk, ...]


def excerpts(
    made: Iterable[Changed], places: Sequence[tuple[str, int]], mask: Mask, context: int = CONTEXT
) -> list[Excerpt]:
    """What begins at one of the places of a kind, with what is around it up to the next change of another kind.

    Where there are no places it is all of the change.
    """
    found = []
    for changed in made:
        path = mask.text(changed.path)
        wanted = {line for where, line in places if where == path}
        every = hunks(changed.before, changed.edits, context)
        chosen = [part for hunk in every for part in _of_kind(hunk, wanted, context)] if places else every
        if chosen:
            found.append(Excerpt(changed, tuple(chosen)))
    return found


def _of_kind(hunk: Hunk, wanted: set[int], context: int) -> Iterator[Hunk]:
    """The parts of a hunk around the runs of changed lines that begin at a line that is wanted."""
    runs = [(first, last) for first, last, line in _runs(hunk) if line in wanted]
    chosen = {place for first, last in runs for place in range(first, last)}
    start = end = -1
    for first, last in runs:
        top = _context(hunk, range(first - 1, max(first - context, 0) - 1, -1), chosen)
        bottom = _context(hunk, range(last, min(last + context, len(hunk.lines))), chosen)
        if start < 0:
            start = first - top
        elif first - top > end:
            yield _part(hunk, start, end)
            start = first - top
        end = last + bottom
    if start >= 0:
        yield _part(hunk, start, end)


def _context(hunk: Hunk, places: Iterable[int], chosen: set[int]) -> int:
    """How many lines, from a run on, are before a change of another kind."""
    count = 0
    for place in places:
        if hunk.lines[place].mark != " " and place not in chosen:
            break
        count += 1
    return count


def _runs(hunk: Hunk) -> Iterator[tuple[int, int, int]]:
    """Each run of changed lines: where it begins and ends in the hunk, and its first line in the text before."""
    number, first, line = hunk.old_line, -1, 0
    for place, each in enumerate(hunk.lines):
        if each.mark != " " and first < 0:
            first, line = place, number
        elif each.mark == " " and first >= 0:
            yield first, place, line
            first = -1
        number += each.mark != "+"
    if first >= 0:
        yield first, len(hunk.lines), line


def _part(hunk: Hunk, start: int, end: int) -> Hunk:
    before = hunk.lines[:start]
    old = sum(line.mark != "+" for line in before)
    new = sum(line.mark != "-" for line in before)
    return Hunk(hunk.old_line + old, hunk.new_line + new, hunk.lines[start:end])
