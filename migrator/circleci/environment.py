"""Variables that a config sets: for the steps of jobs and executors, for single steps, and for containers.

`environment` is a mapping, a list of `KEY=value` and of mappings, or one such text (the published schema says so, and
public configs have all of them). Its values are literals: CircleCI expands nothing in them but `<< >>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.changes import Change, RemoveEntry, RemoveItem
from migrator.circleci.definitions import Runner
from migrator.circleci.kinds import SECTIONS
from migrator.circleci.lookup import Found, Lookup, key_of, merged_by
from migrator.circleci.steps import Step
from migrator.tree import Alias, Entry, Mapping, Node, Sequence, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_SHOWN: Final = 5


class Reader(Enum):
    """Who is given an environment."""

    JOB = "job"
    EXECUTOR = "executor"
    STEP = "step"
    CONTAINER = "container"


class Place(NamedTuple):
    """An `environment` of somebody: `owner` is the mapping that holds its `entry`, `label` names the reader."""

    reader: Reader
    label: str
    owner: Mapping
    entry: Entry


class Variable:
    """A variable where it is set, once however many environments share it.

    `holder` is the mapping or the list that it is in, or the mapping that holds an `environment` of one text;
    `member` is what to remove there. `value` is empty where it is no text: a number, or what code works out.
    """

    __slots__ = ("holder", "member", "name", "node", "places", "value")

    def __init__(self, name: str, value: str, node: Node, holder: Mapping | Sequence, member: Entry | Node) -> None:
        self.name = name
        self.value = value
        self.node = node
        self.holder = holder
        self.member = member
        self.places: list[Place] = []

    @property
    def readers(self) -> set[Reader]:
        return {place.reader for place in self.places}

    @property
    def anchor(self) -> str | None:
        """The anchor that brings the value from elsewhere, where it stays when the variable goes."""
        node = self.member.value if isinstance(self.member, Entry) else self.member
        return node.name if isinstance(node, Alias) else None

    def __repr__(self) -> str:
        return f"Variable({self.name!r})"


def read_variables(config: Config) -> list[Variable]:
    """Every variable that this file sets, in the order of its places."""
    known: dict[tuple[int, int], Variable] = {}
    if not config.may_mention("environment"):
        return []
    for place in _places(config):
        for variable in _variables(config.lookup, place):
            key = (id(variable.holder), id(variable.member))
            variable = known.setdefault(key, variable)
            if place not in variable.places:
                variable.places.append(place)
    return list(known.values())


def names_set_by(runner: Runner) -> frozenset[str]:
    """The names of the variables that a job or an executor sets for its steps."""
    lookup = runner.tree.lookup
    found = lookup.find(runner.body, "environment")
    if found is None:
        return frozenset()
    place = Place(Reader.JOB, runner.name, found.owner, found.entry)
    return frozenset(variable.name for variable in _variables(lookup, place))


def _places(config: Config) -> Iterator[Place]:
    lookup = config.lookup
    for runner in (*config.jobs.values(), *config.executors.values()):
        if found := lookup.find(runner.body, "environment"):
            reader = Reader.JOB if runner.kind == "job" else Reader.EXECUTOR
            yield Place(reader, f"{runner.kind} `{runner.name}`", found.owner, found.entry)
    for image in config.images:
        if found := lookup.find(image.item, "environment"):
            label = f"container `{image.text.value.strip()}`"
            yield Place(Reader.CONTAINER, label, found.owner, found.entry)
    for steps in config.step_lists:
        for step in steps.items:
            if found := _of_step(lookup, step):
                owner = steps.owners[0]
                yield Place(Reader.STEP, f"a step of `{owner.name}`", found.owner, found.entry)


def _of_step(lookup: Lookup, step: Step) -> Found | None:
    if step.name not in ("run", "deploy") or not isinstance(step.value, Mapping):
        return None
    return lookup.find(step.value, "environment")


def _variables(lookup: Lookup, place: Place) -> Iterator[Variable]:
    value = resolve(place.entry.value)
    if isinstance(value, Mapping):
        yield from _of_mapping(lookup, value)
    elif isinstance(value, Sequence):
        for item in value.items:
            node = resolve(item)
            if isinstance(node, Text):
                yield from _of_text(node, item, value, item)
            elif isinstance(node, Mapping) and len(node.entries) == 1 and node is item:
                for variable in _of_mapping(lookup, node):
                    variable.holder, variable.member = value, item
                    yield variable
            elif isinstance(node, Mapping):
                yield from _of_mapping(lookup, node)
    elif isinstance(value, Text):
        yield from _of_text(value, place.entry.key, place.owner, place.entry)


def _of_mapping(lookup: Lookup, mapping: Mapping) -> Iterator[Variable]:
    merges = lookup.has_merge(mapping)
    for entry in lookup.entries(mapping):
        name, value = key_of(entry), resolve(entry.value)
        if name is None or isinstance(value, Mapping | Sequence) or (isinstance(value, Text) and value.is_null):
            continue
        found = lookup.find(mapping, name) if merges else None
        if not merges or (found is not None and found.entry is entry):
            literal = value.value if isinstance(value, Text) and value.type == "str" else ""
            yield Variable(name, literal, entry.key, found.owner if found else mapping, entry)


def _of_text(text: Text, node: Node, holder: Mapping | Sequence, member: Entry | Node) -> Iterator[Variable]:
    name, equals, value = text.value.partition("=")
    if equals and name.replace("_", "a").isalnum():
        yield Variable(name, value, node, holder, member)


class Removal(NamedTuple):
    """How to remove a variable; `problem` says why there is no way, it is empty where there is one."""

    changes: tuple[Change, ...] = ()
    problem: str = ""


def removal_of(config: Config, variable: Variable) -> Removal:
    """Remove a variable for all who read it; an `environment` with nothing else in it goes with its key."""
    if Reader.CONTAINER in variable.readers:
        return Removal(problem="it is shared with a container, which gets variables only from here")
    holder, member = variable.holder, variable.member
    if _is_held_elsewhere(config, member):
        return Removal(problem="it contains an anchor that is used elsewhere")
    is_whole = any(member is place.entry for place in variable.places)
    if not is_whole and not all(_is_environment(config, node) for node in _around(config, holder)):
        return Removal(problem="its `environment` is shared, by an anchor, with something else")
    for place in variable.places:
        alone = place.entry.value is holder and len(_members(holder)) == 1
        if alone and not config.uses.aliases(holder) and len(place.owner.entries) > 1:
            return Removal((RemoveEntry(place.owner, place.entry),))
    if isinstance(member, Entry):
        assert isinstance(holder, Mapping)
        return Removal((RemoveEntry(holder, member),))
    assert isinstance(holder, Sequence)
    return Removal((RemoveItem(holder, member),))


def differing(secrets: Iterable[Variable]) -> dict[str, str]:
    """What to say of each name that has several values, all of them secret, where a variable of the project has one."""
    real: dict[str, dict[str, str]] = {}
    for variable in secrets:
        if variable.readers != {Reader.CONTAINER}:
            real.setdefault(variable.name, {}).setdefault(variable.value, variable.places[0].label)
    told = {}
    for name, places in real.items():
        if len(places) > 1:
            more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
            shown = ", ".join(list(places.values())[:_SHOWN]) + more
            told[name] = f"`{name}` has different values, but would have one: {shown}"
    return told


def _members(holder: Mapping | Sequence) -> list[Entry] | list[Node]:
    return holder.entries if isinstance(holder, Mapping) else holder.items


def _is_held_elsewhere(config: Config, member: Entry | Node) -> bool:
    roots = (member.key, member.value) if isinstance(member, Entry) else (member,)
    anchored = [node for root in roots for node in walk(root) if node.anchor is not None]
    return any(config.uses.aliases(node) for node in anchored)


def _around(config: Config, holder: Node) -> Iterator[Node]:
    """The holder, and the list that an item with several variables is in."""
    yield holder
    parent = config.parents.parent(holder)
    if isinstance(parent, Sequence):
        yield parent


def _is_environment(config: Config, node: Node) -> bool:
    """Whether a node is an `environment` or a part of one, where it is and wherever an anchor takes it."""
    path = config.parents.path(node)
    if "environment" not in path[-2:] and set(path[:1]) & set(SECTIONS):
        return False
    for alias in config.uses.aliases(node) if node.anchor is not None else ():
        entry = config.parents.entry(alias)
        if entry is None:
            parent = config.parents.parent(alias)
            entry = config.parents.entry(parent) if isinstance(parent, Sequence) else None
            if entry is None or not (entry.is_merge and node in merged_by(entry)):
                return False
        elif not entry.is_merge and key_of(entry) != "environment":
            return False
    return node.anchor is None or all(_is_environment(config, user) for user in config.uses.mergers(node))
