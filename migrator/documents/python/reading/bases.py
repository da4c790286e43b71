"""Configs that a script loads from a file and adds invocations to: what is added to workflows, where it is certain.

The file itself is not read here. What is added is in a tree of sections of its own, made of the nodes that the
script writes out; where only a run would say what is added, an `Opaque` stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

import libcst as cst

from migrator.documents.python.reading.mutations import How, Mutation, steps_of
from migrator.documents.python.reading.nodes import COMPUTED
from migrator.documents.python.reading.reader import PythonReader
from migrator.documents.python.reading.scope import LOADS, Binding, Kind, Scope, last_name
from migrator.startup.patterns import lazy
from migrator.tree import Entry, Mapping, Node, Opaque, Sequence, Text, resolve

_FILE = lazy(r"""["']([^"'\s]+\.ya?ml)["']""")
"""The name of a YAML file in the text of a script."""

_WRITTEN = lazy(r"""["']([^"'\s]+\.ya?ml)["']\s*,\s*(?:mode\s*=\s*)?["'][wax]""")


def added_to_bases(reader: PythonReader) -> Iterator[tuple[Mapping, tuple[str, ...]]]:
    """For each loaded config that the script adds to, what it adds, and the names of files that it may be of."""
    loaded = [binding for binding in _values(reader) if _is_loaded(reader, binding)]
    text = reader.source.text if loaded else ""
    written = set(_WRITTEN.findall(text))
    names = tuple(dict.fromkeys(name for name in _FILE.findall(text) if name not in written))
    for binding in loaded if names else ():
        added = _Added(reader)
        for mutation in reader.names.mutations:
            for place in _begins_with(reader, mutation.base, mutation.scope):
                if place.binding is binding:
                    added.note(replace(mutation, keys=(*place.keys, *mutation.keys)), is_sure=place.is_sure)
            for place in _looped_over(reader, mutation):
                if place.binding is binding:
                    added.note(replace(mutation, keys=(*place.keys, *mutation.keys)), is_sure=False)
        if added.workflows.entries:
            yield added.root, names


class _Place(NamedTuple):
    """A name, the keys from there, and whether that is so each time."""

    binding: Binding
    keys: tuple[cst.BaseExpression, ...]
    is_sure: bool = True


_ADDS: Final = (How.APPEND, How.EXTEND, How.ASSIGN, How.UPDATE, How.DEFAULT)
_FAR = 6
"""So many names for parts of parts are followed."""


def _begins_with(
    reader: PythonReader, expression: cst.BaseExpression, scope: Scope, left: int = _FAR
) -> Iterator[_Place]:
    """What an expression may be a part of, with the keys to it: names, what these stand for, and so on."""
    steps = steps_of(expression)
    if steps is None or not isinstance(steps[0], cst.Name):
        return
    base, keys = steps
    binding = scope.lookup(base.value) if isinstance(base, cst.Name) else None
    if binding is None:
        return
    yield _Place(binding, keys)
    further: Iterable[tuple[cst.BaseExpression, Scope]] = ()
    if binding.kind is Kind.VALUE and binding.value is not None:
        further = ((binding.value, binding.scope),)
    elif binding.kind is Kind.PARAMETER:
        further = reader.names.arguments_of(binding) or ()
    for value, of in further if left else ():
        for place in _begins_with(reader, value, of, left - 1):
            is_sure = place.is_sure and binding.kind is not Kind.PARAMETER
            yield _Place(place.binding, (*place.keys, *keys), is_sure)


def _looped_over(reader: PythonReader, mutation: Mutation) -> list[_Place]:
    """What the loops around a change go through, where that changes what such a loop gives it."""
    base = mutation.base
    name = base.value if isinstance(base, cst.Name) else ""
    found: list[_Place] = []
    for block in mutation.blocks:
        if isinstance(block, cst.For) and name in _names_of(block.target):
            over = block.iter
            if isinstance(over, cst.Call) and isinstance(over.func, cst.Attribute):
                over = over.func.value
            found += _begins_with(reader, over, mutation.scope)
    return found


def _names_of(target: cst.BaseExpression) -> set[str]:
    if isinstance(target, cst.Name):
        return {target.value}
    elements = target.elements if isinstance(target, cst.Tuple | cst.List) else ()
    return {each.value.value for each in elements if isinstance(each.value, cst.Name)}


