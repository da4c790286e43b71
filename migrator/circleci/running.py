"""Which invocations run a list of steps: those of its jobs, of all who use its command, or the one it is around."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrator.circleci.definitions import Command, Job
from migrator.circleci.steps import StepList
from migrator.circleci.workflows import Invocation
from migrator.startup.records import cached_property

if TYPE_CHECKING:
    from migrator.circleci.config import Config


class Running:
    """Looks at the whole packed tree where there is one. Built once for one `Config`."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def invocations(self, steps: StepList) -> list[Invocation]:
        """Each invocation once, also where it runs the steps through several commands."""
        found: dict[int, Invocation] = {}
        for owner in self.owners(steps):
            if isinstance(owner, Job):
                found.update((id(i), i) for i in self._config.calls.by_job.get(owner.name, ()))
            else:
                found[id(owner)] = owner
        return list(found.values())

    def owners(self, steps: StepList) -> Iterator[Job | Invocation]:
        """The jobs that have the steps, and the invocations that they are around, through all commands."""
        seen: set[int] = set()
        waiting = [steps]
        while waiting:
            current = waiting.pop()
            if id(current) in seen:
                continue
            seen.add(id(current))
            for owner in current.owners:
                if isinstance(owner, Command):
                    waiting.extend(self._users.get(owner.name, ()))
                else:
                    yield owner

    @cached_property
    def _users(self) -> dict[str, list[StepList]]:
        """The lists of steps in which each command is used, by its full name."""
        users: dict[str, list[StepList]] = {}
        commands = self._config.all_commands
        for config in (self._config, *self._config.siblings):
            for steps in config.step_lists:
                prefixes = {owner.prefix for owner in steps.owners if not isinstance(owner, Invocation)} or {""}
                for step in steps.items:
                    for name in {prefix + step.name for prefix in prefixes} & commands.keys():
                        users.setdefault(name, []).append(steps)
        return users
