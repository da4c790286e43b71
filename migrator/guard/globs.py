"""Patterns of a policy as regular expressions that OPA evaluates: RE2, without atomic groups and lookaround."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from itertools import starmap
from typing import Final

_NOTHING: Final = r"[^\x{0}-\x{10ffff}]"
_ASCII: Final = tuple(map(chr, range(128)))
_BEYOND: Final = "\u0100"  # stands for all letters that are not ASCII, none of which a pattern names


def re2_of(pattern: str) -> str:
    """The expression of RE2 that matches what `fnmatchcase` does, whole texts only."""
    return f"^(?s:{''.join(map(_piece, pieces(pattern)))})$"


def fixed_start(pattern: str) -> str:
    """What a text begins with that a pattern matches."""
    return re.split(r"[*?\[]", pattern, maxsplit=1)[0]


def pieces(pattern: str) -> Iterable[str]:
    """The parts of a pattern: a wildcard, a set, or one letter."""
    place = 0
    while place < len(pattern):
        end = _end_of_set(pattern, place) if pattern[place] == "[" else 0
        yield pattern[place : end or place + 1]
        place = end or place + 1


def _end_of_set(pattern: str, start: int) -> int:
    """Where the set that is opened there ends; 0 where the bracket is a letter as any other."""
    first = start + 1 + (pattern[start + 1 : start + 2] == "!")
    return pattern.find("]", first + (pattern[first : first + 1] == "]")) + 1


def _piece(piece: str) -> str:
    if piece == "*":
        return ".*"
    if piece == "?":
        return "."
    if len(piece) == 1:
        return piece if piece.isalnum() and piece.isascii() else f"\\x{{{ord(piece):x}}}"
    # Python itself says what is in a set: it has ways of its own with `-`, `]` and ranges that are turned round.
    one = re.compile(translate(piece))
    spans = list(_spans([ord(letter) for letter in _ASCII if one.match(letter)]))
    if one.match(_BEYOND):
        spans.append((128, 0x10FFFF))
    return f"[{''.join(starmap(_span, spans))}]" if spans else _NOTHING


def _span(first: int, last: int) -> str:
    return f"\\x{{{first:x}}}-\\x{{{last:x}}}"


def _spans(numbers: list[int]) -> Iterable[tuple[int, int]]:
    start = 0
    for place, number in enumerate(numbers):
        if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
            yield numbers[start], number
            start = place + 1
