"""What a config names that lies outside of the repository: contexts of its jobs, variables of its credentials."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.practice import is_context_name, uses_of

if TYPE_CHECKING:
    from migrator.circleci.config import Config


class Mentions(NamedTuple):
    """`contexts` are names, each with whether a scheduled workflow uses it. `variables` are those of credentials of
    images and of logins, each with the contexts of the jobs that use it, for each set of credentials that it is in: one
    of these provides it, or the project. `undecided` are those that may also come from what an expression decides."""

    contexts: dict[str, bool]
    variables: dict[str, tuple[tuple[str, ...], ...]]
    undecided: frozenset[str] = frozenset()


def mentions_of(configs: Iterable[Config]) -> Mentions:
    """What one file names. Names that an expression decides are left out."""
    contexts: dict[str, bool] = {}
    variables: dict[str, dict[tuple[str, ...], None]] = {}
    undecided: set[str] = set()
    for config in configs:
        for invocation in config.invocations:
            names = [name for name in contexts_had_by(invocation) or () if is_context_name(name)]
            if names:
                scheduled = any(workflow.scheduled for workflow in config.workflows_of(invocation))
                contexts.update((name, contexts.get(name, False) or scheduled) for name in names)
        for use in uses_of(config):
            for written in use.pair:
                if written.startswith("$"):
                    variables.setdefault(written[1:], {})[tuple(name for name, _ in use.contexts)] = None
                    if use.is_open:
                        undecided.add(written[1:])
    return Mentions(contexts, {name: tuple(found) for name, found in variables.items()}, frozenset(undecided))
