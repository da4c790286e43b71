"""Which fixes are made side by side, and which wait for the next pass."""

from __future__ import annotations

import pytest

from migrator.changes import AddEntry, AddItem, Change, RemoveEntry, RenameKey, ReplaceValue, SetText, WrapAsSequence
from migrator.documents.edits import apply_edits
from migrator.documents.yaml.file import YamlText
from migrator.engine.fixes import FixBatch
from migrator.engine.verify import verify
from migrator.tree import Mapping, Sequence, Text

TEXT = "list: [a] # why\nitems:\n  - a # b\nenvironment:\n  A: b # c\nother: {}\n"


def fixes() -> tuple[YamlText, dict[str, Change]]:
    document = YamlText(TEXT)
    root = document.root
    assert isinstance(root, Mapping)
    flow, block, environment, other = (entry.value for entry in root.entries)
    assert isinstance(flow, Sequence)
    assert isinstance(block, Sequence)
    assert isinstance(environment, Mapping)
    assert isinstance(other, Mapping)
    first = block.items[0]
    assert isinstance(first, Text)
    return document, {
        "replace a list": ReplaceValue(block, "x"),
        "add to it": AddItem(block, 1, "b"),
        "wrap another": WrapAsSequence(flow, ("x",)),
        "add to that": AddItem(flow, 1, "b"),
        "empty a mapping": RemoveEntry(environment, environment.entries[0]),
        "add to the mapping": AddEntry(environment, "B", "c", environment.entries[0]),
        "rename a key of the mapping": RenameKey(environment, environment.entries[0], "C"),
        "set a text": SetText(first, "y"),
        "fill a mapping": AddEntry(other, "a", "b"),
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("replace a list", "add to it"),
        ("replace a list", "set a text"),
        ("wrap another", "add to that"),
        ("empty a mapping", "add to the mapping"),
        ("empty a mapping", "rename a key of the mapping"),
    ],
)
@pytest.mark.parametrize("turned", [False, True], ids=["as named", "turned"])
def test_a_fix_that_another_would_disturb_waits(one: str, other: str, turned: bool) -> None:
    document, changes = fixes()
    batch = FixBatch()
    first, second = (other, one) if turned else (one, other)
    assert batch.add(document, [changes[first]])
    assert not batch.add(document, [changes[second]])
    verify(document.root, batch.changes, document.reread(apply_edits(TEXT, batch.sorted_edits())).root)


@pytest.mark.parametrize(
    "names",
    [
        ("replace a list", "wrap another", "empty a mapping", "fill a mapping"),
        ("add to it", "add to that", "add to the mapping", "rename a key of the mapping", "set a text"),
    ],
)
def test_fixes_of_different_places_are_made_together(names: tuple[str, ...]) -> None:
    document, changes = fixes()
    batch = FixBatch()
    assert all(batch.add(document, [changes[name]]) for name in names)
    verify(document.root, batch.changes, document.reread(apply_edits(TEXT, batch.sorted_edits())).root)
