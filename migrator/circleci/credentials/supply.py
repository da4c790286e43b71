"""Seeing to it that invocations get a context that something in them needs, together or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from migrator.changes import Change, place
from migrator.circleci.credentials.contexts import Attachment, ContextPlan
from migrator.circleci.workflows import Invocation
from migrator.startup.records import field, record

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_ROUNDS: Final = 5
"""How often contexts are planned anew because some need has no clean edit, so that its invocations get none."""


@record(eq=False, frozen=False)
class Need:
    """A context that invocations need. `settle` fills in the rest.

    `skips` tells that one of them is left out, as it runs on a schedule. `problem` says why one of them cannot be given
    it, empty where all can. `waits_for_author`: an expression stands in place of somebody's contexts.
    """

    context: str
    invocations: list[Invocation]
    warnings: list[str] = field(default_factory=list)
    skips: bool = False
    problem: str = ""
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def waits_for_author(self) -> bool:
        return any(attachment.expression for attachment in self.attachments)

    @property
    def changes(self) -> list[Change]:
        """What attaches the context, changes that several invocations share only once."""
        changes: list[Change] = []
        for change in (change for attachment in self.attachments for change in attachment.changes):
            if not any(place(change) is place(other) and change == other for other in changes):
                changes.append(change)
        return changes


def need_context(config: Config, context: str, invocations: Iterable[Invocation], *, skip_scheduled: bool) -> Need:
    """The need of those invocations that this file can give a context; `skip_scheduled` leaves out scheduled ones."""
    need = Need(context, [])
    for invocation in invocations:
        if invocation.overridden_with:
            need.warnings.append(f"`{invocation.overridden_with}` runs in place of `{invocation.name}`")
        if not config.holds(invocation):
            need.warnings.append(
                f"`{invocation.name}` is invoked in another file: give it the context `{context}` there"
            )
            continue
        workflows = config.workflows_of(invocation)
        scheduled = [workflow.name for workflow in workflows if workflow.scheduled]
        for name in scheduled:
            told = "gets no context, as the policy says" if skip_scheduled else "fails if the context is restricted"
            need.warnings.append(f"`{name}` runs on a schedule and {told}")
        need.skips |= bool(scheduled) and skip_scheduled
        if not scheduled or not skip_scheduled:
            need.invocations.append(invocation)
        elif len(scheduled) < len(workflows):
            need.problem = f"`{scheduled[0]}` runs on a schedule and shares its jobs with a workflow that does not"
    return need


def settle(config: Config, needs: list[Need]) -> None:
    """Find the changes that attach contexts. What cannot be attached everywhere is attached nowhere."""
    for _ in range(_ROUNDS):
        wanted: dict[str, list[Invocation]] = {}
        for need in needs:
            if not need.problem:
                wanted.setdefault(need.context, []).extend(need.invocations)
        plan = ContextPlan(config, wanted)
        for need in needs:
            if not need.problem:
                need.attachments = [plan.attach(invocation, (need.context,)) for invocation in need.invocations]
        failed = [need for need in needs if not need.problem and (refused := _refused(need)) and _note(need, refused)]
        if not failed:
            break
    for need in needs:
        for invocation, attachment in zip(need.invocations, need.attachments, strict=False):
            if attachment.expression:
                told = f"an expression stands in place of the contexts of `{invocation.name}`"
                need.warnings.append(f"{told}: add `{need.context}` to it")
            elif attachment.had and attachment.changes and not need.problem:
                need.warnings.append(
                    f"`{need.context}` comes last among the contexts of `{invocation.name}`: its variables win"
                )


def _refused(need: Need) -> str:
    for invocation, attachment in zip(need.invocations, need.attachments, strict=True):
        if attachment.problem and not attachment.expression:
            return f"`{invocation.name}` cannot be given the context `{need.context}`, {attachment.problem}"
    return ""


def _note(need: Need, problem: str) -> bool:
    need.problem = problem
    need.attachments = []
    return True
