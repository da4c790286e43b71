"""What rules of 0.1 attached contexts with, kept for rules that were written after it: see `planner` instead.

Such a need is planned like any other. What it cannot say is which finding it is for.
"""

from __future__ import annotations

from collections.abc import Iterable

from migrator.changes import Change
from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import Attachment
from migrator.circleci.credentials.planner import ContextPlanner
from migrator.circleci.credentials.planner import Need as PlannedNeed
from migrator.circleci.workflows import Invocation
from migrator.policy import Policy
from migrator.startup.records import record


@record(eq=False)
class Need:
    """A context that invocations need; `settle` finds the changes that attach it, or a problem."""

    context: str
    planned: PlannedNeed

    @property
    def invocations(self) -> list[Invocation]:
        return [invocation for invocation, _ in self.planned.wanted.values()]

    @property
    def attachments(self) -> list[Attachment]:
        return self.planned.attachments

    @property
    def warnings(self) -> list[str]:
        return self.planned.warnings

    @property
    def problem(self) -> str:
        return self.planned.problem

    @property
    def skips(self) -> bool:
        return self.planned.skips

    @property
    def waits_for_author(self) -> bool:
        return any(attachment.expression for attachment in self.planned.attachments)

    @property
    def changes(self) -> list[Change]:
        return self.planned.changes


def need_context(config: Config, context: str, invocations: Iterable[Invocation], *, skip_scheduled: bool) -> Need:
    """The need of those invocations that this file can give a context; `skip_scheduled` leaves out scheduled ones."""
    planner = ContextPlanner("", config, Policy(scheduled="skip" if skip_scheduled else "warn"))
    need = Need(context, PlannedNeed(config.root))
    for invocation in invocations:
        planner.give(need.planned, invocation, context, elsewhere=True)
    return need


def settle(config: Config, needs: list[Need]) -> None:
    """Find the changes that attach contexts. What cannot be attached everywhere is attached nowhere."""
    ContextPlanner("", config, Policy()).settle([need.planned for need in needs])
