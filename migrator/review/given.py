"""Answers with the values that they apply to, and where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from migrator.results.decisions import Answer, Values


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with the values that it applies to."""

    answer: Answer
    values: Values = ()


class Memory(Protocol):
    """Where answers about one file are kept."""

    def find(self, rule: str, fingerprint: str) -> Given | None:
        """What was decided earlier, in this session or in one before."""

    def keep(self, about: Sequence[tuple[str, str]], given: Given) -> None:
        """Store one answer for each rule and fingerprint. Returns when nothing can lose it."""
