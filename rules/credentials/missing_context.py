"""Give jobs the context that has the credentials of their images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import OF_REGISTRIES, contexts_had_by
from migrator.circleci.credentials.planner import ContextPlanner, Need
from migrator.circleci.credentials.table import Credentials, CredentialTable
from migrator.circleci.images import Image
from migrator.circleci.workflows import Invocation
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety, by_hand
from migrator.startup.records import record
from migrator.tree import Node, Text, resolve

_WHY = "images have these credentials, and their jobs no context"


@record(eq=False)
class _Lacking:
    """Invocations that lack the context of an image's credentials, to be fixed together: all of a config where none has
    it and none is left alone by a comment, which is about that one; else each for itself. `had` are the contexts that
    they have."""

    invocations: list[Invocation]
    image: Image
    credentials: Credentials
    had: tuple[str, ...]
    need: Need


class MissingContext(Rule):
    id = "missing-context"
    title = "Job that lacks the context of its images' credentials"
    safety = Safety.REVIEW  # the project may have the variables as well, or a context that the policy does not know

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        table = CredentialTable(policy)
        variables = [f"${known.variables[0]}" for known in table.all if known.context and known.variables]
        if not variables or not any(each.may_mention(*variables) for each in (config, *config.siblings)):
            return
        if not config.invocations:
            return
        users: dict[int, tuple[Credentials, dict[int, tuple[Invocation, Image]]]] = {}
        for home in (config, *config.siblings):
            for image in home.images:
                if image.auth is None or (credentials := _of_policy(home, table, image)) is None:
                    continue
                _, found = users.setdefault(id(credentials), (credentials, {}))
                for invocation in chain.from_iterable(map(config.calls.invocations_on, image.environments)):
                    found.setdefault(id(invocation), (invocation, image))
        if not users:
            return
        planner = ContextPlanner(self.id, config, policy, table)
        lacking = [lack for known, found in users.values() for lack in _lacking(config, planner, known, found.values())]
        planner.settle([lack.need for lack in lacking])
        for lack in lacking:
            yield from self._report(lack, planner)

    def _report(self, lack: _Lacking, planner: ContextPlanner) -> Iterator[Finding]:
        need, first = lack.need, lack.invocations[0]
        context, more = lack.credentials.context or "", len(lack.invocations) - 1
        problem = need.obstacle
        if not problem and not need.changes:
            return  # the policy leaves it out
        variables = "` and `$".join(lack.credentials.variables)
        if more:
            others = len({each.name for each in lack.invocations} - {first.name})
            jobs = f"`{first.name}` and {others} other job{'s' if others > 1 else ''} pull images"
            if not others:
                jobs = f"{more + 1} invocations of `{first.name}` pull images"
            message = f"{jobs} with `${variables}` but lack the context `{context}`"
        else:
            message = f"`{first.name}` pulls `{lack.image.text.value.strip()}` with `${variables}`"
            message += f" but lacks the context `{context}`"
        if problem:
            message = by_hand(message, problem, "it must be added")
        elif more:
            message += ", which no job here has" + (f"; they have {_listed(lack.had)}" if lack.had else "")
        else:
            message += f"; it has {_listed(lack.had)}" if lack.had else "; it has no context"
        kind, name = planner.provider(context)
        yield self.finding(
            need.node,
            message,
            *(() if problem else need.changes),
            requirements=(Requirement(kind, name, lack.credentials.variables, reason=_WHY),),
            warnings=tuple(dict.fromkeys(need.warnings)),
            subject=need.subject,
            reads=need.reads,
        )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _of_policy(config: Config, table: CredentialTable, image: Image) -> Credentials | None:
    """The credentials of the policy, with a context, that an image has."""
    assert image.auth is not None
    value = image.auth.value
    known = (known for known in table.all if known.context is not None and known.variables)
    return next((credentials for credentials in known if credentials.are(config.lookup, value)), None)


def _lacking(
    config: Config, planner: ContextPlanner, credentials: Credentials, users: Iterable[tuple[Invocation, Image]]
) -> Iterator[_Lacking]:
    """What lacks the context of credentials, among the invocations that pull with them."""
    context = credentials.context or ""
    lacking: list[_Lacking] = []
    all_had: list[tuple[str, ...] | None] = []
    for invocation, image in users:
        had = contexts_had_by(invocation)
        all_had.append(had)
        if not config.holds(invocation) or invocation.overridden_with:
            continue
        if had is None and _names(invocation.argument("context"), context):
            continue
        if had is not None and (context in had or planner.hold(had, credentials.variables)):
            continue
        need = Need(invocation.item, f"{invocation.name} {context}", waits=True)
        lacking.append(_Lacking([invocation], image, credentials, had or (), need))
    if _is_common(all_had):
        return
    is_left = any(config.leaves_alone(MissingContext.id, lack.need.node) for lack in lacking)
    if len(lacking) > 1 and not is_left and not any(had is None or context in had for had in all_had):
        first = lacking[0]
        contexts = dict.fromkeys(name for lack in lacking for name in lack.had)
        jobs = [lack.invocations[0] for lack in lacking]
        lacking = [_Lacking(jobs, first.image, credentials, tuple(contexts), first.need)]
    for lack in lacking:
        for invocation in lack.invocations:
            planner.give(lack.need, invocation, context)
        if lack.need.wanted or lack.need.problem:
            yield lack


def _is_common(all_had: list[tuple[str, ...] | None]) -> bool:
    """Whether all have one context whose name says that it is for a registry: that is where this config has its
    credentials from."""
    if not all_had or None in all_had:
        return False
    common = set.intersection(*(set(had or ()) for had in all_had))
    return any(word in name.lower() for name in common for word in OF_REGISTRIES)


def _names(value: Node | None, context: str) -> bool:
    """Whether an expression in place of the contexts names one."""
    text = resolve(value) if value is not None else None
    return isinstance(text, Text) and context in text.value
