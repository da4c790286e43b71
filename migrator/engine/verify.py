"""The proof of an edit: the old tree with its changes must equal the tree of the new text.

Both trees stay unexpanded; an alias must stand for the partner of what it stood for, a merge key likewise. So equal
here means equal with all aliases and merges resolved, in time linear in the text, however often a node is shared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from migrator.changes import (
    AddEntry,
    AddItem,
    Anchored,
    Change,
    Plain,
    Reference,
    RemoveEntry,
    RemoveItem,
    RenameKey,
    ReplaceValue,
    SetText,
    Value,
    Variable,
    WrapAsMapping,
    WrapAsSequence,
)
from migrator.errors import VerifyError
from migrator.startup.records import field, record
from migrator.tree import STR, Alias, Entry, Mapping, Node, Opaque, Parents, Text, plain_type, resolve
from migrator.tree import Sequence as SequenceNode


@record(frozen=False)
class _Plan:
    """What the changes make of one node."""

    text: str | None = None
    value: Value | None = None
    body: Value | None = None
    more: tuple[Value, ...] | None = None
    removed: set[int] = field(default_factory=set)
    entries: list[AddEntry] = field(default_factory=list)
    items: list[AddItem] = field(default_factory=list)


# A member of what a mapping or sequence should be: an old key or a new name, an old node or a new value.
_Wanted: TypeAlias = "Node | Value"


def verify(old: Node, changes: Iterable[Change], new: Node) -> None:
    """Raise `VerifyError` unless `new` is `old` with exactly these changes made."""
    try:
        _Comparison(changes).run(old, new)
    except _DifferenceError as difference:
        steps = Parents(new).path(difference.node)
        raise VerifyError(difference.message, "".join(f"/{step}" for step in steps) or "/") from None


class _DifferenceError(Exception):
    def __init__(self, message: str, node: Node) -> None:
        super().__init__(message)
        self.message = message
        self.node = node


class _Comparison:
    def __init__(self, changes: Iterable[Change]) -> None:
        self.plans: dict[int, _Plan] = defaultdict(_Plan)
        for change in changes:
            self._plan(change)
        self.partners: dict[int, Node] = {}
        self.aliases: list[tuple[Node, Alias]] = []
        self.waiting: list[tuple[_Wanted, Node]] = []

    def _plan(self, change: Change) -> None:
        match change:
            case SetText(node, value):
                self.plans[id(node)].text = value
            case ReplaceValue(node, replacement):
                self.plans[id(node)].value = replacement
            case WrapAsMapping(node, body):
                self.plans[id(node)].body = body
            case WrapAsSequence(node, values):
                self.plans[id(node)].more = values
            case RenameKey(_, entry, name):
                self.plans[id(entry.key)].text = name
            case RemoveEntry(mapping, entry):
                self.plans[id(mapping)].removed.add(id(entry))
            case AddEntry(mapping):
                self.plans[id(mapping)].entries.append(change)
            case RemoveItem(sequence, item):
                self.plans[id(sequence)].removed.add(id(item))
            case AddItem(sequence):
                self.plans[id(sequence)].items.append(change)

    def run(self, old: Node, new: Node) -> None:
        waiting, plans, partners, aliases = self.waiting, self.plans, self.partners, self.aliases
        waiting.append((old, new))
        unseen = set(plans)
        while waiting:
            wanted, node = waiting.pop()
            if (
                type(wanted) is Text  # with `is`: this meets every node of a changed file
                and type(node) is Text
                and wanted.value == node.value
                and wanted.kind == node.kind
                and wanted.anchor is node.anchor is wanted.tag is node.tag is None
                and id(wanted) not in plans
            ):
                partners[id(wanted)] = node
                continue  # four of five pairs
            if not isinstance(wanted, Node):
                self._value(wanted, node)
                continue
            if id(wanted) in plans:
                unseen.discard(id(wanted))
                self._planned(wanted, plans[id(wanted)], node)
                continue
            kind = type(wanted)
            if kind is not type(node) or wanted.anchor != node.anchor or wanted.tag != node.tag:
                raise _DifferenceError("is another kind of value, or lost its anchor or tag", node)
            partners[id(wanted)] = node
            if kind is Text:
                if wanted.value != node.value:  # type: ignore[attr-defined]
                    raise _DifferenceError("does not have the intended text", node)
                if wanted.kind != node.kind and wanted.type != node.type:  # type: ignore[attr-defined]
                    raise _DifferenceError(f"changes its type from {wanted.type} to {node.type}", node)  # type: ignore[attr-defined]
            elif kind is Mapping:
                before, after = wanted.entries, node.entries  # type: ignore[attr-defined]
                if len(before) != len(after):
                    raise _DifferenceError(f"has {len(after)} entries instead of {len(before)}", node)
                for one, other in zip(before, after, strict=True):
                    waiting.append((one.value, other.value))
                    waiting.append((one.key, other.key))
            elif kind is SequenceNode:
                items, others = wanted.items, node.items  # type: ignore[attr-defined]
                if len(items) != len(others):
                    raise _DifferenceError(f"has {len(others)} items instead of {len(items)}", node)
                waiting += zip(items, others, strict=True)
            elif kind is Alias:
                aliases.append((wanted.target, node))  # type: ignore[attr-defined, arg-type]
            elif wanted.why != node.why:  # type: ignore[attr-defined]
                raise _DifferenceError("is computed differently", node)
        for target, alias in aliases:
            if partners.get(id(target)) is not alias.target:
                raise _DifferenceError("refers to another anchor than before", alias)
        if unseen:
            raise _DifferenceError("lacks a change that was intended", new)

    def _planned(self, old: Node, plan: _Plan, node: Node) -> None:
        if plan.value is not None:
            if old.anchor != node.anchor:
                raise _DifferenceError("lost its anchor", node)
            self.partners[id(old)] = node
            self._value(plan.value, node, anchored=old.anchor is not None)
            return
        if plan.body is not None:
            mapping = _only_entry(node)
            self._unplanned(old, mapping.key)
            self.waiting.append((plan.body, mapping.value))
            return
        if plan.more is not None:
            if not isinstance(node, SequenceNode) or len(node.items) != len(plan.more) + 1:
                raise _DifferenceError("is not a list of the intended values", node)
            self._unplanned(old, node.items[0])
            self.waiting += [(value, item) for value, item in zip(plan.more, node.items[1:], strict=True)]
            return
        if type(old) is not type(node) or old.anchor != node.anchor or old.tag != node.tag:
            raise _DifferenceError("is another kind of value, or lost its anchor or tag", node)
        self.partners[id(old)] = node
        if isinstance(old, Text) and isinstance(node, Text):
            if node.value != plan.text:
                raise _DifferenceError("does not have the intended text", node)
            if (old.type == STR) != (node.type == STR):
                raise _DifferenceError(f"changes its type from {old.type} to {node.type}", node)
        elif isinstance(old, Mapping) and isinstance(node, Mapping):
            self._members(_wanted_entries(old, plan), node)
        elif isinstance(old, SequenceNode) and isinstance(node, SequenceNode):
            wanted = _wanted_items(old, plan)
            if len(wanted) != len(node.items):
                raise _DifferenceError(f"has {len(node.items)} items instead of {len(wanted)}", node)
            self.waiting += [(item, found) for item, found in zip(wanted, node.items, strict=True)]

    def _unplanned(self, old: Node, node: Node) -> None:
        plan = self.plans.pop(id(old))
        self.waiting.append((old, node))
        if plan.text is not None:
            self.plans[id(old)] = _Plan(text=plan.text)

    def _members(self, wanted: list[tuple[Node | str, _Wanted]], node: Mapping) -> None:
        if len(wanted) != len(node.entries):
            raise _DifferenceError(f"has {len(node.entries)} entries instead of {len(wanted)}", node)
        for (key, value), entry in zip(wanted, node.entries, strict=True):
            self.waiting.append((value, entry.value))
            self._key(key, entry)

    def _key(self, key: Node | str, entry: Entry) -> None:
        if isinstance(key, Node):
            self.waiting.append((key, entry.key))
            return
        found = resolve(entry.key)
        is_key = isinstance(found, Text) and found.value == key
        if not is_key or (key == "<<") != entry.is_merge or (key != "<<" and found.type != STR):  # type: ignore[attr-defined]
            raise _DifferenceError("does not have the intended key", entry.key)

    def _value(self, value: Value, node: Node, *, anchored: bool = False) -> None:
        if not isinstance(value, Anchored) and node.anchor is not None and not anchored:
            raise _DifferenceError("defines an anchor that was not intended", node)
        if node.tag is not None:
            raise _DifferenceError("has a tag that was not intended", node)
        match value:
            case str():
                if not isinstance(node, Text) or node.value != value or node.type != STR:
                    raise _DifferenceError("is not the intended text", node)
            case Plain(text):
                if not isinstance(node, Text) or node.value != text or node.type != plain_type(text):
                    raise _DifferenceError("is not the intended text", node)
            case Variable(name):
                as_text = isinstance(node, Text) and node.value == f"${name}" and node.type == STR
                if not as_text and not (isinstance(node, Opaque) and node.why == value.why):
                    raise _DifferenceError("is not the intended variable", node)
            case Reference(target):
                if not isinstance(node, Alias):
                    raise _DifferenceError("is not an alias", node)
                self.aliases.append((target, node))
            case Anchored(name, inner):
                if node.anchor != name:
                    raise _DifferenceError("does not define its anchor", node)
                self._value(inner, node, anchored=True)
            case list():
                if not isinstance(node, SequenceNode) or len(node.items) != len(value):
                    raise _DifferenceError("is not the intended list", node)
                self.waiting += [(item, found) for item, found in zip(value, node.items, strict=True)]
            case dict():
                if not isinstance(node, Mapping) or len(node.entries) != len(value):
                    raise _DifferenceError("is not the intended mapping", node)
                for (name, item), entry in zip(value.items(), node.entries, strict=True):
                    self._key(name, entry)
                    self.waiting.append((item, entry.value))


def _only_entry(node: Node) -> Entry:
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        raise _DifferenceError("is not a mapping of one entry", node)
    return node.entries[0]


def _wanted_entries(old: Mapping, plan: _Plan) -> list[tuple[Node | str, _Wanted]]:
    behind: dict[int, list[AddEntry]] = defaultdict(list)
    for change in plan.entries:
        behind[id(change.after)].append(change)
    wanted: list[tuple[Node | str, _Wanted]] = [(c.name, c.value) for c in behind[id(None)]]
    for entry in old.entries:
        if id(entry) not in plan.removed:
            wanted.append((entry.key, entry.value))
        wanted += [(c.name, c.value) for c in behind[id(entry)]]
    return wanted


def _wanted_items(old: SequenceNode, plan: _Plan) -> list[_Wanted]:
    before: dict[int, list[AddItem]] = defaultdict(list)
    for change in plan.items:
        before[change.index].append(change)
    wanted: list[_Wanted] = []
    for index, item in enumerate(old.items):
        wanted += [c.value for c in before[index]]
        if id(item) not in plan.removed:
            wanted.append(item)
    return wanted + [c.value for c in before[len(old.items)]]
