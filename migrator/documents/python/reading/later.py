"""What is done to a dict or a list after it was written: `jobs["build"] = {...}`, `steps.append(...)`."""

from __future__ import annotations

import libcst as cst

from migrator.documents.python.reading.collections import Collections
from migrator.documents.python.reading.mutations import How, Mutation
from migrator.documents.python.reading.nodes import Member
from migrator.documents.python.reading.references import References
from migrator.documents.python.reading.scope import Scope
from migrator.documents.python.reading.targets import Target, Targets
from migrator.documents.python.reading.values import Values
from migrator.startup.records import cached_property
from migrator.tree import Entry, Mapping, Node, Opaque, Parents, Sequence, Text, resolve

_CHANGED = "may be changed by code after it"


class Later:
    """Adds to the trees of a script what is added later, and takes for computed what may be changed later."""

    def __init__(self, values: Values, targets: Targets, collections: Collections, references: References) -> None:
        self._values = values
        self._targets = targets
        self._collections = collections
        self._references = references
        self._loose: list[Mutation] = [*targets.unknown]
        self._removed: set[tuple[int, str]] = set()

    def apply(self) -> None:
        for target in self._targets.certain:
            if not self._apply(target):
                self._loose.append(target.mutation)
                if target.mutation.value is not None:
                    self._values.of(target.mutation.value, target.mutation.scope)

    def _apply(self, target: Target) -> bool:
        """Do to the tree what a mutation does; false where the tree does not say what it is done to."""
        mutation, values = target.mutation, self._values
        if target.binding is not None:
            node = resolve(self._references.meaning(target.binding))
        else:
            node = resolve(values.of(target.expression, target.scope))
        for key in mutation.path:
            inner = self._below(node, key, mutation.scope)
            if inner is None:
                return False
            node = inner
        if id(node) not in values.sites:
            return False
        if isinstance(node, Mapping):
            return self._change_mapping(node, mutation, sure=target.sure)
        if isinstance(node, Sequence):
            return self._change_sequence(node, mutation)
        return False

    def _below(self, node: Node, key: cst.BaseExpression, scope: Scope) -> Node | None:
        step = resolve(self._values.of(key, scope))
        if not isinstance(step, Text):
            return None
        if isinstance(node, Mapping) and (entry := node.entry(step.value)) is not None:
            return resolve(entry.value)
        if isinstance(node, Sequence) and (index := _index(step, node)) is not None:
            return resolve(node.items[index])
        return None

    def _member(self, mutation: Mutation) -> Member:
        statement = mutation.statement
        place = statement.body[0] if statement is not None else mutation.target
        return Member(*self._values.source.span(place), None, statement, mutation)

    def _change_mapping(self, node: Mapping, mutation: Mutation, *, sure: bool) -> bool:
        values, key = self._values, mutation.key
        if key is not None:
            name = resolve(values.of(key, mutation.scope))
            entry = node.entry(name.value) if isinstance(name, Text) else None
            if mutation.how is How.CHANGE:
                if entry is None:
                    return False
                self._spoil(entry)
            elif mutation.how is How.REMOVE:
                if entry is None or entry.name is None:
                    return False
                self._remove(node, entry, entry.name, sure=sure)
            elif mutation.how is How.ASSIGN or entry is None:
                self._set(node, key, mutation, entry, sure)
            return True
        if mutation.how is How.UPDATE and mutation.value is not None:
            place = self._member(mutation)
            if isinstance(mutation.value, cst.Call) and mutation.value.func is _method_of(mutation):
                given = self._collections.keywords(mutation.value, mutation.scope)
                values.hang(given, mutation.value)
            self._collections.merge(node, mutation.value, mutation.scope, place.start)
            values.sites[id(node)].members.append(place)
        else:
            for entry in node.entries:
                self._spoil(entry)
        return True

    def _set(self, node: Mapping, key: cst.BaseExpression, mutation: Mutation, entry: Entry | None, sure: bool) -> None:
        values = self._values
        assert mutation.value is not None
        value = values.child(mutation.value, mutation.scope)
        if not sure and not isinstance(resolve(value), Mapping):
            values.disown(value)
            value = Opaque("is set under a condition only", value.start, value.end)
        if entry is not None and not entry.is_merge and "<<{" not in (entry.name or ""):
            values.disown(value)
            self._spoil(entry, "is set more than once")
            return
        node.entries.append(Entry(values.key(key, mutation.scope, node), value))
        values.sites[id(node)].members.append(self._member(mutation))

    def _remove(self, node: Mapping, entry: Entry, name: str, *, sure: bool) -> None:
        if not sure:
            self._spoil(entry)
            return
        index = node.entries.index(entry)
        del node.entries[index], self._values.sites[id(node)].members[index]
        for part in (entry.key, entry.value):
            self._values.disown(part)
        self._removed.add((id(node), name))

    def _change_sequence(self, node: Sequence, mutation: Mutation) -> bool:
        values, value = self._values, mutation.value
        members = values.sites[id(node)].members
        if mutation.how is How.APPEND and value is not None:
            node.items.append(values.child(value, mutation.scope))
            members.append(self._member(mutation))
        elif mutation.how is How.EXTEND and value is not None:
            if isinstance(value, cst.List) and id(value) not in values.nodes:
                self._collections.fill(node, value, mutation.scope)
                values.nodes[id(value)] = node
                return True
            before = len(node.items)
            self._collections.splice(node, value, mutation.scope)
            members[before:] = [self._member(mutation)] * (len(node.items) - before)
        elif mutation.key is not None:
            index = _index(resolve(values.of(mutation.key, mutation.scope)), node)
            if mutation.how is How.ASSIGN and index is not None and value is not None:
                old = node.items[index]
                values.disown(old)
                node.items[index] = Opaque(_CHANGED, old.start, old.end)
                node.items.append(values.child(value, mutation.scope))
                members.append(self._member(mutation))
        return True

    def _spoil(self, entry: Entry, why: str = _CHANGED) -> None:
        if entry.is_merge:
            return
        self._values.disown(entry.value)
        entry.value = Opaque(why, entry.value.start, entry.value.end)

    def loosen(self, root: Node) -> None:
        """Take for computed what mutations may change of which nobody can say what they are done to."""
        keys = self._loose_keys
        if not keys:
            return
        parents = Parents(root)
        for node in self._values.mappings():
            for name in keys:
                entry = node.entry(name)
                if entry is not None and not isinstance(entry.value, Opaque) and self.may_set(node, name, parents):
                    self._spoil(entry)

    def may_set(self, node: Mapping, name: str, parents: Parents) -> bool:
        """Whether code may set or remove an entry of a dict, in a way that the tree does not show."""
        if (id(node), name) in self._removed:
            return True
        return any(self._may_be(node, mutation, parents) for mutation in self._loose_keys.get(name, ()))

    @cached_property
    def _loose_keys(self) -> dict[str, list[Mutation]]:
        found: dict[str, list[Mutation]] = {}
        for mutation in self._loose:
            for name in self._names(mutation):
                found.setdefault(name, []).append(mutation)
        return found

    def _names(self, mutation: Mutation) -> list[str]:
        """The keys that get another value."""
        if mutation.key is not None and mutation.how is not How.DEFAULT:
            name = resolve(self._values.of(mutation.key, mutation.scope))
            return [name.value] if isinstance(name, Text) and name.options is None else list(_options(name))
        if mutation.how is How.UPDATE and mutation.value is not None:
            given = resolve(self._values.of(mutation.value, mutation.scope))
            return [each.name for each in given.entries if each.name is not None] if isinstance(given, Mapping) else []
        return []

    def _may_be(self, node: Mapping, mutation: Mutation, parents: Parents) -> bool:
        """Whether the keys that lead to what is changed may lead to a mapping. None is updated with itself."""
        given = mutation.value if mutation.how is How.UPDATE else None
        if given is not None and resolve(self._values.of(given, mutation.scope)) is node:
            return False
        place: Node | None = node
        for key in reversed(mutation.path):
            if place is None or place.anchor is not None or parents.parent(place) is None:
                return True
            step = resolve(self._values.of(key, mutation.scope))
            if not isinstance(step, Text) or "<<{" in step.value:
                return True
            entry = parents.entry(place)
            name = resolve(entry.key) if entry is not None else None
            if entry is None and step.type != "int":
                return False
            if isinstance(name, Text) and name.value != step.value and "<<{" not in name.value:
                return False
            place = parents.parent(place)
        return True


def _method_of(mutation: Mutation) -> cst.BaseExpression | None:
    """The method that the statement of a mutation calls, where it calls one."""
    statement = mutation.statement.body[0] if mutation.statement is not None else None
    call = statement.value if isinstance(statement, cst.Expr) else None
    return call.func if isinstance(call, cst.Call) else None


def _index(step: Node, node: Sequence) -> int | None:
    if not isinstance(step, Text) or step.type != "int":
        return None
    index = int(step.value)
    return index if -len(node.items) <= index < len(node.items) else None


def _options(name: Node) -> tuple[str, ...]:
    return (name.options or ()) if isinstance(name, Text) else ()
