"""Where jobs are invoked: workflows, job groups, and the invocations in their lists.

An invocation is a name or a mapping of one key (docs: configuration-reference, `jobs` of a workflow). Only there can
a context be given. A job group's invocation takes none: the jobs inside the group do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import prod

from migrator.circleci.definitions import runs_something
from migrator.circleci.lookup import key_of
from migrator.circleci.parameters import text_of, texts_of
from migrator.circleci.trees import ConfigTree
from migrator.tree import Entry, Mapping, Node, Sequence, Text, resolve


class Workflow:
    """A workflow or a job group. `invocations` of two that share one list by an alias are the same objects."""

    __slots__ = ("body", "invocations", "is_group", "name", "scheduled", "tree")

    def __init__(self, tree: ConfigTree, name: str, body: Mapping, *, is_group: bool) -> None:
        self.tree = tree
        self.name = name
        self.body = body
        self.is_group = is_group
        self.scheduled = not is_group and _is_scheduled(tree, body)
        self.invocations: list[Invocation] = []

    def __repr__(self) -> str:
        return f"Workflow({self.name!r})"


class Invocation:
    """One item of a workflow's `jobs`.

    `item` is what is in the list (an alias where it is one), `entry` the one entry of a mapping, `body` its
    value if that is a mapping. `workflows` are all that hold the list.
    """

    __slots__ = ("body", "entry", "item", "name", "tree", "workflows")

    def __init__(self, workflows: list[Workflow], name: str, item: Node, entry: Entry | None, tree: ConfigTree) -> None:
        self.tree = tree
        self.name = name
        self.item = item
        self.entry = entry
        value = resolve(entry.value) if entry is not None else None
        self.body = value if isinstance(value, Mapping) else None
        self.workflows = workflows

    @property
    def runs_a_job(self) -> bool:
        return self.body is None or runs_something(self.tree.lookup, self.body)

    @property
    def overridden_with(self) -> str | None:
        """The orb's job that takes the place of the local one."""
        text = self.tree.lookup.text(self.body, "override-with") if self.body else None
        return text.value if text else None

    def argument(self, name: str) -> Node | None:
        """The value given for a parameter, aliases resolved; not one of a matrix."""
        return self.tree.lookup.get(self.body, name) if self.body else None

    def matrix_values(self, name: str) -> tuple[str, ...] | None:
        """The values that a matrix gives a parameter; `None` if it gives none, or none that can be read."""
        values = self._matrix_parameter(name)
        texts = texts_of(values) if values is not None else None
        excluded = self._excluded(name) if texts else ()
        return tuple(text for text in texts if text not in excluded) if texts and excluded else texts

    def passed(self, name: str) -> Iterator[Node]:
        """The values that are given for a parameter, aliases resolved, those of a matrix one by one."""
        argument = self.argument(name)
        if argument is not None:
            yield argument
        elif isinstance(values := self._matrix_parameter(name), Sequence):
            excluded = self._excluded(name)
            yield from (resolve(item) for item in values.items if not excluded or text_of(item) not in excluded)

    def is_given(self, name: str) -> bool:
        """Whether a value is given for a parameter at all, readable or not."""
        return self.body is not None and (
            self.tree.lookup.entry(self.body, name) is not None or self._matrix_parameter(name) is not None
        )

    def matrix_parameters(self) -> Mapping | None:
        matrix = self.argument("matrix")
        return self.tree.lookup.mapping(matrix, "parameters") if isinstance(matrix, Mapping) else None

    def _matrix_parameter(self, name: str) -> Node | None:
        parameters = self.matrix_parameters()
        return self.tree.lookup.get(parameters, name) if parameters else None

    def _excluded(self, name: str) -> Collection[str]:
        """The values of a parameter that the matrix excludes in combination with all values of the others."""
        lookup, matrix, parameters = self.tree.lookup, self.argument("matrix"), self.matrix_parameters()
        exclude = lookup.sequence(matrix, "exclude") if isinstance(matrix, Mapping) else None
        if exclude is None or parameters is None:
            return ()
        lists = {key_of(entry): set(texts_of(entry.value) or ()) for entry in lookup.entries(parameters)}
        seen: dict[str, set[frozenset[tuple[str | None, str | None]]]] = {}
        for item in map(resolve, exclude.items):
            pairs = {key_of(e): text_of(e.value) for e in lookup.entries(item)} if isinstance(item, Mapping) else {}
            # The docs show whole combinations only (configuration-reference, `matrix`).
            if pairs.keys() == lists.keys() and all(text in lists[key] for key, text in pairs.items()):
                seen.setdefault(pairs[name] or "", set()).add(frozenset(pairs.items()))
        others = prod(len(texts) for key, texts in lists.items() if key != name)
        return [value for value, combinations in seen.items() if len(combinations) == others]

    def __repr__(self) -> str:
        return f"Invocation({self.name!r})"


def read_workflows(tree: ConfigTree, named: list[tuple[str, Mapping]], *, groups: bool) -> list[Workflow]:
    lists: dict[int, tuple[list[Workflow], list[Invocation]]] = {}
    workflows = []
    for name, body in named:
        workflow = Workflow(tree, name, body, is_group=groups)
        workflows.append(workflow)
        jobs = tree.lookup.sequence(body, "jobs")
        if jobs is None:
            continue
        if id(jobs) not in lists:
            holders: list[Workflow] = []
            lists[id(jobs)] = holders, _invocations(tree, jobs, holders)
        holders, workflow.invocations = lists[id(jobs)]
        holders.append(workflow)
    return workflows


def _invocations(tree: ConfigTree, jobs: Sequence, workflows: list[Workflow]) -> list[Invocation]:
    found = []
    for item in jobs.items:
        node = resolve(item)
        if isinstance(node, Text):
            if not node.is_null:
                found.append(Invocation(workflows, node.value, item, None, tree))
        elif isinstance(node, Mapping):
            entries = tree.lookup.entries(node)
            name = key_of(entries[0]) if len(entries) == 1 else None
            if name is not None:
                found.append(Invocation(workflows, name, item, entries[0], tree))
    return found


def _is_scheduled(tree: ConfigTree, body: Mapping) -> bool:
    triggers = tree.lookup.sequence(body, "triggers")
    for item in triggers.items if triggers else ():
        trigger = resolve(item)
        if isinstance(trigger, Mapping) and tree.lookup.entry(trigger, "schedule"):
            return True
    return False
