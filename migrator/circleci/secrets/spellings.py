"""The ways in which a text may spell a value, undone, with the way back to where the value is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from migrator.startup.patterns import lazy


def views(text: str, *, folded: bool) -> Iterator[View]:
    """The text as it is, with each spelling undone, and with each undone in those: JSON may be in YAML.

    Line breaks are read as the blanks that YAML makes of them only if `folded`: that costs, and few values have blanks.
    """
    spellings = [spelling for spelling in _SPELLINGS if folded or spelling[0] != "\n"]
    level = [View(text)]
    for _ in range(2):
        yield from level
        level = [undone for view in level for spelling in spellings if (undone := view.undone(*spelling))]
    yield from level


class View:
    """A text with one kind of spelling undone, and the way back to the places of the original."""

    def __init__(self, text: str, base: View | None = None, pieces: Sequence[tuple[int, int, int]] = ()) -> None:
        self.text = text
        self._base = base
        # Each piece: where it begins here and in the base, and how long the spelling is there (0: nothing was undone).
        self._pieces = pieces

    def undone(self, mark: str, pattern: re.Pattern[str], undo: Callable[[re.Match[str]], str]) -> View | None:
        """This view with a spelling undone, or `None` where nothing is spelt so."""
        if mark not in self.text:
            return None
        pieces: list[tuple[int, int, int]] = [(0, 0, 0)]
        parts: list[str] = []
        place = length = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            meant = undo(match)
            parts += (self.text[place:start], meant)
            length += start - place
            pieces += ((length, start, end - start), (length + len(meant), end, 0))
            length += len(meant)
            place = end
        if len(pieces) == 1:
            return None
        parts.append(self.text[place:])
        return View("".join(parts), self, pieces)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that is spelt as this range reads."""
        if self._base is None:
            return start, end
        return self._base.origin(self._back(start)[0], self._back(end - 1)[1])

    def _back(self, place: int) -> tuple[int, int]:
        """The range of the base that is spelt as this one character."""
        here, there, spelt = self._pieces[bisect_right(self._pieces, place, key=_begins) - 1]
        return (there, there + spelt) if spelt else (there + place - here, there + place - here + 1)


def _begins(piece: tuple[int, int, int]) -> int:
    return piece[0]


_NAMED = dict(zip("0abtnvfreN_LP", "\0\a\b\t\n\v\f\r\x1b\x85\xa0\u2028\u2029", strict=True))
_ESCAPE = lazy(
    r"\\(?:(?P<pair>u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2})"
    r"|(?P<code>x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})|\r?\n[ \t]*|(?P<one>.))",
    re.DOTALL,
)


def _escaped(match: re.Match[str]) -> str:
    if pair := match["pair"]:
        high, low = (int(part, 16) for part in pair[1:].split("\\u"))
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if code := match["code"]:
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else match[0]
    one: str | None = match["one"]
    return "" if one is None else _NAMED.get(one, one)


def _percent(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace")


def _entity(match: re.Match[str]) -> str:
    from html import unescape

    return unescape(match[0])


_SPELLINGS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("\\", _ESCAPE, _escaped),
    # A shell drops the backslash whatever follows it.
    ("\\", lazy(r"\\(?:\r?\n)?(.)", re.DOTALL), lambda match: match[1]),
    ("'", lazy(r"""'\\''|'"'"'|''"""), lambda match: "'"),
    ("%", lazy(r"(?:%[\da-fA-F]{2})+"), _percent),
    ("&", lazy(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|amp|lt|gt|quot|apos);"), _entity),
    ("\n", lazy(r"(?:(?<![ \t])[ \t]++)?\r?\n[ \t]*+"), lambda match: " "),
)
