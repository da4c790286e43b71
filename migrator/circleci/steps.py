"""Steps, wherever they are: in jobs and commands, around invocations, under `when`, as values of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from migrator.circleci.declarations import Declarations
from migrator.circleci.definitions import Command, Job
from migrator.circleci.lookup import Lookup, key_of
from migrator.circleci.workflows import Invocation
from migrator.tree import Entry, Mapping, Node, Sequence, Text, resolve

Owner: TypeAlias = Job | Command | Invocation

_AROUND: Final = ("pre-steps", "post-steps")
CONDITIONS: Final = frozenset({"when", "unless"})
"""Keys that make steps, and workflows, run under a condition."""


class Step:
    """One step. `name` is what it runs: `run`, `checkout`, a command, an orb's command.

    `item` is in the list (an alias where it is one), `entry` is the one entry of a mapping, `value` its value
    with aliases resolved, `None` for a step that is only a name. `script` is the text that a `run` step hands to the
    shell.
    """

    __slots__ = ("entry", "item", "name", "script", "steps", "value")

    def __init__(self, steps: StepList, item: Node, name: str, entry: Entry | None, value: Node | None) -> None:
        self.steps = steps
        self.item = item
        self.name = name
        self.entry = entry
        self.value = value
        self.script = self.command() if name == "run" else None

    def argument(self, name: str) -> Node | None:
        """A value given to the step, merged ones too, aliases resolved."""
        return self.steps.lookup.get(self.value, name) if isinstance(self.value, Mapping) else None

    def command(self) -> Text | None:
        """The text of a step that is a command or has one: `run`, and `deploy`, which CircleCI has deprecated."""
        command = self.value if isinstance(self.value, Text) else self.argument("command")
        return command if isinstance(command, Text) and not command.is_null else None

    def __repr__(self) -> str:
        return f"Step({self.name!r})"


class StepList:
    """One list of steps. `owners` are all that have it; `place` is `steps`, `pre-steps`, `post-steps` or a parameter.

    `guards` are the `when` and `unless` steps around it, the outermost first.
    """

    __slots__ = ("guards", "items", "lookup", "node", "owners", "place")

    def __init__(self, lookup: Lookup, node: Sequence, owner: Owner, place: str, guards: tuple[Step, ...]) -> None:
        self.lookup = lookup
        self.node = node
        self.owners: list[Owner] = [owner]
        self.place = place
        self.guards = guards
        self.items: list[Step] = []
        for item in node.items:
            if step := self._step(item):
                self.items.append(step)

    def _step(self, item: Node) -> Step | None:
        node = resolve(item)
        if isinstance(node, Text):
            return None if node.is_null else Step(self, item, node.value, None, None)
        if not isinstance(node, Mapping):
            return None
        entries = self.lookup.entries(node)
        name = key_of(entries[0]) if len(entries) == 1 else None
        return Step(self, item, name, entries[0], resolve(entries[0].value)) if name is not None else None


def read_steps(file: Declarations) -> list[StepList]:
    """Every list of steps in a file, each once, the inner ones after those around them."""
    known: dict[int, StepList] = {}
    lookup, commands = file.lookup, file.all_commands
    for owner, place, node in _places(file):
        waiting: list[tuple[Sequence, tuple[Step, ...]]] = [(node, ())]
        while waiting:
            sequence, guards = waiting.pop()
            if id(sequence) in known:
                if owner not in known[id(sequence)].owners[-1:]:
                    known[id(sequence)].owners.append(owner)
                continue
            steps = known[id(sequence)] = StepList(lookup, sequence, owner, place, guards)
            for step in reversed(steps.items):
                if isinstance(step.value, Mapping) and (commands or step.name in CONDITIONS):
                    waiting.extend(_inside(file, step, guards))
    return list(known.values())


def _places(file: Declarations) -> Iterator[tuple[Owner, str, Sequence]]:
    lookup = file.lookup
    definitions: list[Job | Command] = [*file.jobs.values(), *file.commands.values()]
    for definition in definitions:
        if steps := definition.steps:
            yield definition, "steps", steps
        for parameter in definition.parameters.values():
            if parameter.type == "steps" and isinstance(parameter.default, Sequence):
                yield definition, parameter.name, parameter.default
    for invocation in file.invocations:
        if invocation.body is None:
            continue
        for place in _AROUND:
            if steps := lookup.sequence(invocation.body, place):
                yield invocation, place, steps
        job = file.all_jobs.get(invocation.name)
        for parameter in job.parameters.values() if job else ():
            if parameter.type == "steps" and isinstance(given := invocation.argument(parameter.name), Sequence):
                yield invocation, parameter.name, given


def _inside(file: Declarations, step: Step, guards: tuple[Step, ...]) -> Iterator[tuple[Sequence, tuple[Step, ...]]]:
    """The lists of steps that a step holds: below a condition, or as an argument of a command's `steps` parameter."""
    if step.name in CONDITIONS:
        if isinstance(steps := step.argument("steps"), Sequence):
            yield steps, (*guards, step)
        return
    prefix = next((owner.prefix for owner in step.steps.owners if not isinstance(owner, Invocation)), "")
    command = file.all_commands.get(prefix + step.name)
    for parameter in command.parameters.values() if command else ():
        if parameter.type == "steps" and isinstance(given := step.argument(parameter.name), Sequence):
            yield given, guards
