"""Tokens of known shapes in a text: a quick look for any, and what they are. The shapes are in `shapes`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final, NamedTuple

from migrator.circleci.secrets.shapes import CLASSES, ROWS, Row
from migrator.startup.patterns import lazy

# A whole word: `2018-250-xoxo-indieweb.jpg` is no token. The `n` of a spelt line break is none of its letters.
_BEFORE: Final = r"(?:(?<![\w-])|(?<=\\[nrt])|(?<=%[0-9A-F]{2}))"
_AFTER: Final = r"(?![\w-]|[#*]{2})"  # what is crossed out is no token
_PART: Final = lazy(r"<(\w+):(\d+)(-?)(\d*)>|(?<!\\)([.])(?=<)")
# A key in a file's form, which begins with more than drawn characters: the kind of the key, lengths.
_ENCODED: Final = "-----BEGIN "
_RUN: Final = lazy(r"([^A])\1{5}|([xX*.])\2{3}|A{20}")
_SAMPLE: Final = lazy(
    r"example|sample|dummy|\.\.\.|\u2026|fake|your|placeholder|redacted|insert|replace|change.?me|here\Z", re.IGNORECASE
)
_ORDERS: Final = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef0123456789abcdef")
_IN_ORDER: Final = 7
_FILLED: Final = 10  # of what nobody may have drawn: people write such passwords too, with less of it
_LONG: Final = 2_000


def expression(grammar: str) -> str:
    """The regular expression of a grammar of `shapes`."""

    def part(match: re.Match[str]) -> str:
        if match[5]:
            return r"\."
        least, most = match[2], match[4]
        return f"[{CLASSES[match[1]]}]{{{least}{',' if match[3] else ''}{most}}}"

    return _PART.sub(part, grammar)


class Shape(NamedTuple):
    """A shape that can be looked for: one of `words` is in every token of it."""

    issuer: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]


def _shape(row: Row) -> Shape:
    words = _words(row)
    # What a lookbehind says is before the word already.
    before = row.head if row.head.startswith("(?<") else _BEFORE + expression(row.head)
    return Shape(
        row.issuer, words, lazy(f"{before}(?:{'|'.join(map(re.escape, words))}){expression(row.rest)}{_AFTER}")
    )


def _words(row: Row) -> tuple[str, ...]:
    return (row.words,) if row.words == _ENCODED else tuple(row.words.split(" "))


@cache
def shapes() -> tuple[Shape, ...]:
    """One shape for each row."""
    return tuple(map(_shape, ROWS))


_WORDS: Final = tuple(word for row in ROWS for word in _words(row))

# The quick look. Most files hold no token, and a search for each word took several times as long: words are found by
# their last character where that is a rare one with a long run behind it, or together by the rarest that they hold.


def _ending(end: str, run: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """What finds the words with this end, and those words. The two letters before it keep out most of a text."""
    words = tuple(word for word in _WORDS if word[-1] == end)
    before = "".join(f"[{''.join(sorted({re.escape(word[place]) for word in words}))}]" for place in (-3, -2))
    return lazy(rf"{re.escape(end)}(?<={before}{re.escape(end)})(?={run})"), words


_BY_END: Final = (_ending("_", r"[\w-]{16}"), _ending("-", r"[\w-]{16}"), _ending(".", r"[\w.-]{16}"))
_BY_LETTER: Final = (
    lazy(r"A(?:KIA|SIA|BIA|CCA|Iza|KCp|TATT3|TCTT3|TBB|I(?<=LTAI)|A(?<=:AA)|BSKQmVk|ccountKey=)"),
    lazy(r"J(?:(?<=eyJ)|(?<=T3BlbkFJ))"),
    lazy(r"V(?<=PRIV)ATE KEY"),
    lazy(r"\.(?:(?<=hooks\.)slack|(?<=discord\.)com/api|(?<=discordapp\.)com/api|(?<=webhook\.)office)"),
    lazy(r"2(?<=oy2)[a-z0-9]{43}"),
    lazy(r"~(?:(?<=Q~)|(?<=sha256~))"),
    lazy(r"GR1348941"),
    lazy(r"V(?<=cmV)md"),
    lazy(r"dapi[0-9a-f]{32}"),
    lazy(r"sig="),
    lazy(r"pat[A-Za-z0-9]{14}\."),
)
SHORTEST: Final = 20
"""No token of a known shape has fewer characters."""


@lru_cache(maxsize=8)
def may_hold_tokens(text: str) -> bool:
    """Whether a token of a known shape may be in a text: a quick look, which is asked for three times a file."""
    return _may_hold(text)


def _may_hold(text: str) -> bool:
    if len(text) < SHORTEST:  # most values that are looked at
        return False
    for pattern, words in _BY_END:
        for match in pattern.finditer(text):
            if text.endswith(words, 0, match.start() + 1):
                return True
    return any(pattern.search(text) for pattern in _BY_LETTER)


class Token(NamedTuple):
    """A token where it is in a text."""

    value: str
    issuer: str
    start: int


def read_tokens(text: str) -> Iterator[Token]:
    """Every token of a known shape in a text, as its issuer would recognise it, and none that is made up."""
    # Of a whole file the answer is known.
    for shape in shapes() if (may_hold_tokens if len(text) > _LONG else _may_hold)(text) else ():
        if any(word in text for word in shape.words):
            for match in shape.pattern.finditer(text):
                if not is_sample(match[0]):
                    yield Token(match[0], shape.issuer, match.start())


def token_in(value: str) -> str | None:
    """The first token of a known shape in a text."""
    return next((token.value for token in read_tokens(value)), None)


def tokens_in(text: str) -> set[str]:
    """All tokens of known shapes in a text."""
    return {token.value for token in read_tokens(text)}


def shows_shape(value: str) -> bool:
    """Whether a value is made up in the shape of a token."""
    return _may_hold(value) and is_sample(value) and any(shape.pattern.fullmatch(value) for shape in shapes())


def is_filled(value: str) -> bool:
    """Whether a value shows that it was filled in: with a run of one letter, or with most of `0123...`."""
    if _RUN.search(value):
        return True
    lower = value.lower()
    return any(lower[n : n + _FILLED] in order for n in range(len(lower) - _FILLED + 1) for order in _ORDERS)


def is_sample(token: str) -> bool:
    """Whether somebody wrote what only shows the shape: a run of one letter, of `1234...`, or words that say so."""
    if token.startswith(_ENCODED):
        body = re.sub(r"-----[A-Z ]+-----|\\n|\s", "", token)
        return len(set(body)) < 8 or (len(body) < 100 and _SAMPLE.search(body) is not None)
    drawn = token[token.rfind("_", 0, 12) + 1 :] if "_" in token[:12] else token[4:]
    if len(set(drawn)) < 5 or _RUN.search(drawn) or _SAMPLE.search(token):
        return True
    lower = drawn.lower()
    return any(lower[n : n + _IN_ORDER] in order for n in range(len(lower) - _IN_ORDER + 1) for order in _ORDERS)
