"""How many of a file's secrets are hidden as a precaution only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from migrator.circleci.secrets.heads import Heads

_PART: Final = 8
"""By parts of so many characters texts are found that may have another in them."""


def count_unnamed(secrets: Iterable[str], named: Collection[str]) -> int:
    """How many secrets are hidden that no finding names. A piece of another, or another with more around it, is the
    same."""
    known, whole = _Pieces(named), Heads((each, each) for each in named)
    count = 0
    for secret in sorted(secrets, key=lambda each: (-len(each), each)):
        if not known.hold(secret) and not any(each in secret for each in whole.in_text(secret)):
            known.add(secret)
            count += 1
    return count


class _Pieces:
    """Texts by all that is in them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_part: dict[str, list[str]] = {}
        self._texts: dict[str, None] = {}
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        self._texts[text] = None
        for part in _parts(text):
            self._by_part.setdefault(part, []).append(text)

    def hold(self, piece: str) -> bool:
        """Whether one of the texts has a piece."""
        if piece in self._texts:
            return True
        # The rarest of what the piece is made of: secrets may all begin alike.
        among = min((self._by_part.get(part, []) for part in _parts(piece)), key=len, default=self._texts)
        return any(piece in text for text in among)


def _parts(text: str) -> set[str]:
    return {text[n : n + _PART] for n in range(len(text) - _PART + 1)}
