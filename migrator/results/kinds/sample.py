"""The hunks of a change that have a kind: what a person looks at to decide about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """The hunks of a repository's change that begin at one of the places of a kind; all of it where there are none."""
    wanted = set(places)
    found = []
    for changed in made:
        path = mask.text(changed.path)
        every = hunks(changed.before, changed.edits, context)
        chosen = [hunk for hunk in every if any((path, line) in wanted for line in _runs(hunk))] if wanted else every
        if chosen:
            found.append(Excerpt(changed, tuple(chosen)))
    return found


def _runs(hunk: Hunk) -> Iterable[int]:
    """The first line, in the text before, of each run of changed lines."""
    number, before = hunk.old_line, " "
    for line in hunk.lines:
        if line.mark != " " and before == " ":
            yield number
        before = line.mark
        number += line.mark != "+"
