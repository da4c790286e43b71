"""The keys of all reviews: one meaning each, wherever they are pressed, and how they are listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from migrator.review.screens.lines import BLUE, Line, line_width, width
from migrator.review.screens.steps import Step

APPLY, SKIP = "y", "n"
APPLY_HERE, APPLY_ALL = "a", "A"
SKIP_HERE, SKIP_ALL = "d", "D"
EDIT = "e"
NEXT, PREVIOUS = "j", "k"
LIST, SEARCH = "l", "/"
WHY, KEYS = "w", "?"
BACK, UNDO = "b", "u"
OPEN = "o"
LEAVE_OUT = "s"
STOP, DISCARD = "q", "Q"
ENTER, ESCAPE, BACKSPACE = "enter", "escape", "backspace"
UP, DOWN, PAGE_UP, PAGE_DOWN, HOME, END = "up", "down", "pageup", "pagedown", "home", "end"


class Key(NamedTuple):
    """What a key does. `short` is shown at the bottom of the screen (nothing where it is empty), `long` in the list of
    keys. `act` returns what happens next."""

    key: str
    short: str
    long: str
    act: Callable[[], Step]


def key_bar(keys: Sequence[tuple[str, str]], columns: int, rows: int) -> list[Line]:
    """Keys with what they do, on at most `rows` lines. What does not fit is left out, but never the last one, which
    should lead to all of them."""
    pieces: list[Line] = [[(f"bold {BLUE}", key), ("", f" {short}")] for key, short in keys if short]
    lines: list[Line] = [[]]
    for number, piece in enumerate(pieces):
        is_last = number == len(pieces) - 1
        last = 0 if is_last else 3 + line_width(pieces[-1])
        gap = 3 if lines[-1] else 0
        room = columns - line_width(lines[-1]) - gap - line_width(piece)
        if len(lines) < rows and room < 0:
            lines.append([])
            gap, room = 0, columns - line_width(piece)
        if not is_last and len(lines) == rows and room < last:
            continue
        lines[-1] += [("", " " * gap), *piece]
    return lines


def shown_key(key: str) -> str:
    """A key as it is written on the screen."""
    return key.capitalize() if width(key) > 1 else key
