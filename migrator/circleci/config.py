"""A configuration as CircleCI sees it, over the tree of one file: the door to all typed views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from migrator.circleci.calls import Calls
from migrator.circleci.credentials.contexts import ContextPlan
from migrator.circleci.definitions import Command, Definitions, Executor, Job, Orb
from migrator.circleci.images import AUTH_KEYS, Image, Images, Unclear
from migrator.circleci.kinds import SECTIONS, Kind, Source, source_of
from migrator.circleci.lookup import Lookup
from migrator.circleci.parameters import Parameter, declared, text_of
from migrator.circleci.secrets.values import may_hold_tokens
from migrator.circleci.steps import StepList, read_steps
from migrator.circleci.uses import Uses
from migrator.circleci.workflows import Invocation, Workflow, read_workflows
from migrator.startup.patterns import lazy
from migrator.startup.records import cached_property
from migrator.tree import Mapping, Node, Opaque, Parents, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.computed import Hidden, Invoker

_BY_NUMBER: Final = lazy(r"\\[xuU]")
_SECTIONS: Final = frozenset({*SECTIONS, "version", "setup", "parameters", "functions", "display", "examples"})


class Config:
    """The views of one file. Each is built on the first question.

    `path` tells a fragment of a packed tree from a whole config; `siblings` are the other files of that tree, whose
    definitions are looked up and never edited. `whole` is the tree of the file where the config is a part of it, as in
    a script; `computed` says that code has a hand in what the tree means, `unseen` is what puts lines into the text
    that are not in the tree, `processes` are the commands that a script itself runs, `shared` its constants, and
    `alone` tells a part that no config of the file certainly holds. `text` is the file's, for a quick look whether a
    view is worth building. What is named `all_...` spans the tree, the rest is of this file.
    """

    def __init__(
        self,
        root: Node,
        path: str = "",
        siblings: Iterable[Config] = (),
        whole: Node | None = None,
        *,
        computed: bool = False,
        unseen: Iterable[Opaque] = (),
        processes: Iterable[tuple[Node, Node | None, bool]] = (),
        shared: Iterable[Node] = (),
        alone: bool = False,
        text: str | None = None,
    ) -> None:
        self.root = root
        self._text = text
        self._whole = root if whole is None else whole
        self._computed = computed
        self.unseen = tuple(unseen)
        self.processes = tuple(processes)
        self._shared = tuple(shared)
        self.alone = alone
        self.path = path
        self.siblings = tuple(siblings)
        self.lookup = Lookup()
        self.leaves_alone: Callable[[str, Node], bool] = _never
        """Whether a comment has a rule, by its id, leave a node alone: what it would do there is not done."""

    def close(self) -> None:
        """Let go of the views, which hold one another and with them the tree. Nothing more can be asked then.

        Over many files this leaves the garbage collector little to look for: a tenth of the time.
        """
        known = self.__dict__
        for image in known["_images"].found if "_images" in known else ():
            image.lists.clear()
        for workflow in (*known.get("workflows", ()), *known.get("groups", ())):
            workflow.invocations.clear()
        for steps in known.get("step_lists", ()):
            steps.items.clear()
        known.clear()

    def may_mention(self, *words: str) -> bool:
        """Whether any of the words may stand in the file: a quick look at its text before a view is built."""
        text = self._text
        return text is None or self._is_escaped or any(word in text for word in words)

    @cached_property
    def _is_escaped(self) -> bool:
        """Whether words may be spelt with the numbers of their characters."""
        return self._text is not None and _BY_NUMBER.search(self._text) is not None

    @cached_property
    def may_hold_tokens(self) -> bool:
        """Whether a token of a known shape may stand in the file."""
        return self._text is None or self._is_escaped or may_hold_tokens(self._text)

    @cached_property
    def source(self) -> Source:
        return source_of(self.root, self.path)

    @cached_property
    def uses(self) -> Uses:
        return Uses(self._whole)

    @cached_property
    def parents(self) -> Parents:
        return Parents(self._whole)

    @cached_property
    def _definitions(self) -> Definitions:
        return Definitions(self, self.source)

    @property
    def top(self) -> Mapping | None:
        """The mapping at the top of a whole config."""
        root = resolve(self.root)
        return root if isinstance(root, Mapping) and self.source.kind is Kind.CONFIG else None

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
        return any(config._definitions.is_orb_source for config in self._family)

    @property
    def is_packed(self) -> bool:
        """A part of a tree of files that are packed into one config."""
        return bool(self.siblings) or self.source.kind in (Kind.SECTION, Kind.DEFINITION)

    @property
    def _family(self) -> tuple[Config, ...]:
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
        return read_workflows(self, self._definitions.workflows, groups=False)

    @cached_property
    def groups(self) -> list[Workflow]:
        """Job groups: lists of invocations that workflows invoke under one name."""
        return read_workflows(self, self._definitions.groups, groups=True)

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
        return {name: job for config in reversed(self._family) for name, job in config.jobs.items()}

    @cached_property
    def all_executors(self) -> dict[str, Executor]:
        return {name: executor for config in reversed(self._family) for name, executor in config.executors.items()}

    @cached_property
    def all_commands(self) -> dict[str, Command]:
        return {name: command for config in reversed(self._family) for name, command in config.commands.items()}

    def all_workflows(self) -> Iterator[Workflow]:
        return chain.from_iterable(config.workflows for config in self._family)

    def all_invocations(self) -> Iterator[Invocation]:
        return chain.from_iterable(config.invocations for config in self._family)

    @cached_property
    def has_workflows(self) -> bool:
        return any(config.workflows or config.groups for config in self._family)

    @cached_property
    def lacks_workflows(self) -> bool:
        """Whether it is a part of a config whose workflows are in files that are not here."""
        return not self.has_workflows and (self.is_packed or not self.version)

    @cached_property
    def is_invoked_elsewhere(self) -> bool:
        """Whether files that are not here may invoke its jobs, with whatever values for their parameters."""
        return self.is_orb_source or self.lacks_workflows

    @cached_property
    def calls(self) -> Calls:
        return Calls(self)

    @cached_property
    def _images(self) -> Images:
        return Images(self, chain(self.jobs.values(), self.executors.values()))

    @property
    def images(self) -> list[Image]:
        """Every image of this file's jobs and executors, each once, also where aliases share it."""
        return self._images.found

    @cached_property
    def anchored_fragments(self) -> list[Node]:
        """Anchored nodes where credentials are kept: outside the sections of a config, and as `auth` of an image."""
        found: dict[int, Node] = {id(node): node for node in self._shared}
        for entry in self.top.entries if self.top else ():
            if entry.name not in _SECTIONS:
                found.update((id(node), node) for node in walk(entry.value) if node.anchor is not None)
        for image in self.images:
            for entry in image.item.entries if image.auth is not None or image.merges else ():
                if entry.is_merge or entry.name in AUTH_KEYS:
                    node = resolve(entry.value)
                    if node.anchor is not None:
                        found[id(node)] = node
        return sorted(found.values(), key=lambda node: node.start)

    @property
    def unclear_images(self) -> list[Unclear]:
        """Where merge keys disagree on `docker` or `image`, so that there is no telling what is pulled."""
        return self._images.unclear

    @cached_property
    def hidden_images(self) -> list[Hidden]:
        """Where a script or a template computes images, or jobs that may have some."""
        if not self._computed:
            return []
        from migrator.circleci.computed import hidden_images

        return list(hidden_images(self))

    @cached_property
    def computed_invocations(self) -> list[Invoker]:
        """What invokes jobs that only running a script, or rendering a template, would tell."""
        if not self._computed:
            return []
        from migrator.circleci.computed import computed_invocations

        return computed_invocations(self)

    def unseen_invocations(self, runner: Job | Executor) -> list[str]:
        """What may invoke a job, or jobs of an executor, without a name that can be read; each in words."""
        if not self._computed:
            return []
        from migrator.circleci.computed import unseen_invocations

        return list(dict.fromkeys(unseen_invocations(self, runner)))

    def image_of(self, item: Mapping) -> Image | None:
        """The image whose item of a `docker` list this is."""
        return self._images.by_item.get(id(item))

    @cached_property
    def step_lists(self) -> list[StepList]:
        return read_steps(self)

    def workflows_of(self, invocation: Invocation) -> list[Workflow]:
        """The workflows that run an invocation: those whose list it stands in, or which invoke its job group."""
        if not invocation.workflows[0].is_group:
            return invocation.workflows
        return [w for group in invocation.workflows for w in self._callers_of_groups.get(group.name, ())]

    @cached_property
    def _callers_of_groups(self) -> dict[str, list[Workflow]]:
        groups = {group.name: group for config in self._family for group in config.groups}
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
        for config in self._family:
            if parameter := config.pipeline_parameters.get(name):
                default = text_of(parameter.default)
                return parameter.enum or ((default,) if default is not None else None)
        return None

    def plan_contexts(self, needs: dict[str, list[Invocation]]) -> ContextPlan:
        """How contexts are given to invocations; `needs` are all of this file that need one, by its name."""
        return ContextPlan(self, needs)


def _never(_rule_id: str, _node: Node) -> bool:
    return False
