"""One run of the engine over a file: it only goes forward, and what it has passed can be looked at again."""

from __future__ import annotations

from collections.abc import Generator

from migrator.engine.outcomes import Decision, Outcome
from migrator.engine.passes import Proposal


class Walk:
    """`frontier` is what the engine waits for an answer about; once it is `None`, `outcome` is what became of the
    file. `passed` are all proposals so far by their fingerprint, the frontier among them."""

    def __init__(self, steps: Generator[Proposal, Decision, Outcome]) -> None:
        self.frontier: Proposal | None = None
        self.outcome: Outcome | None = None
        self.passed: dict[str, Proposal] = {}
        self._steps = steps

    def go_on(self, decision: Decision | None) -> Proposal | None:
        """The next proposal, after an answer to the last one; `None` for the first."""
        try:
            self.frontier = next(self._steps) if decision is None else self._steps.send(decision)
        except StopIteration as stop:
            self.frontier, self.outcome = None, stop.value
        else:
            self.passed[self.frontier.located.fingerprint] = self.frontier
        return self.frontier
