"""A configuration as CircleCI sees it, over the tree of one file: the door to all typed views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

from migrator.circleci.calls import Calls
from migrator.circleci.declarations import Declarations
from migrator.circleci.definitions import Definition, Executor, Job
from migrator.circleci.images import AUTH_KEYS, DockerList, Image, Images, Unclear
from migrator.circleci.kinds import SECTIONS
from migrator.circleci.steps import StepList, read_steps
from migrator.circleci.trees import ConfigTree
from migrator.circleci.workflows import Invocation, Workflow
from migrator.parts import Part
from migrator.startup.records import cached_property
from migrator.tree import Mapping, Node, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.computed import Hidden, Invoker

T = TypeVar("T")

_SECTIONS: Final = frozenset({*SECTIONS, "version", "setup", "parameters", "functions", "display", "examples"})

LeavesAlone: TypeAlias = Callable[[str, Node], bool]
"""Whether a comment has a rule, by its id, leave a node alone: what it would do there is not done."""


Makes: TypeAlias = Callable[[str, Node, str, bool], bool]
"""Whether a fix is made, whatever is decided about others: asked with its rule's id, the node and the subject of its
finding, and whether it waits for a person."""


def _never(_rule_id: str, _node: Node) -> bool:
    return False


def _unless_it_waits(_rule_id: str, _node: Node, _subject: str, waits: bool) -> bool:
    return not waits


class Config(Declarations):
    """The views of one file, or of one part of it. Each is built on the first question.

    What the file declares by name is in `Declarations`. `siblings` are the other files of a packed tree, the
    fragments beside it, and the other parts of a script that may belong together.
    """

    siblings: tuple[Config, ...]

    def __init__(
        self,
        part: Part,
        path: str = "",
        siblings: Iterable[Config] = (),
        leaves_alone: LeavesAlone = _never,
        makes: Makes = _unless_it_waits,
    ) -> None:
        super().__init__(ConfigTree(part, path), siblings)
        self.leaves_alone = leaves_alone
        self._makes = makes
        self._known: dict[Callable[[Config], object], object] = {}

    @classmethod
    def of_parts(
        cls,
        parts: Sequence[Part],
        path: str,
        siblings: Iterable[Config] = (),
        leaves_alone: LeavesAlone = _never,
        makes: Makes = _unless_it_waits,
    ) -> list[Config]:
        """The configs of one document: whole ones, then the parts that stand alone, which are siblings of those and of
        one another."""
        others = tuple(siblings)
        found = [cls(part, path, others, leaves_alone, makes) for part in parts]
        wholes = [config for config in found if not config.part.section]
        alone = [config for config in found if config.part.section]
        for config in wholes if alone else ():
            config.siblings = (*others, *alone)
        for config in alone:
            config.siblings = (*others, *wholes, *(other for other in alone if other is not config))
        return found

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

    def is_made(self, rule_id: str, node: Node, subject: str = "", *, waits: bool = False) -> bool:
        """Whether the fix that a rule proposes at a node is made, whatever is decided about the others of the file.

        Where it is not certain, other fixes must be right with and without it. `waits`: a person has to accept it.
        """
        return self._makes(rule_id, node, subject, waits) and not self.leaves_alone(rule_id, node)

    def once(self, read: Callable[[Config], T]) -> T:
        """What `read` says of this config, asked once: for views of the rooms above, which several ask for."""
        if read not in self._known:
            self._known[read] = read(self)
        return cast("T", self._known[read])

    def may_mention(self, *words: str) -> bool:
        """Whether any of the words may be in the file: a quick look at its text before a view is built."""
        return self.tree.may_hold(lambda text: any(word in text for word in words))

    def holds(self, view: Definition | Workflow | Invocation) -> bool:
        """Whether a view is of this file, and of no other of its packed tree."""
        return view.tree is self.tree

    def home_of(self, view: Definition | Workflow | Invocation) -> Config:
        """This config, or the sibling that a view is of."""
        return next(config for config in (self, *self.siblings) if config.holds(view))

    @cached_property
    def calls(self) -> Calls:
        return Calls(self)

    @cached_property
    def _images(self) -> Images:
        return Images(self.lookup, chain(self.jobs.values(), self.executors.values()))

    @property
    def images(self) -> list[Image]:
        """Every image of this file's jobs and executors, each once, also where aliases share it."""
        return self._images.found

    @property
    def unclear_images(self) -> list[Unclear]:
        """Where merge keys disagree on `docker` or `image`, so that there is no telling what is pulled."""
        return self._images.unclear

    @property
    def docker_lists(self) -> list[DockerList]:
        """Every `docker` list of this file's jobs and executors, each once."""
        return self._images.lists

    def image_of(self, item: Mapping) -> Image | None:
        """The image whose item of a `docker` list this is."""
        return self._images.by_item.get(id(item))

    @cached_property
    def step_lists(self) -> list[StepList]:
        return read_steps(self)

    @cached_property
    def anchored_fragments(self) -> list[Node]:
        """Anchored nodes where credentials are kept: outside the sections of a config, and as `auth` of an image."""
        found: dict[int, Node] = {id(node): node for node in self.part.shared}
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

    @cached_property
    def hidden_images(self) -> list[Hidden]:
        """Where a script or a template computes images, or jobs that may have some."""
        if not self.part.computed:
            return []
        from migrator.circleci.computed import hidden_images

        return list(hidden_images(self))

    @cached_property
    def computed_invocations(self) -> list[Invoker]:
        """What invokes jobs that only running a script, or rendering a template, would say."""
        if not self.part.computed:
            return []
        from migrator.circleci.computed import computed_invocations

        return computed_invocations(self)

    def unseen_invocations(self, runner: Job | Executor) -> list[str]:
        """What may invoke a job, or jobs of an executor, without a name that can be read; each in words."""
        if not any(each.part.computed for each in (self, *self.siblings)):
            return []
        from migrator.circleci.computed import unseen_invocations

        family = [(each, each.computed_invocations) for each in (self, *self.siblings)]
        return list(dict.fromkeys(unseen_invocations(runner, self.calls, family)))
