"""Answers with the values that they apply to, and where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from migrator.engine.outcomes import Decision
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


@dataclass(slots=True)
class Act:
    """What one key decided. `rule` is set if it covers everything that rule finds."""

    keys: dict[str, str] = field(default_factory=dict)  # fingerprint to rule
    rule: str = ""
    everywhere: bool = False


def decision_of(given: Given | None) -> Decision:
    """What the engine is told."""
    return Decision.APPLY if given and given.answer is Answer.APPLY else Decision.SKIP
