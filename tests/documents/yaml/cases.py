"""An edit as a case: the text before, the change of its tree, and the text after, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from migrator.changes import AddEntry, AddItem, Change, RemoveEntry, RemoveItem, Value
from migrator.documents.edits import apply_edits
from migrator.documents.yaml.file import YamlText
from migrator.engine.verify import verify
from migrator.errors import EditError
from migrator.tree import Node
from tests.nodes import entry, mapping, sequence

Ask = Callable[[Node], Change | list[Change]]


@dataclass(frozen=True)
class Case:
    name: str
    before: str
    change: Callable[[Node], Change | list[Change]]
    after: str


def try_case(case: Case) -> None:
    """Make the change, prove it, and compare every byte."""
    document = YamlText(case.before)
    asked = case.change(document.root)
    changes = asked if isinstance(asked, list) else [asked]
    after = apply_edits(case.before, document.edits(changes))
    verify(document.root, changes, YamlText(after).root)
    assert after == case.after


@dataclass(frozen=True)
class Refusal:
    name: str
    before: str
    change: Ask
    message: str


def try_refusal(case: Refusal) -> None:
    """Ask for a change that has no clean edit."""
    document = YamlText(case.before)
    asked = case.change(document.root)
    with pytest.raises(EditError, match=case.message):
        document.edits(asked if isinstance(asked, list) else [asked])


def added(*path: str | int, after: int | None = -1, name: str = "z", value: Value = "y") -> Callable[[Node], Change]:
    """A new entry of the mapping at a path, by default behind the last one."""

    def change(root: Node) -> Change:
        found = mapping(root, *path)
        return AddEntry(found, name, value, None if after is None else found.entries[after])

    return change


def put(index: int, *path: str | int, value: Value = "z") -> Callable[[Node], Change]:
    """A new item of the sequence at a path, before the one of that index."""
    return lambda root: AddItem(sequence(root, *path), index, value)


def appended(*path: str | int, value: Value = "z") -> Callable[[Node], Change]:
    """A new last item of the sequence at a path."""
    return lambda root: AddItem(sequence(root, *path), len(sequence(root, *path).items), value)


def removed(name: str, *path: str | int) -> Callable[[Node], Change]:
    """The entry of that name of the mapping at a path goes."""
    return lambda root: RemoveEntry(mapping(root, *path), entry(mapping(root, *path), name))


def dropped(index: int, *path: str | int) -> Callable[[Node], Change]:
    """The item of that index of the sequence at a path goes."""
    return lambda root: RemoveItem(sequence(root, *path), sequence(root, *path).items[index])


def both(*asked: Callable[[Node], Change]) -> Ask:
    """Several changes as one fix."""
    return lambda root: [change(root) for change in asked]
