"""Give jobs whose images have the policy's credentials the context that these come from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import contexts_of
from migrator.circleci.credentials.planner import ContextPlanner, Need
from migrator.circleci.credentials.table import Credentials, CredentialTable
from migrator.circleci.images import Image
from migrator.circleci.workflows import Invocation
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety, by_hand
from migrator.startup.records import record
from migrator.tree import Text, resolve


@record(eq=False)
class _Lacking:
    """An invocation that lacks the context of one of its images; `had` are those that it has."""

    invocation: Invocation
    image: Image
    credentials: Credentials
    context: str
    had: tuple[str, ...]
    need: Need


class MissingContext(Rule):
    id = "missing-context"
    title = "Job that lacks the context of its images' credentials"
    safety = Safety.REVIEW  # the project may have the variables as well, or a context that the policy does not know

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        table = CredentialTable(policy)
        if not config.invocations or not any(known.context for known in table.all):
            return
        found: dict[tuple[int, str], _Lacking] = {}
        planner: ContextPlanner | None = None
        for home in (config, *config.siblings):
            for image in home.images:
                if image.auth is None or (credentials := _policys(home, table, image)) is None:
                    continue
                planner = planner or ContextPlanner(self.id, config, policy, table)
                for lack in _lacking(config, planner, image, credentials):
                    found.setdefault((id(lack.invocation), lack.context), lack)
        if planner is not None:
            planner.settle([lack.need for lack in found.values()])
            for lack in found.values():
                yield from self._report(lack, planner)

    def _report(self, lack: _Lacking, planner: ContextPlanner) -> Iterator[Finding]:
        need, invocation = lack.need, lack.invocation
        problem = need.problem or next((a.problem for a in need.attachments if a.expression), "")
        if not problem and not need.changes:
            return  # the policy leaves it out
        variables = "` and `$".join(lack.credentials.variables)
        message = (
            f"`{invocation.name}` pulls `{lack.image.text.value.strip()}` with `${variables}` "
            f"but lacks the context `{lack.context}`"
        )
        if problem:
            message = by_hand(message, problem, "it must be added")
        else:
            message += f"; it has `{'`, `'.join(lack.had)}`" if lack.had else "; it has no context"
        kind, name = planner.provider(lack.context)
        yield self.finding(
            need.node,
            message,
            *(() if problem else need.changes),
            requirements=(Requirement(kind, name, lack.credentials.variables),),
            warnings=tuple(dict.fromkeys(need.warnings)),
            subject=need.subject,
            reads=need.reads,
        )


def _policys(config: Config, table: CredentialTable, image: Image) -> Credentials | None:
    """The credentials of the policy, with a context, that an image has."""
    assert image.auth is not None
    value = image.auth.value
    known = (known for known in table.all if known.context is not None and known.variables)
    return next((credentials for credentials in known if credentials.are(config.lookup, value)), None)


def _lacking(config: Config, planner: ContextPlanner, image: Image, credentials: Credentials) -> Iterator[_Lacking]:
    context = credentials.context or ""
    invocations = chain.from_iterable(map(config.calls.invocations_on, image.environments))
    for invocation in {id(each): each for each in invocations}.values():
        if not config.holds(invocation) or invocation.overridden_with:
            continue
        value = invocation.argument("context")
        had = contexts_of(value) if value is not None else ()
        if had is None and value is not None and _names(value, context):
            continue
        if had is not None and (context in had or planner.hold(had, credentials.variables)):
            continue
        need = Need(invocation.item, f"{invocation.name} {context}", waits=True)
        planner.give(need, invocation, context)
        if need.wanted or need.problem:
            yield _Lacking(invocation, image, credentials, context, had or (), need)


def _names(value: object, context: str) -> bool:
    """Whether an expression in place of the contexts names one."""
    text = resolve(value) if isinstance(value, Text) else None
    return isinstance(text, Text) and context in text.value
