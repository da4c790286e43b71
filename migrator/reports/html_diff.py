"""The diff of one file as a page needs it: from its first line to its last, secrets masked, long lines cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from migrator.engine.outcomes import Changed
from migrator.reports.long_lines import cut_short, fitted
from migrator.results.diffs import CONTEXT, Line, hunks
from migrator.results.masking import Mask, Range, cut, visible

LONG = 600
"""Longer lines are cut: nobody reads a line of a megabyte, and browsers cannot draw it."""
WHOLE = 4000
"""In files with more lines, only those around changes are kept."""

Piece: TypeAlias = "int | list[str] | tuple[list[str], list[str]]"
"""A number of lines left out; unchanged lines; or old lines with the new ones that replace them."""


def pieces(changed: Changed, mask: Mask, *, whole: bool = True) -> list[Piece]:
    """A file from its first line to its last. Unless `whole`, only the lines around changes."""
    old = mask.ranges(changed.before)
    new = mask.ranges(changed.after) if mask else []
    lines = _lines(changed.before)
    whole = whole and len(lines) <= WHOLE
    found: list[Piece] = []
    done = place = 0  # lines and characters of the old text so far

    def between(end: int) -> None:
        nonlocal done, place
        if end > done:
            if whole:
                kept = []
                for text in lines[done:end]:
                    kept.append(_shown(text, place, old))
                    place += len(text)
                found.append([cut_short(text, LONG) for text in kept])
            else:
                place += sum(map(len, lines[done:end]))
                found.append(end - done)
        done = end

    for hunk in hunks(changed.before, changed.edits):
        between(hunk.old_line - 1)
        for unchanged, run in groupby(hunk.lines, lambda line: line.mark == " "):
            group = list(run)
            removed = [line for line in group if line.mark != "+"]
            if unchanged:
                found.append([cut_short(_shown(line.text, line.start, old), LONG) for line in group])
            else:
                found.append(_pair(removed, [line for line in group if line.mark == "+"], old, new))
            done += len(removed)
            place += sum(len(line.text) for line in removed)
    between(len(lines))
    return _joined(found)


def _pair(removed: Sequence[Line], added: Sequence[Line], old: list[Range], new: list[Range]) -> Piece:
    before = [_shown(line.text, line.start, old) for line in removed]
    after = [_shown(line.text, line.start, new) for line in added]
    for index in range(max(len(before), len(after))):
        one = before[index] if index < len(before) else ""
        other = after[index] if index < len(after) else ""
        if max(len(one), len(other)) > LONG:
            pair = fitted(one, other, LONG)
            if index < len(before):
                before[index] = pair[0]
            if index < len(after):
                after[index] = pair[1]
    return before, after


def _shown(text: str, start: int, ranges: list[Range]) -> str:
    """One line without its end, its secrets hidden, without characters that reverse text."""
    line = visible(cut(text, start, ranges).rstrip("\n").removesuffix("\r"))
    return line if text.endswith("\n") else f"{line}{NO_NEWLINE}"


NO_NEWLINE = "\u240a\u0338"
"""Follows the last line of a file that does not end with a line feed."""


def _lines(text: str) -> list[str]:
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _joined(found: Sequence[Piece]) -> list[Piece]:
    """Adjacent unchanged lines joined into one piece."""
    joined: list[Piece] = []
    for piece in found:
        last = joined[-1] if joined else None
        if isinstance(piece, list) and isinstance(last, list):
            joined[-1] = [*last, *piece]
        else:
            joined.append(piece)
    return joined


def counts(found: Sequence[Piece]) -> tuple[int, int]:
    """How many lines are added and removed."""
    pairs = [piece for piece in found if isinstance(piece, tuple)]
    return sum(len(new) for _, new in pairs), sum(len(old) for old, _ in pairs)


def around(found: Sequence[Piece]) -> Iterator[Piece]:
    """The same with no more unchanged lines than a diff has around its changes."""
    for number, piece in enumerate(found):
        if not isinstance(piece, list):
            yield piece
            continue
        head = CONTEXT if number else 0
        tail = CONTEXT if number < len(found) - 1 else 0
        if len(piece) <= head + tail:
            yield piece
        else:
            yield from filter(None, (piece[:head], len(piece) - head - tail, piece[len(piece) - tail :]))
