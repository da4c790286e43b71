"""A kind of change: what a set of hunks does, without names, and how a person calls it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

SECRET: Final = "<secret>"


class Fact(NamedTuple):
    """One thing that is added (`+`) or removed (`-`): of what, which of its values, and what the value says."""

    sign: str
    subject: str
    path: str
    value: str

    @property
    def line(self) -> str:
        path = f" {self.path}" if self.path else ""
        return f"{self.sign} {self.subject}{path}{f': {self.value}' if self.value else ''}"


class Kind(NamedTuple):
    """Sorted facts. They hold no secret and no name of a job, an image or a context: they may be stored and shown."""

    facts: tuple[Fact, ...]

    @classmethod
    def of(cls, facts: Iterable[Sequence[str]]) -> Kind:
        """The kind of some facts, as they are or as JSON has them."""
        return cls(tuple(sorted({Fact(*fact) for fact in facts})))

    @property
    def text(self) -> str:
        """The facts as lines: equal for equal kinds only."""
        return "\n".join(fact.line for fact in self.facts)

    @property
    def id(self) -> str:
        """What files of decisions call it: the same for every repository and in every run."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
