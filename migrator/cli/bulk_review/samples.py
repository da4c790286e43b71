"""The sample of a kind as the screen shows it: its hunks, with as much around them as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migrator.bulk.contents import GONE
from migrator.bulk.deciding.deciding import Deciding
from migrator.bulk.deciding.showing import Planned
from migrator.bulk.states import RepositoryError
from migrator.engine.outcomes import Changed
from migrator.results.diffs import Hunk
from migrator.results.kinds.review import Reviewed
from migrator.results.kinds.sample import excerpts
from migrator.results.masking import Mask, cut, one_line
from migrator.review.screens.diff import Diff, Row


class Shown(NamedTuple):
    """One file of a sample. `problem` says why there is none."""

    path: str
    diff: Diff | None
    problem: str = ""


def shown(deciding: Deciding, planned: Planned, number: int, kind: Reviewed | None) -> list[Shown]:
    """What a repository has of a kind, or all that changes in it, file by file."""
    entry, result = deciding.entries[number], deciding.results[number]
    try:
        found, places, mask = planned.sample(entry, result, kind and kind.kind)
    except RepositoryError as error:
        return [Shown("", None, one_line(str(error)))]
    if not found:
        return [Shown("", None, GONE)]
    return [Shown(one_line(mask.text(each.changed.path)), _Sample(each.changed, places, mask)) for each in found]


class _Sample(Diff):
    """What one file has of a kind; secrets masked."""

    def __init__(self, changed: Changed, places: Sequence[tuple[str, int]], mask: Mask) -> None:
        super().__init__(max(changed.before.count("\n"), changed.after.count("\n")) + 1)
        self._changed, self._places, self._mask = changed, places, mask
        self._old, self._new = mask.ranges(changed.before), mask.ranges(changed.after)

    def hunks(self, context: int) -> list[list[Row]]:
        found = excerpts([self._changed], self._places, self._mask, context)
        return [self._rows(hunk) for each in found for hunk in each.hunks]

    def _rows(self, hunk: Hunk) -> list[Row]:
        found = []
        before, after = hunk.old_line, hunk.new_line
        for mark, text, start in hunk.lines:
            said = one_line(cut(text, start, self._new if mark == "+" else self._old).rstrip("\r\n"))
            found.append(Row(mark, 0 if mark == "+" else before, 0 if mark == "-" else after, said))
            before += mark != "+"
            after += mark != "-"
        return found
