"""What jobs have today: which of them have a context, and which variables they use with it.

Contexts are read as they were before any change: a change that needs what jobs of the same project use needs nothing
new. What a job uses is looked for from the variables upwards, so that it takes a walk for each of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.credentials.project import PROJECT
from migrator.circleci.definitions import Command, Definition, Executor, Job
from migrator.circleci.environment import names_set_by
from migrator.circleci.runtimes import Runtimes
from migrator.circleci.steps import StepList
from migrator.circleci.workflows import Invocation
from migrator.policy import Policy
from migrator.tree import Node, Sequence, Text, resolve, walk


def wanted_of(policy: Policy, needs: Iterable[tuple[str, tuple[str, ...]]] = ()) -> dict[str, frozenset[str]]:
    """The contexts to look for, each with its variables: those of the policy, and of `needs`."""
    known = [(registry.context, registry.variables) for registry in policy.registries]
    if policy.aws is not None and policy.aws.variables:
        known.append((policy.aws.context, policy.aws.variables))
    if not policy.uses_contexts:
        known = [(PROJECT, variables) for _, variables in known]
    found: dict[str, frozenset[str]] = {}
    for context, variables in chain(known, needs):
        found[context] = found.get(context, frozenset()).union(variables)
    return found


def contexts_today(
    configs: Iterable[Config], wanted: Mapping[str, frozenset[str]], *, names_only: bool = False
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Which of the `wanted` contexts jobs of these configs have, each with those of its variables that they use; with
    `names_only` none of those, which saves most of the work."""
    found: dict[str, set[str]] = {}
    for config in configs:
        names = {name: variables for name, variables in wanted.items() if _is_possible(config, name, variables)}
        if names_only:
            names.pop(PROJECT, None)
        if names and (had := _had(config, names)):
            used = {} if names_only else _used_by_jobs(config, frozenset().union(*names.values()))
            for job, contexts in had:
                for name in (each for each in contexts if each in names):
                    # A context of which nothing is known may have the variables instead.
                    uses = used.get(job, set()) & names[name] if wanted.keys() >= set(contexts) else set()
                    if uses or name != PROJECT:
                        found.setdefault(name, set()).update(uses)
    return tuple((name, tuple(sorted(variables))) for name, variables in sorted(found.items()))


def _is_possible(config: Config, name: str, variables: frozenset[str]) -> bool:
    words = [name] if name != PROJECT else variables
    return any(each.may_mention(*words) for each in (config, *config.siblings))


def _had(config: Config, names: Mapping[str, object]) -> list[tuple[str, tuple[str, ...]]]:
    """The jobs that are invoked with any of these contexts, each with all that it has."""
    found = []
    for invocation in config.invocations:
        contexts = contexts_had_by(invocation)
        if contexts is not None and not invocation.overridden_with:
            contexts = contexts or (PROJECT,)
            if any(name in names for name in contexts):
                found.append((invocation.name, contexts))
    return found


def _used_by_jobs(config: Config, variables: frozenset[str]) -> dict[str, set[str]]:
    """By the name of a job, which of these variables it and what it runs in and calls mention, and nothing sets."""
    family = (config, *config.siblings)
    homes: dict[int, list[Definition]] = defaultdict(list)
    for home in family:
        for definition in chain(home.jobs.values(), home.executors.values(), home.commands.values()):
            homes[id(definition.body)].append(definition)
    callers = Runtimes(config).callers
    found: dict[str, set[str]] = defaultdict(set)
    for variable, texts in _mentions(family, variables).items():
        waiting: list[tuple[Config, Node]] = list(texts)
        seen: set[tuple[int, int]] = set()
        while waiting:
            home, node = waiting.pop()
            if (id(home), id(node)) in seen:
                continue
            seen.add((id(home), id(node)))
            for definition in homes.get(id(node), ()):
                if isinstance(definition, Command):
                    for steps, index in callers.get(definition.name, ()):
                        waiting += [(each, steps.items[index].item) for each in family]
                for name in _jobs_of(config, definition):
                    found[name].add(variable)
            if (parent := home.parents.parent(node)) is not None:
                waiting.append((home, parent))
            waiting += [(home, alias) for alias in home.uses.aliases(node)]
    for name, used in found.items():
        if name in config.all_jobs:
            used -= names_set_by(config.all_jobs[name])
    return found


def _jobs_of(config: Config, definition: Definition) -> Iterator[str]:
    if isinstance(definition, Job):
        yield definition.name
    elif isinstance(definition, Executor):
        yield from (invocation.name for invocation in config.calls.invocations_on(definition))


def _mentions(family: Iterable[Config], variables: frozenset[str]) -> dict[str, list[tuple[Config, Node]]]:
    """The texts that hold each of these variables as a word."""
    found: dict[str, list[tuple[Config, Node]]] = {}
    if not variables:
        return found
    word = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, variables))})(?!\w)")
    for home in family:
        if home.may_mention(*variables):
            for node in walk(home.root):
                for variable in set(word.findall(node.value)) if isinstance(node, Text) else ():
                    if not _is_key(home, node):
                        found.setdefault(variable, []).append((home, node))
    return found


def _is_key(home: Config, node: Node) -> bool:
    entry = home.parents.entry(node)
    return entry is not None and entry.key is node


def contexts_of_steps(config: Config, runtimes: Runtimes, lists: Iterable[StepList]) -> tuple[str, ...]:
    """The contexts of the jobs that run these steps, directly or in commands; an expression as it is written."""
    waiting, seen = list(lists), set[int]()
    found: dict[str, None] = {}
    while waiting:
        steps = waiting.pop()
        if id(steps) in seen:
            continue
        seen.add(id(steps))
        for owner in runtimes.scopes(steps):
            if isinstance(owner, Command):
                waiting += [outer for outer, _ in runtimes.callers.get(owner.name, ())]
                continue
            invocations = config.calls.by_job.get(owner.name, ()) if isinstance(owner, Job) else (owner,)
            for invocation in invocations:
                had = contexts_had_by(invocation)
                found.update(dict.fromkeys(_expressions(invocation) if had is None else had))
    return tuple(found)


def _expressions(invocation: Invocation) -> Iterator[str]:
    """What is written in place of contexts, where that is no list of names."""
    value = invocation.argument("context")
    node = resolve(value) if value is not None else None
    for each in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(text := resolve(each) if each is not None else None, Text):
            yield text.value.strip()
