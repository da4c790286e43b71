"""Lines of a terminal, as prompt_toolkit draws them: from plain text, or from what rich lays out.

Only the terminal's own sixteen colours are used, never black, white or a background, and nothing depends on colour
alone: it reads the same on light and dark, and with NO_COLOR. Texts must be safe for a terminal before they come here
(`results.masking.one_line`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from io import StringIO
from typing import TypeAlias

from prompt_toolkit.utils import get_cwidth
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.style import Style
from rich.text import Text

Line: TypeAlias = list[tuple[str, str]]
"""Pieces of one line, each with its style: words such as `bold`, `dim`, `reverse`, `fg:ansigreen`."""

MINIMUM = 20
"""Columns. Narrower terminals show the beginning of each line."""

TAB = 8
GREEN, RED, BLUE, CYAN, MAGENTA = "fg:ansigreen", "fg:ansired", "fg:ansiblue", "fg:ansicyan", "fg:ansimagenta"


def width(text: str) -> int:
    """How many columns a text takes; CJK characters take two."""
    return len(text) if text.isascii() else get_cwidth(text)


def line_width(line: Line) -> int:
    return sum(width(text) for _, text in line)


def folded(text: str, columns: int) -> list[str]:
    """A text in pieces that each fit, broken anywhere: nothing of a config is hidden. At least one piece."""
    if width(text) <= columns:
        return [text]
    pieces: list[str] = []
    start = taken = 0
    for place, character in enumerate(text):
        size = width(character)
        if taken + size > columns and place > start:
            pieces.append(text[start:place])
            start, taken = place, 0
        taken += size
    pieces.append(text[start:])
    return pieces


def shortened(text: str, columns: int, *, at_start: bool = False) -> str:
    """A text that fits, with `…` for what was cut: its end, or its start, as the end of a path says more."""
    if width(text) <= columns:
        return text
    room = columns - width("…")
    kept = 0
    for size in (width(c) for c in (reversed(text) if at_start else text)):
        if size > room:
            break
        room -= size
        kept += 1
    if at_start:
        return f"…{text[len(text) - kept :]}" if columns > 0 else ""
    return f"{text[:kept]}…" if columns > 0 else ""


def two_ends(left: str, right: str, columns: int) -> list[Line]:
    """A text at each end of a line, the left one bold and shortened if necessary; two lines where both are long."""
    room = columns - width(right) - 2
    if room < min(MINIMUM, width(left)):
        return [[("bold", shortened(left, columns, at_start=True))], [("", shortened(right, columns))]]
    left = shortened(left, room, at_start=True)
    return [[("bold", left), ("", " " * (columns - width(left) - width(right))), ("", right)]]


def ruled(notice: str, columns: int) -> Line:
    """A line across the screen, with a notice in it if there is one."""
    words = shortened(f"── {notice} ", columns) if notice else ""
    return [("", words), ("", "─" * (columns - width(words)))]


def drawn(what: Iterable[RenderableType], columns: int) -> list[Line]:
    """What rich lays out, as lines. Colours that are not the terminal's own become the nearest of these."""
    console = _console(max(columns, MINIMUM))
    return [
        [(_style(segment.style), segment.text) for segment in line if not segment.control]
        for each in what
        for line in console.render_lines(each, pad=False)
    ]


def worded(text: str, style: str, columns: int) -> list[Line]:
    """A text as lines in one style, broken between words."""
    return drawn([Text(text, style)], columns)


@lru_cache(maxsize=4)
def _console(columns: int) -> Console:
    return Console(
        file=StringIO(),
        width=columns,
        height=1000,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )


@lru_cache(maxsize=256)
def _style(style: Style | None) -> str:
    if style is None:
        return ""
    words = [name for name in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, name)]
    if style.color is not None and not style.color.is_default:
        number = style.color.downgrade(ColorSystem.STANDARD).number
        colour = {1: RED, 2: GREEN, 3: MAGENTA, 4: BLUE, 5: MAGENTA, 6: CYAN}.get((number or 0) % 8)
        words += [colour] if colour else []
    return " ".join(words)