def _values(reader: PythonReader) -> Iterator[Binding]:
    scopes = (reader.names.module, *reader.names.scopes)
    for scope in {id(each): each for each in scopes}.values():
        for bindings in scope.bindings.values():
            if len(bindings) == 1 and bindings[0].kind is Kind.VALUE:
                yield bindings[0]


def _is_loaded(reader: PythonReader, binding: Binding) -> bool:
    value = binding.value
    if not isinstance(value, cst.Call) or last_name(value.func) not in LOADS:
        return False
    return isinstance(reader.values.of(value, binding.scope), Opaque)


class _Added:
    """`root` is a config with nothing but `workflows`."""

    def __init__(self, reader: PythonReader) -> None:
        self._reader = reader
        self.workflows = _mapping(0)
        self.root = _mapping(0)
        self.root.entries.append(Entry(Text("workflows", 0, 0, 0), self.workflows))

    def note(self, mutation: Mutation, *, is_sure: bool) -> None:
        """Take up what one statement does, as far as it is done to workflows."""
        keys = [self._name(key, mutation) for key in mutation.keys]
        if not is_sure:
            if (not keys or keys[0] in ("workflows", None)) and mutation.how in _ADDS:
                self._unknown("", mutation)
        elif not keys and mutation.how is How.UPDATE and mutation.value is not None:
            given = self._value(mutation)
            inner = given.get("workflows") if isinstance(given, Mapping) else given
            workflows = resolve(inner) if inner is not None else None
            if isinstance(workflows, Opaque):
                self._unknown("", mutation)
            self._merge(workflows)
        elif keys and keys[0] == "workflows":
            self._in_workflows(mutation, keys[1:])
        elif keys and keys[0] is None:
            self._unknown("", mutation)

    def _in_workflows(self, mutation: Mutation, keys: list[str | None]) -> None:
        value = self._value(mutation) if mutation.value is not None else None
        if None in keys or value is None or isinstance(value, Opaque):
            self._unknown(keys[0] or "" if keys else "", mutation)
        elif mutation.how is How.UPDATE and not keys:
            self._merge(value)
        elif mutation.how is How.ASSIGN and len(keys) == 1 and isinstance(value, Mapping):
            self._workflow(keys[0] or "", value.get("jobs"))
        elif len(keys) == 2 and keys[1] == "jobs":
            if mutation.how is How.APPEND:
                self._items(keys[0] or "").append(value)
            elif mutation.how in (How.EXTEND, How.ASSIGN) and isinstance(value, Sequence):
                self._items(keys[0] or "").extend(value.items)
            else:
                self._unknown(keys[0] or "", mutation)

    def _merge(self, workflows: Node | None) -> None:
        for entry in workflows.entries if isinstance(workflows, Mapping) else ():
            body = resolve(entry.value)
            if entry.name is not None and isinstance(body, Mapping):
                self._workflow(entry.name, body.get("jobs"))

    def _workflow(self, name: str, jobs: Node | None) -> None:
        found = resolve(jobs) if jobs is not None else None
        if isinstance(found, Sequence):
            self._items(name).extend(found.items)
        elif isinstance(found, Opaque):
            self._items(name).append(found)

    def _unknown(self, name: str, mutation: Mutation) -> None:
        start, end = self._reader.source.span(mutation.target)
        line = self._reader.source.text.count("\n", 0, start) + 1
        self._items(name).append(Opaque(f"line {line} of the script, which adds what only a run tells,", start, end))

    def _items(self, name: str) -> list[Node]:
        """The invocations of a workflow so far."""
        entry = self.workflows.entry(name)
        if entry is None:
            jobs = Sequence(0, 0, 0, COMPUTED, None, None)
            body = _mapping(0)
            body.entries.append(Entry(Text("jobs", 0, 0, 0), jobs))
            entry = Entry(Text(name, 0, 0, 0), body)
            self.workflows.entries.append(entry)
        inner = resolve(entry.value)
        assert isinstance(inner, Mapping)
        found = inner.get("jobs")
        assert isinstance(found, Sequence)
        return found.items

    def _value(self, mutation: Mutation) -> Node:
        assert mutation.value is not None
        return resolve(self._reader.values.of(mutation.value, mutation.scope))

    def _name(self, key: cst.BaseExpression, mutation: Mutation) -> str | None:
        node = resolve(self._reader.values.of(key, mutation.scope))
        return node.value if isinstance(node, Text) and "<<{" not in node.value else None


def _mapping(place: int) -> Mapping:
    return Mapping(place, place, place, COMPUTED, None, None)
