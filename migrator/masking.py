"""Hiding known secrets, and making visible what a terminal would obey: for everything that is printed.

A secret is hidden by its value, wherever it stands and however it is spelt there: with the backslashes of YAML's
double quotes, of JSON or of a shell, with doubled single quotes, with the entities of HTML and XML, percent-encoded, in
base64, or broken over lines.
Each line of a secret of several lines is a secret too. A value shorter than four characters is hidden only where it
stands as a word of its own: elsewhere it would hide half of any text, and tell more than it hides.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Generic, TypeAlias, TypeVar

MASKED = "****"
SHORT = 4
_FEW = 40
_AT_ONCE = 65_536
# CircleCI does not mask these either; https://circleci.com/docs/guides/security/env-vars/#secrets-masking
_NO_SECRETS = frozenset(("", "true", "True", "false", "False"))

T = TypeVar("T")
Range: TypeAlias = tuple[int, int]

_RUNS = re.compile(r"[A-Za-z0-9]+")
_NUMBERED = ("&#", "&amp;", "\\x", "\\u", "\\U")
_PERCENT = re.compile(r"%[\da-fA-F]{2}")
_CONTINUED = re.compile(r"\\(?:\r?\n[ \t]*)?")


class Mask:
    """Hides the given secrets in any text. Empty values and the words of booleans are no secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values: set[str] = {value for secret in secrets if secret.strip() for value in (secret, secret.strip())}
        # Short lines of a long secret, such as the braces of a key file, say nothing on their own.
        lines = {line.strip() for value in values for line in value.splitlines() if "\n" in value.strip()}
        values -= _NO_SECRETS
        words = {value for value in values | lines if len(value) >= SHORT}
        if words:
            # Most runs meet no secret and need not know how one may be spelt.
            from migrator.spellings import in_base64

            words = words.union(*map(in_base64, words))
        self._words = _Heads((word, word) for word in sorted(words))
        short = sorted(re.escape(value) for value in values if len(value) < SHORT)
        self._short = re.compile(rf"(?<![^\W_])(?:{'|'.join(short)})(?![^\W_])") if short else None
        self._folded = any(" " in word for word in words)
        # However a value is spelt, but for a character's number, its longest run of letters and digits is in the text.
        cores = ((word, max(_RUNS.findall(word) or [""], key=len)) for word in {*words, *(values - words)})
        self._cores = _Heads((core, (word, core)) for word, core in cores)

    def __bool__(self) -> bool:
        return bool(self._words or self._short)

    def ranges(self, text: str) -> list[Range]:
        """Where secrets stand in the text: sorted ranges, none of which meet."""
        if not self:
            return []
        from migrator.spellings import View, views

        found: list[Range] = []
        for view in views(text, folded=self._folded) if self._is_spelt(text) else (View(text),):
            for word in self._words.in_any_of(view.text):
                place = view.text.find(word)
                while place >= 0:
                    found.append(view.origin(place, place + len(word)))
                    place = view.text.find(word, place + 1)
            if self._short:
                found += [view.origin(*match.span()) for match in self._short.finditer(view.text)]
        return _joined(found)

    def _is_spelt(self, text: str) -> bool:
        """Whether the text may hold a secret in another spelling than its own; a quick look, and most do not."""
        if any(mark in text for mark in _NUMBERED) or ("%" in text and _PERCENT.search(text)):
            return True
        bare = _CONTINUED.sub("", text) if "\\" in text else text
        for word, core in self._cores.in_any_of(text, bare):
            if not core:
                return True
            if core not in text and core not in bare:
                continue
            plain = text.count(word) * word.count(core)
            if text.count(core) != plain or bare.count(core) != plain:
                return True
        return False

    def text(self, text: str) -> str:
        """The text with every secret replaced by the same mark, whatever its length."""
        return cut(text, 0, self.ranges(text))


class _Heads(Generic[T]):
    """Things by the first characters of their names: a quick look tells of which of many a text may hold the name.

    A campaign knows thousands of secrets, and each is looked for in every text of it.
    """

    def __init__(self, named: Iterable[tuple[str, T]]) -> None:
        self._by_head: dict[str, list[T]] = {}
        self._always: list[T] = []
        self._number = 0
        for name, thing in named:
            self._number += 1
            if len(name) < SHORT:
                self._always.append(thing)
            else:
                self._by_head.setdefault(name[:SHORT], []).append(thing)

    def __bool__(self) -> bool:
        return bool(self._number)

    def in_any_of(self, *texts: str) -> list[T]:
        """What may be named in one of the texts; what is left out is not."""
        if self._number <= _FEW:
            return [*self._always, *chain.from_iterable(self._by_head.values())]
        heads: set[str] = set()
        for text in dict.fromkeys(texts):
            for start in range(0, len(text), _AT_ONCE):
                part = text[start : start + _AT_ONCE + SHORT - 1]
                heads.update(self._by_head.keys() & {part[n : n + SHORT] for n in range(len(part) - SHORT + 1)})
        return [*self._always, *chain.from_iterable(self._by_head[head] for head in heads)]


def cut(text: str, start: int, ranges: Sequence[Range]) -> str:
    """A piece of a longer text, which begins at `start` there, with what `ranges` of the longer text hide replaced."""
    if not ranges:
        return text
    # The end of a line stays: a hidden line is still a line.
    end = start + len(text.rstrip("\r\n"))
    parts: list[str] = []
    place = 0
    for index in range(max(bisect_right(ranges, (start, start)) - 1, 0), len(ranges)):
        first, last = ranges[index]
        if first >= end:
            break
        if last > start:
            parts += (text[place : max(first - start, 0)], MASKED)
            place = min(last, end) - start
    return "".join((*parts, text[place:]))


def _joined(ranges: list[Range]) -> list[Range]:
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


# Controls, marks that turn or hide text (https://trojansource.codes), lone surrogates, tags.
_UNSEEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text as it may be sent to a terminal: what would steer it or hide is shown as a symbol or by its number."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(_shown, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same on one line, as it may stand in the midst of a report: what no name can forge is where a line begins."""
    return visible(text).replace("\n", "\u240a")


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"
