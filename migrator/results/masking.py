"""Hides known secrets, and makes control characters visible, in everything that is printed.

A secret is hidden by its value, in every place and spelling: with the backslashes of YAML's
double quotes, of JSON or of a shell, with doubled single quotes, with the entities of HTML and XML, percent-encoded, in
base64, or broken over lines.
Each line of a secret of several lines is a secret too. A value shorter than four characters is hidden only where it
is a word of its own: elsewhere it would hide half of any text, and reveal more than it hides.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from migrator.circleci.secrets.heads import SHORT, Heads
from migrator.startup.patterns import lazy

MASKED = "****"
# CircleCI does not mask these either; https://circleci.com/docs/guides/security/env-vars/#secrets-masking
_NO_SECRETS = frozenset(("", "true", "True", "false", "False"))

Range: TypeAlias = tuple[int, int]

_RUNS = lazy(r"[A-Za-z0-9]+")
# A character by its number, or inside JSON a line that goes on: what is left without the backslashes shows neither.
_NUMBERED = lazy(r"\\[xuU]|\\\\\\[rn]")
_PERCENT = lazy(r"%[\da-fA-F]{2}")
_CONTINUED = lazy(r"\\(?:\r?\n[ \t]*)?")


class Mask:
    """Hides the given secrets in any text. Empty values and booleans are not secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values: set[str] = {value for secret in secrets if secret.strip() for value in (secret, secret.strip())}
        # Short lines of a long secret, such as the braces of a key file, mean nothing on their own.
        lines = {line.strip() for value in values for line in value.splitlines() if "\n" in value.strip()}
        values -= _NO_SECRETS
        words = {value for value in values | lines if len(value) >= SHORT}
        words = words.union(*map(_in_base64, words))
        self._words = Heads((word, word) for word in sorted(words))
        short = sorted(re.escape(value) for value in values if len(value) < SHORT)
        self._short = re.compile(rf"(?<![^\W_])(?:{'|'.join(short)})(?![^\W_])") if short else None
        self._folded = any(" " in word for word in words)
        # However a value is spelt, except as character numbers, its longest run of letters and digits is in the text.
        cores = ((word, max(_RUNS.findall(word) or [""], key=len)) for word in {*words, *(values - words)})
        self._cores = Heads((core, (word, core)) for word, core in cores)

    def __bool__(self) -> bool:
        return bool(self._words or self._short)

    def ranges(self, text: str) -> list[Range]:
        """Where secrets are in the text: sorted ranges that do not overlap."""
        if not self:
            return []
        found: list[Range] = []
        words = self._plainly_in(text)
        if words is None:
            from migrator.circleci.secrets.spellings import views

            for view in views(text, folded=self._folded):
                here = self._found(view.text, self._words.in_text(view.text))
                found += [view.origin(start, end) for start, end in here]
        else:
            found += self._found(text, words)
        return _joined(found)

    def _found(self, text: str, words: Iterable[str]) -> Iterator[Range]:
        """Where the words are in the text as written, and the short values."""
        for word in words:
            place = text.find(word)
            while place >= 0:
                yield place, place + len(word)
                place = text.find(word, place + 1)
        if self._short:
            yield from (match.span() for match in self._short.finditer(text))

    def _plainly_in(self, text: str) -> list[str] | None:
        """The words that the text contains as written; `None` where one may have another spelling, which is rare."""
        bare = text
        if "\\" in text:
            if _NUMBERED.search(text):
                return None
            bare = _CONTINUED.sub("", text)
        # These may contain backslashes too.
        if "&" in bare and ("&#" in bare or "&amp;" in bare):
            return None
        if "%" in bare and _PERCENT.search(bare):
            return None
        # What a text contains, it also contains once its backslashes are removed.
        near = [(word, core) for word, core in self._cores.in_text(bare) if core in bare]
        for word, core in near:
            plain = text.count(word) * word.count(core) if core else -1
            # Behind the letter of an escape a short value is a word of its own, which only the meant text shows.
            unclear = bare is not text and len(word) < SHORT
            if unclear or text.count(core) != plain or bare.count(core) != plain:
                return None
        return [word for word, _ in near if len(word) >= SHORT]

    def text(self, text: str) -> str:
        """The text with every secret replaced by the same mark, whatever its length."""
        return cut(text, 0, self.ranges(text))


def _in_base64(value: str) -> set[str]:
    """How the value reads inside base64, at each of the three places where it may begin in a group of bytes.

    In the alphabet for URLs too (RFC 4648, section 5).
    """
    from binascii import b2a_base64

    data = value.encode("utf-8", "surrogatepass")
    spelt = set()
    for lead in range(3):
        digits = b2a_base64(b"\0" * lead + data, newline=False).decode().rstrip("=")
        # Digits that also encode bits of a neighbour are left out.
        whole = digits[(lead * 8 + 5) // 6 : (lead + len(data)) * 8 // 6]
        if len(whole) > 5:
            spelt |= {whole, whole.replace("+", "-").replace("/", "_")}
    return spelt


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
_UNSEEN = lazy(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text as it may be sent to a terminal: what would steer it or hide is shown as a symbol or by its number."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(_shown, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same on one line, for use inside a report: no name can forge the beginning of a line."""
    return visible(text).replace("\n", "\u240a")


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"
