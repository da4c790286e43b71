"""Python string literals: their value with the place of each character, and writing a text as one.

A literal is read as pieces: words that are in quotes, and holes that code fills in (`{version}` of an f-string or
of `.format`, an operand of `+`). In a value each hole reads `<<{version}>>`, so that whoever takes an image reference
apart sees what is known and what is not, as with a template of CircleCI.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from migrator.errors import EditError
from migrator.startup.patterns import lazy

_PREFIX = lazy(r"([A-Za-z]*)(\"\"\"|'''|\"|')")
_ESCAPE = lazy(
    r"\\(?:(?P<break>\r\n|\r|\n)|N\{[^}]*\}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3}|[\\'\"abfnrtv]|.)",
    re.DOTALL,
)
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(slots=True)
class Words:
    """A piece in quotes. `places[i]` is where character `i` of `value` is, the last is where the piece ends."""

    value: str
    places: list[int]
    quote: str
    raw: bool
    formatted: bool

    def spelt(self, text: str, at: int) -> str:
        """The text as it is written inside these quotes, to be put before the character `at` of the value."""
        if self.raw:
            if self.quote[0] in text or "\\" in text or not _is_printable(text, multi=len(self.quote) == 3):
                raise EditError("a raw string cannot hold the new text")
            return text.replace("{", "{{").replace("}", "}}") if self.formatted else text
        parts = []
        for char in text:
            if char == "\n" and len(self.quote) == 3:
                parts.append(char)
            elif char == self.quote[0]:
                parts.append("\\" + char)
            else:
                parts.append(_SHORT.get(char) or (char if char.isprintable() else _coded(char)))
        spelt = "".join(parts)
        return spelt.replace("{", "{{").replace("}", "}}") if self.formatted else spelt


@dataclass(slots=True)
class Hole:
    """Something computed. `texts` are all that it can be, where that is known; else it is empty."""

    name: str
    start: int
    end: int
    texts: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        return self.texts[0] if len(self.texts) == 1 else f"<<{{{self.name}}}>>"


@dataclass(slots=True)
class Layout:
    """A string expression, piece by piece."""

    pieces: list[Words | Hole] = field(default_factory=list)

    @property
    def value(self) -> str:
        return "".join(piece.value for piece in self.pieces)

    @property
    def is_plain(self) -> bool:
        """Whether every character is in quotes."""
        return all(isinstance(piece, Words) for piece in self.pieces)

    def texts(self, limit: int = 100) -> tuple[str, ...] | None:
        """Every text it can be, where that is known and is more than one."""
        found = [""]
        for piece in self.pieces:
            options = (piece.value,) if isinstance(piece, Words) else piece.texts
            found = [before + option for before in found for option in options]
            if not found or len(found) > limit:
                return None
        return tuple(dict.fromkeys(found))

    def edit(self, value: str) -> tuple[int, int, str]:
        """Start, end and text of the one edit that gives the value. Raises `EditError` where a hole would change."""
        old = self.value
        head = _common(old, value)
        tail = min(_common(old[::-1], value[::-1]), len(old) - head, len(value) - head)
        start, end = head, len(old) - tail
        if (other := self._in_other_quotes(value)) is not None:
            return other
        place = 0
        for piece in self.pieces:
            size = len(piece.value)
            if isinstance(piece, Words) and place <= start and end <= place + size and (size or not old):
                first, last = start - place, end - place
                return piece.places[first], piece.places[last], piece.spelt(value[start : len(value) - tail], first)
            place += size
        if self.is_plain:
            raise EditError("what changes is written in several strings that are joined")
        raise EditError("what changes is not written there: code computes it")

    def _in_other_quotes(self, value: str) -> tuple[int, int, str] | None:
        """The whole literal in its other quotes, where new words would need backslashes for the quotes that it has."""
        words = self.pieces[0]
        if len(self.pieces) > 1 or isinstance(words, Hole) or words.formatted or len(words.quote) > 1:
            return None
        other = "'" if words.quote == '"' else '"'
        start, end = words.places[0], words.places[-1]
        as_it_is = end - start == len(words.value) and value.isprintable() and "\\" not in value
        if not as_it_is or words.quote not in value or words.quote in words.value or other in value:
            return None
        return start - 1, end + 1, other + value + other


def read_words(source: str, start: int, end: int, *, formatted: bool = False) -> Words:
    """The piece that the literal `source[start:end]` is, with its quotes. It must be no f-string."""
    found = _PREFIX.match(source, start)
    assert found is not None
    prefix, quote = found.group(1).lower(), found.group(2)
    inside = found.end(), end - len(quote)
    return words_between(source, *inside, quote=quote, raw="r" in prefix, formatted=formatted)


def words_between(source: str, start: int, end: int, *, quote: str, raw: bool, formatted: bool) -> Words:
    """The piece that is between quotes or between the holes of an f-string."""
    chars: list[str] = []
    places: list[int] = []
    place = start
    while place < end:
        char = source[place]
        after = place + 1
        value = char
        if char == "\\" and not raw:
            found = _ESCAPE.match(source, place, end)
            if found:
                after = found.end()
                value = "" if found["break"] else _meant(found.group())
        elif char == "\r":
            after += source.startswith("\n", after, end)
            value = "\n"
        elif formatted and char in "{}" and source.startswith(char, after, end):
            after += 1
        for one in value:
            chars.append(one)
            places.append(place)
        place = after
    places.append(end)
    return Words("".join(chars), places, quote, raw, formatted)


def _meant(escape: str) -> str:
    if escape[1] not in "\\'\"abfnrtvxuUN01234567":
        return escape
    meant: str = ast.literal_eval(f"'{escape}'")
    return meant


def written(value: str, quote: str) -> str:
    """The text as a string literal on one line, in these quotes unless the other ones need no backslash."""
    other = "'" if quote == '"' else '"'
    if quote in value and other not in value:
        quote = other
    words = Words("", [0], quote, raw=False, formatted=False)
    return quote + words.spelt(value, 0) + quote


def _coded(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_printable(text: str, *, multi: bool) -> bool:
    return all(char.isprintable() or (multi and char == "\n") for char in text)


def _common(a: str, b: str) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
