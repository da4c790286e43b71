"""Replacing ranges of a text, and turning two rounds of replacements into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migrator.startup.patterns import lazy

_LINE = lazy(r"[^\r\n]*")


class TextEdit(NamedTuple):
    """Put `text` in place of the code points from `start` to `end`."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Sequence[TextEdit]) -> str:
    """The text with all edits made. They must be sorted and must not overlap; `ValueError` otherwise."""
    parts: list[str] = []
    place = 0
    for start, end, new in edits:
        if start < place:
            raise ValueError("edits overlap")
        parts.append(text[place:start])
        parts.append(new)
        place = end
    parts.append(text[place:])
    return "".join(parts)


def line_end(text: str, place: int) -> int:
    """Where the line that holds a place ends, before its line end."""
    found = _LINE.match(text, place)
    return found.end() if found else place


class _Kept(NamedTuple):
    """A range of the original text that is still there."""

    start: int
    end: int


def compose(first: Sequence[TextEdit], second: Sequence[TextEdit], length: int) -> list[TextEdit]:
    """One round of edits that does what `first` on a text of that length and then `second` did; all sorted."""
    pieces = _pieces(first, length)
    result: list[_Kept | str] = []
    place = 0  # in the text between the two rounds
    index = 0
    piece: _Kept | str | None = None

    def take(until: int, *, keep: bool) -> None:
        nonlocal place, index, piece
        while place < until:
            if piece is None:
                piece = pieces[index]
                index += 1
            size = piece.end - piece.start if isinstance(piece, _Kept) else len(piece)
            count = min(size, until - place)
            if isinstance(piece, _Kept):
                head: _Kept | str = _Kept(piece.start, piece.start + count)
                rest: _Kept | str = _Kept(piece.start + count, piece.end)
            else:
                head, rest = piece[:count], piece[count:]
            if keep:
                result.append(head)
            piece = rest if count < size else None
            place += count

    for start, end, new in second:
        take(start, keep=True)
        if new:
            result.append(new)
        take(end, keep=False)
    if piece is not None:
        result.append(piece)
    result.extend(pieces[index:])
    return _as_edits(result, length)


def _pieces(edits: Sequence[TextEdit], length: int) -> list[_Kept | str]:
    pieces: list[_Kept | str] = []
    place = 0
    for start, end, new in edits:
        if place < start:
            pieces.append(_Kept(place, start))
        if new:
            pieces.append(new)
        place = end
    if place < length:
        pieces.append(_Kept(place, length))
    return pieces


def _as_edits(pieces: list[_Kept | str], length: int) -> list[TextEdit]:
    edits: list[TextEdit] = []
    place = 0
    new: list[str] = []
    for piece in [*pieces, _Kept(length, length)]:
        if isinstance(piece, str):
            new.append(piece)
            continue
        if new or piece.start != place:
            edits.append(TextEdit(place, piece.start, "".join(new)))
            new = []
        place = piece.end
    return edits
