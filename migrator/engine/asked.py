"""What a caller wants to know of a file beside its findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from migrator.documents import Document
from migrator.engine.outcomes import Changed, Outcome
from migrator.startup.records import replace

Describe: TypeAlias = Callable[[Changed, Document, Document], tuple[object, ...]]
"""Says of a change, with its documents before and after, what is to be said of it later. What it returns is pickled."""


class Asked(NamedTuple):
    """`inventory`: the outcome has the facts of an inventory. `describe` gives what is `described` of a changed file:
    whoever reports it needs no tree of it any more, and reads none again."""

    inventory: bool = False
    describe: Describe | None = None

    def described(self, outcome: Outcome, before: Document, after: Document) -> Outcome:
        if self.describe is None or not isinstance(outcome, Changed):
            return outcome
        try:
            return replace(outcome, described=self.describe(outcome, before, after))
        except Exception as error:  # a wall, as for rules
            from migrator.engine.checks import BrokenError, where

            raise BrokenError("", f"describing the change failed: {where(error)}") from error


NOTHING = Asked()
