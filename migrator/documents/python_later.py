"""What statements do to a dict or a list after it was written: `jobs["build"] = {...}`, `steps.append(...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from migrator.documents.python_nodes import Member
from migrator.documents.python_scope import Binding, Mutation
from migrator.tree import Entry, Mapping, Node, Opaque, Sequence, Text, resolve

if TYPE_CHECKING:
    from migrator.documents.python_reader import PythonReader


class Later:
    """Adds to the trees of a reader what statements add."""

    def __init__(self, reader: PythonReader) -> None:
        self._reader = reader

    def apply(self, binding: Binding, mutation: Mutation) -> None:
        node: Node = resolve(self._reader.meaning(binding))
        keys = mutation.keys[:-1] if mutation.how == "assign" else mutation.keys
        for key in keys:
            name = resolve(self._reader.value(key, mutation.scope))
            entry = node.entry(name.value) if isinstance(node, Mapping) and isinstance(name, Text) else None
            if entry is None:
                return
            node = resolve(entry.value)
        site = self._reader.sites.get(id(node))
        if site is None:
            return
        sure = mutation.blocks == binding.blocks and mutation.scope is binding.scope
        start, end = self._reader.source.span(mutation.statement.body[0])
        member = Member(start, end, None, mutation.statement, mutation)
        if mutation.how == "assign" and isinstance(node, Mapping):
            self._set(node, mutation.keys[-1], mutation, member, sure)
        elif mutation.how == "append" and isinstance(node, Sequence):
            node.items.append(self._reader.child(mutation.value, mutation.scope))
            site.members.append(member)
        elif mutation.how == "extend" and isinstance(node, Sequence):
            before = len(node.items)
            self._reader.collections.splice(node, mutation.value, mutation.scope)
            site.members[before:] = [member] * (len(node.items) - before)
        elif mutation.how == "update" and isinstance(node, Mapping):
            self._reader.collections.merge(node, mutation.value, mutation.scope, start)
            site.members.append(member)

    def _set(self, node: Mapping, key: cst.BaseExpression, mutation: Mutation, member: Member, sure: bool) -> None:
        name = self._reader.child(key, mutation.scope)
        value = self._reader.child(mutation.value, mutation.scope)
        words = resolve(name)
        if not sure and not isinstance(resolve(value), Mapping):
            self._reader.disown(value)
            value = Opaque("is set under a condition only", value.start, value.end)
        for entry in node.entries:
            if isinstance(words, Text) and entry.name == words.value and not entry.is_merge:
                for each in (entry.value, value, name):
                    self._reader.disown(each)
                entry.value = Opaque("is set more than once", entry.value.start, entry.value.end)
                return
        node.entries.append(Entry(name, value))
        self._reader.sites[id(node)].members.append(member)
