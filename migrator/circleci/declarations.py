"""What a file declares by name, and what the files beside it in a packed tree do: jobs, executors, commands, orbs,
workflows with their invocations, and parameters of the pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from migrator.circleci.definitions import Command, Definitions, Executor, Job, Orb
from migrator.circleci.kinds import Kind
from migrator.circleci.parameters import Parameter, declared, text_of
from migrator.circleci.trees import ConfigTree
from migrator.circleci.uses import Uses
from migrator.circleci.workflows import Invocation, Workflow, read_workflows
from migrator.startup.records import cached_property
from migrator.tree import Mapping, Parents, Text


class Declarations:
    """Each is read on the first question. What is named `all_...` spans the packed tree, the rest is of this file.

    `siblings` are the other files of that tree, whose declarations are looked up and never edited.
    """

    def __init__(self, tree: ConfigTree, siblings: Iterable[Declarations] = ()) -> None:
        self.tree = tree
        self.part = tree.part
        self.root = tree.root
        self.path = tree.path
        self.lookup = tree.lookup
        self.siblings = tuple(siblings)

    @cached_property
    def uses(self) -> Uses:
        return self.tree.uses

    @cached_property
    def parents(self) -> Parents:
        return self.tree.parents

    @cached_property
    def _definitions(self) -> Definitions:
        return Definitions(self.tree)

    @property
    def top(self) -> Mapping | None:
        """The mapping at the top of a whole config."""
        return self.tree.top

    @property
    def version(self) -> str | None:
        text = self.lookup.text(self.top, "version") if self.top else None
        return text.value if text else None

    @property
    def is_setup(self) -> bool:
        """A setup config of dynamic configuration: it may run one workflow, and continues with another config."""
        setup = self.lookup.get(self.top, "setup") if self.top else None
        return isinstance(setup, Text) and setup.value.lower() in ("true", "yes", "on")

    @cached_property
    def is_orb_source(self) -> bool:
        """An orb's own source: what it defines runs in configs that are not here."""
        return any(each.tree.is_orb_source for each in self._family)

    @property
    def is_packed(self) -> bool:
        """A part of a tree of files that are packed into one config."""
        others = any(not each.part.loads for each in self.siblings)
        return others or self.tree.content.kind in (Kind.SECTION, Kind.DEFINITION)

    @property
    def _family(self) -> tuple[Declarations, ...]:
        return (self, *self.siblings)

    @property
    def jobs(self) -> dict[str, Job]:
        return self._definitions.jobs

    @property
    def executors(self) -> dict[str, Executor]:
        return self._definitions.executors

    @property
    def commands(self) -> dict[str, Command]:
        return self._definitions.commands

    @property
    def orbs(self) -> list[Orb]:
        return self._definitions.orbs

    @cached_property
    def workflows(self) -> list[Workflow]:
        return read_workflows(self.tree, self._definitions.workflows, groups=False)

    @cached_property
    def groups(self) -> list[Workflow]:
        """Job groups: lists of invocations that workflows invoke under one name."""
        return read_workflows(self.tree, self._definitions.groups, groups=True)

    @cached_property
    def invocations(self) -> list[Invocation]:
        """Every invocation of workflows and job groups, each once."""
        found: list[Invocation] = []
        for workflow in (*self.workflows, *self.groups):
            if workflow.invocations and workflow.invocations[0].workflows[0] is workflow:
                found.extend(workflow.invocations)
        return found

    @cached_property
    def pipeline_parameters(self) -> dict[str, Parameter]:
        return declared(self.lookup, self.top) if self.top else {}

    @cached_property
    def all_jobs(self) -> dict[str, Job]:
        if not self.siblings:
            return self.jobs
        return {name: job for each in reversed(self._family) for name, job in each.jobs.items()}

    @cached_property
    def all_executors(self) -> dict[str, Executor]:
        return {name: executor for each in reversed(self._family) for name, executor in each.executors.items()}

    @cached_property
    def all_commands(self) -> dict[str, Command]:
        return {name: command for each in reversed(self._family) for name, command in each.commands.items()}

    def all_workflows(self) -> Iterator[Workflow]:
        return chain.from_iterable(each.workflows for each in self._family)

    def all_invocations(self) -> Iterator[Invocation]:
        return chain.from_iterable(each.invocations for each in self._family)

    @cached_property
    def has_workflows(self) -> bool:
        return any(each.workflows or each.groups for each in self._family)

    @cached_property
    def lacks_workflows(self) -> bool:
        """Whether it is a part of a config whose workflows are in files that are not here."""
        return not self.has_workflows and (self.is_packed or not self.version)

    @cached_property
    def is_invoked_elsewhere(self) -> bool:
        """Whether files that are not here may invoke its jobs, with whatever values for their parameters."""
        return self.is_orb_source or self.lacks_workflows

    def workflows_of(self, invocation: Invocation) -> list[Workflow]:
        """The workflows that run an invocation: those whose list it is in, or which invoke its job group."""
        if not invocation.workflows[0].is_group:
            return invocation.workflows
        return [w for group in invocation.workflows for w in self._callers_of_groups.get(group.name, ())]

    @cached_property
    def _callers_of_groups(self) -> dict[str, list[Workflow]]:
        groups = {group.name: group for each in self._family for group in each.groups}
        callers: dict[str, list[Workflow]] = {}
        for workflow in self.all_workflows():
            waiting = [invocation.name for invocation in workflow.invocations]
            while waiting:
                name = waiting.pop()
                if name in groups and workflow not in callers.setdefault(name, []):
                    callers[name].append(workflow)
                    waiting.extend(invocation.name for invocation in groups[name].invocations)
        return callers

    def pipeline_values(self, name: str) -> tuple[str, ...] | None:
        """What a pipeline parameter is by default, or may be by its enumeration."""
        for each in self._family:
            if parameter := each.pipeline_parameters.get(name):
                default = text_of(parameter.default)
                return parameter.enum or ((default,) if default is not None else None)
        return None


def is_version_2(file: Declarations) -> bool:
    """Whether `<<` is text and no template, as before version 2.1 (docs: reusing-config)."""
    return file.version in ("2", "2.0")
