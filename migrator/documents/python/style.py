"""How a script is written: its quotes, its step of indentation, and how wide its lines are."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from migrator.documents.python.reading.source import PythonSource
from migrator.startup.patterns import lazy
from migrator.startup.records import cached_property

_WIDTHS = (79, 88, 100, 120)
_UNBROKEN = lazy(r"^[ \t]*#|[^ \t]{60}|\"[^\"]{60}|'[^']{60}")
"""Comments, long strings and addresses: formatters leave them as long as they are."""

_INDENTED = lazy(r"^[ \t]+(?=[^\s#])", re.MULTILINE)
_BLANK = lazy(r"[ \t\f]*")
_TRIVIA = lazy(r"(?:[ \t\f]|\\\r?\n|\r\n|\r|\n|#[^\r\n]*)*")


@dataclass(frozen=True, slots=True)
class Hand:
    """How to write a value. `width` is `None` where lines may have any length."""

    quote: str
    step: str
    newline: str
    width: int | None


class PythonStyle:
    def __init__(self, source: PythonSource) -> None:
        self.source = source
        self.text = source.text

    @cached_property
    def quote(self) -> str:
        """The quote that most strings of one line have; `\"` where neither has more."""
        return "'" if self.text.count("'") > self.text.count('"') else '"'

    @cached_property
    def step(self) -> str:
        """One step of indentation: that of blocks, in a script without any that of the lines within brackets."""
        if any(isinstance(node, cst.IndentedBlock) for node in self.source.positions):
            return self.source.module.default_indent
        pads = [match.group() for match in _INDENTED.finditer(self.text)]
        if any(pad.startswith("\t") for pad in pads):
            return "\t"
        shortest = min(map(len, pads), default=4)
        return " " * (shortest if shortest in (2, 3, 4, 8) else 4)

    @cached_property
    def newline(self) -> str:
        return self.source.newline

    @cached_property
    def width(self) -> int | None:
        """The narrowest of the usual widths that every line keeps to, but those that nobody could break."""
        lines = re.split(r"\r\n|\r|\n", self.text)
        longest = max((len(line) for line in lines if not _UNBROKEN.search(line)), default=0)
        # A script of short lines may have any of these limits: the one of Black is the likeliest.
        return next((width for width in _WIDTHS if longest <= width and (width > 79 or longest > 72)), None)

    def line_start(self, offset: int) -> int:
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def line_end(self, offset: int) -> int:
        """Where the line ends that holds an offset, before its line break."""
        ends = [end for mark in "\r\n" if (end := self.text.find(mark, offset)) >= 0]
        return min(ends, default=len(self.text))

    def pad(self, offset: int) -> str:
        """The blanks at the beginning of the line that holds an offset."""
        found = _BLANK.match(self.text, self.line_start(offset))
        return found.group() if found else ""

    def begins_line(self, offset: int) -> bool:
        return not self.text[self.line_start(offset) : offset].strip()

    def same_line(self, one: int, other: int) -> bool:
        return self.line_start(one) == self.line_start(other)

    def behind_trivia(self, offset: int) -> int:
        """The next offset that is no blank, line break or comment."""
        found = _TRIVIA.match(self.text, offset)
        return found.end() if found else offset

    def comma(self, offset: int, until: int) -> int | None:
        """Where the comma ends that follows what ends at an offset; parentheses around it may close first.

        `until` is the closing bracket of what holds both.
        """
        place = self.behind_trivia(offset)
        while place < until and self.text[place] == ")":
            place = self.behind_trivia(place + 1)
        return place + 1 if self.text[place : place + 1] == "," else None

    def behind_break(self, offset: int) -> int:
        """Where the line after the one that holds an offset begins."""
        end = self.line_end(offset)
        if self.text.startswith("\r\n", end):
            return end + 2
        return min(end + 1, len(self.text))
