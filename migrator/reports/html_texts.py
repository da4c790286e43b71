"""Texts and names of a page by number: each is there once, masked, and in characters that turn nothing around."""

from __future__ import annotations

from collections import Counter

from migrator.results.masking import Mask, visible

MESSAGE = 2000
"""Longer texts are cut."""


class Texts:
    """Texts by number; the empty one is 0."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._numbers: dict[str, int] = {"": 0}
        self._masked: dict[str, int] = {"": 0}
        self.size = 0

    def clean(self, text: str) -> int:
        """The number of a text that was masked before."""
        number = self._numbers.setdefault(text, len(self._numbers))
        if number == len(self._numbers) - 1:
            self.size += len(text)
        return number

    def __call__(self, text: str) -> int:
        """The number of any text; its secrets are hidden."""
        number = self._masked.get(text)
        if number is None:
            shown = visible(self._mask.text(text))
            shown = shown if len(shown) <= MESSAGE else f"{shown[:MESSAGE]}… ({len(shown) - MESSAGE:,} more characters)"
            number = self._masked[text] = self.clean(shown)
        return number

    @property
    def all(self) -> list[str]:
        return list(self._numbers)


class Names:
    """Names of few things by number, in the order in which they are met, and how often each was."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._numbers: dict[str, int] = {}
        self.counts: Counter[str] = Counter()

    def __call__(self, name: str) -> int:
        shown = visible(self._mask.text(name))
        self.counts[shown] += 1
        return self._numbers.setdefault(shown, len(self._numbers))

    @property
    def all(self) -> list[str]:
        return list(self._numbers)
