"""A second opinion on every change: PyYAML reads the text, and the change is made on what it read.

Nothing here comes from `migrator.documents` or `migrator.engine.verify`; the tree that they read is only walked beside
PyYAML's, to learn which of its values a change is about.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from migrator.changes import (
    AddEntry,
    AddItem,
    Change,
    RemoveEntry,
    RemoveItem,
    RenameKey,
    ReplaceValue,
    SetText,
    Value,
    WrapAsMapping,
    WrapAsSequence,
)
from migrator.tree import Mapping, Node, Sequence


@dataclass(eq=False)
class Seen:
    """A value as PyYAML saw it. `inside` are items, or keys and values in turn; an alias is inside itself."""

    kind: str
    text: str = ""
    tag: str | None = None
    anchor: str | None = None
    inside: list[Seen] = field(default_factory=list)


def see(text: str) -> Seen:
    events = iter(list(yaml.parse(text, Loader=yaml.CSafeLoader)))
    anchors: dict[str, Seen] = {}

    def value(event: yaml.Event) -> Seen:
        if isinstance(event, yaml.AliasEvent):
            name = event.anchor or ""
            return Seen("alias", name, inside=[anchors[name]])
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        seen = Seen("text", tag=event.tag, anchor=event.anchor)
        if event.anchor:
            anchors[event.anchor] = seen
        if isinstance(event, yaml.ScalarEvent):
            seen.text = event.value
            if event.tag in (None, "!"):
                seen.tag = type_of(event.value) if event.implicit[0] and not event.style else "str"
            return seen
        seen.kind = "list" if isinstance(event, yaml.SequenceStartEvent) else "map"
        while not isinstance(inner := next(events), yaml.CollectionEndEvent):
            seen.inside.append(value(inner))
        return seen

    root = Seen("text", tag="null")
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            root = value(event)
    return root


def type_of(text: str) -> str:
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in [*resolvers.get(text[:1], []), *resolvers.get(None, [])]:
        if pattern.match(text):
            return str(tag.rpartition(":")[2])
    return "str"


def flat(root: Seen) -> list[tuple[object, ...]]:
    """Everything in order. An alias is told by the number of what it stands for."""
    numbers: dict[int, int] = {}
    told: list[tuple[object, ...]] = []

    def tell(seen: Seen) -> None:
        if seen.kind == "alias":
            told.append(("alias", numbers.get(id(seen.inside[0]))))
            return
        numbers[id(seen)] = len(told)
        told.append((seen.kind, seen.text, seen.tag, seen.anchor, len(seen.inside)))
        for inner in seen.inside:
            tell(inner)

    tell(root)
    return told


def wanted(text: str, root: Node, changes: list[Change]) -> list[tuple[object, ...]]:
    """What PyYAML should see once the changes are made. They must be about different values, or one collection."""
    seen = see(text)
    pairs: dict[int, Seen] = {}
    _pair(root, seen, pairs)
    # From the end, so that indexes and earlier additions stay what they are; what goes is a place to add at until then.
    order = changes[::-1]
    order.sort(key=_rank)
    for change in order:
        _make(change, pairs)
    return flat(seen)


def _rank(change: Change) -> int:
    return 1 if isinstance(change, RemoveEntry | RemoveItem) else -change.index if isinstance(change, AddItem) else 0


def _pair(node: Node, seen: Seen, pairs: dict[int, Seen]) -> None:
    pairs[id(node)] = seen
    inner: list[Node] = []
    if isinstance(node, Mapping):
        inner = [each for entry in node.entries for each in (entry.key, entry.value)]
    elif isinstance(node, Sequence):
        inner = node.items
    for one, other in zip(inner, seen.inside if inner else [], strict=True):
        _pair(one, other, pairs)


def _new(value: Value) -> Seen:
    if isinstance(value, str):
        return Seen("text", value, "str")
    if isinstance(value, list):
        return Seen("list", inside=[_new(item) for item in value])
    assert isinstance(value, dict)
    return Seen("map", inside=[_new(each) for name, item in value.items() for each in (name, item)])


def _become(seen: Seen, other: Seen, anchor: str | None) -> None:
    seen.kind, seen.text, seen.tag, seen.anchor, seen.inside = other.kind, other.text, other.tag, anchor, other.inside


def _wrap(seen: Seen, outer: Seen, pairs: dict[int, Seen]) -> None:
    """Put a copy of a value into another that takes its place; aliases of the value follow it inside."""
    copy = Seen(seen.kind, seen.text, seen.tag, seen.anchor, seen.inside)
    for each in pairs.values():
        if each.kind == "alias" and each.inside[0] is seen:
            each.inside = [copy]
    outer.inside.insert(0, copy)
    _become(seen, outer, None)


def _make(change: Change, pairs: dict[int, Seen]) -> None:
    match change:
        case SetText(node, text):
            pairs[id(node)].text = text
        case RenameKey(_, entry, name):
            pairs[id(entry.key)].text = name
        case AddEntry(mapping, name, value, after):
            inside = pairs[id(mapping)].inside
            at = inside.index(pairs[id(after.value)]) + 1 if after else 0
            inside[at:at] = [_new(name), _new(value)]
        case AddItem(sequence, index, value):
            pairs[id(sequence)].inside.insert(index, _new(value))
        case RemoveEntry(mapping, entry):
            inside = pairs[id(mapping)].inside
            inside.remove(pairs[id(entry.key)])
            inside.remove(pairs[id(entry.value)])
        case RemoveItem(sequence, item):
            pairs[id(sequence)].inside.remove(pairs[id(item)])
        case ReplaceValue(node, value):
            _become(pairs[id(node)], _new(value), pairs[id(node)].anchor)
        case WrapAsMapping(node, value):
            _wrap(pairs[id(node)], Seen("map", inside=[_new(value)]), pairs)
        case WrapAsSequence(node, values):
            _wrap(pairs[id(node)], Seen("list", inside=[_new(value) for value in values]), pairs)
