"""New entries and items where a neighbour could swallow them, or they a neighbour: one case a kind of place."""

from __future__ import annotations

import pytest

from migrator.changes import AddEntry, AddItem, ReplaceValue
from tests.documents.yaml.cases import (
    Case,
    Refusal,
    added,
    appended,
    both,
    dropped,
    put,
    removed,
    try_case,
    try_refusal,
)
from tests.nodes import at, mapping, sequence

LINES = "x\ny\n"

CASES = [
    # `|+` holds its blank lines: what is new stands below them, not above
    Case("behind a text that keeps its last lines", "a: |+\n  b\n\n", added(), "a: |+\n  b\n\nz: y\n"),
    Case("behind an item that keeps its last lines", "- |+\n  b\n\n", appended(), "- |+\n  b\n\n- z\n"),
    Case("behind one that ends in carriage returns", "a: |+\r\n  b\r\n\r\n", added(), "a: |+\r\n  b\r\n\r\nz: y\r\n"),
    Case("a section behind one", "a: |+\n  b\n\nc:\n  d: e\n", added(after=0, value={"x": "y"}), "a: |+\n  b\n\nz:\n  x: y\nc:\n  d: e\n"),
    Case("lines behind one", "a: |+\n  b\n\nc: d\n", added(after=0, value=LINES), "a: |+\n  b\n\nz: |\n  x\n  y\nc: d\n"),
    Case("a section behind one, above a blank line further down", "a: |+\n  b\n\nc: d\n\ne: f\n", added(after=0, value={"x": "y"}), "a: |+\n  b\n\nz:\n  x: y\nc: d\n\ne: f\n"),
    Case("a section where sections are apart", "a:\n  b: c\n\nd: e\n", added(after=0, value={"x": "y"}), "a:\n  b: c\n\nz:\n  x: y\n\nd: e\n"),
    Case("lines behind one, above a comment further down", "a: |+\n  b\n\nc:\n  # x\n  d: e\n", added(after=0, value=LINES), "a: |+\n  b\n\nz: |\n  x\n  y\nc:\n  # x\n  d: e\n"),
    # a block scalar without a line break at its end gets none
    Case("behind a text that the file ends in", "a: |\n  b", added(), "a: |-\n  b\nz: y"),
    Case("behind one whose sign is another", "a: |+\n  b", added(), "a: |-\n  b\nz: y"),
    Case("behind one deep inside", "a:\n  - |\n    b", added(), "a:\n  - |-\n    b\nz: y"),
    Case("behind one that goes", "a: b\nc: |\n  d", both(removed("c"), added(after=0)), "a: b\nz: y"),
    Case("behind one that becomes another", "a: |\n  b", both(lambda root: ReplaceValue(at(root, "a"), "x"), added()), "a: x\nz: y"),
    # a new block scalar would take in what is indented more than its key
    Case("lines above others", "a: b\nd: e\n", added(after=0, value=LINES), "a: b\nz: |\n  x\n  y\nd: e\n"),
    Case("lines above a comment that is indented", "a: b\n  # c\nd: e\n", added(after=0, value=LINES), 'a: b\nz: "x\\ny\\n"\n  # c\nd: e\n'),
    Case("lines above blanks", "a: b\n   \nd: e\n", added(after=0, value=LINES), 'a: b\nz: "x\\ny\\n"\n   \nd: e\n'),
    Case("lines above a comment that is not", "a: b\n# c\nd: e\n", added(after=0, value=LINES), "a: b\nz: |\n  x\n  y\n# c\nd: e\n"),
    Case("lines at the end of a file without a line break", "a: b", added(value=LINES), 'a: b\nz: "x\\ny\\n"'),
    Case("lines where the next item goes", "- a\n- b\n", both(dropped(1), lambda root: AddItem(sequence(root), 1, LINES)), '- a\n- "x\\ny\\n"\n'),
    Case("lines before the first item", "- a", lambda root: AddItem(sequence(root), 0, LINES), "- |\n  x\n  y\n- a"),
    # `a:,` would be a text
    Case("behind nothing in flow", "{a: }\n", added(), "{a: , z: y }\n"),
    Case("behind nothing with a quoted key", '{"a":}\n', added(), '{"a": , "z": "y"}\n'),
    Case("behind nothing in a pair", '["a":]\n', added(0), '[{"a": , "z": "y"}]\n'),
    Case("behind nothing where the next goes", '{"a":, "b": "c"}\n', both(removed("b"), added(after=0)), '{"a": , "z": "y" }\n'),
    Case("before a pair", "[a: b]\n", added(0, after=None), "[{z: y, a: b}]\n"),
    # lines in flow
    Case("a bracket closes behind the last entry", "{\n  a: b}\n", added(), "{\n  a: b,\n  z: y}\n"),
    Case("a bracket closes behind a comma", "{\n  a: b,}\n", added(), "{\n  a: b,\n  z: y}\n"),
    Case("a bracket closes on its own line", "{\n  a: b\n}\n", added(), "{\n  a: b,\n  z: y\n}\n"),
    Case("a last comma stays one", "{\n  a: b,\n}\n", added(), "{\n  a: b,\n  z: y,\n}\n"),
    Case("before the first line", "{\n  a: b,\n}\n", added(after=None), "{\n  z: y,\n  a: b,\n}\n"),
    # comments above the first item are about that item
    Case("an item before a first one with a comment", "a:\n  # b\n  - b\n", put(0, "a"), "a:\n  - z\n  # b\n  - b\n"),
    Case("an item below the comment of its key", "a: # a\n  # b\n\n  - b\n", put(0, "a"), "a: # a\n  - z\n  # b\n\n  - b\n"),
    Case("an item below an anchor", "a: &a\n  # b\n  - b\nc: *a\n", put(0, "a"), "a: &a\n  - z\n  # b\n  - b\nc: *a\n"),
    Case("an item in an item", "- - # b\n    a\n  - c\n", put(0, 0), "- - z\n  - # b\n    a\n  - c\n"),
    Case("an item before the first of a document", "# b\n- b\n", put(0), "# b\n- z\n- b\n"),
    # items that are apart
    Case("an item between two that are apart", "- a\n\n- b\n- c\n", put(1), "- a\n\n- z\n\n- b\n- c\n"),
    Case("an item between two that are not", "- a\n\n- b\n- c\n", put(2), "- a\n\n- b\n- z\n- c\n"),
    Case("an item above a comment that is apart", "- a\n\n# b\n- b\n", put(1), "- a\n\n- z\n\n# b\n- b\n"),
    Case("an item below a comment, above a blank line", "- a\n# a\n\n- b\n", put(1), "- a\n- z\n# a\n\n- b\n"),
    Case("an item before the first of those that are apart", "- a\n\n- b\n", put(0), "- z\n\n- a\n\n- b\n"),
    Case("an item before a first one with a comment, apart", "a:\n- # a\n  a\n\n- b\n", put(0, "a"), "a:\n- z\n\n- # a\n  a\n\n- b\n"),
    Case("an item behind the last of those that are apart", "- a\n\n- b\n", put(2), "- a\n\n- b\n\n- z\n"),
    Case("an item behind a last one, above other keys", "a:\n  - a\n\n  - b\n\nc: d\n", put(2, "a"), "a:\n  - a\n\n  - b\n\n  - z\n\nc: d\n"),
    Case("an item behind a text that keeps its lines, apart", "- a\n\n- |+\n  b\n\n", put(2), "- a\n\n- |+\n  b\n\n- z\n"),
    Case("an item behind a text, apart", "- |\n  a\n\n- b\n", put(1), "- |\n  a\n\n- z\n\n- b\n"),
    Case("lines that end in blank ones, apart", "- a\n\n- b\n", put(0, value="x\n\n"), '- "x\\n\\n"\n\n- a\n\n- b\n'),
    Case("an item in carriage returns, apart", "- a\r\n\r\n- b\r\n", put(1), "- a\r\n\r\n- z\r\n\r\n- b\r\n"),
    Case("an item behind a single one", "a:\n  - a\n\nc: d\n", put(1, "a"), "a:\n  - a\n  - z\n\nc: d\n"),
    # the nearest items show how a new one is written
    Case("an item like the one behind it", "- a:\n    x: y\n- b:\n      x: y\n", put(1, value={"z": {"x": "y"}}), "- a:\n    x: y\n- z:\n      x: y\n- b:\n      x: y\n"),
    Case("an item like the last one", "- a:\n    x: y\n- b:\n      x: y\n", put(2, value={"z": {"x": "y"}}), "- a:\n    x: y\n- b:\n      x: y\n- z:\n      x: y\n"),
    Case("an item in place of one that is deep", "- a:\n    x: y\n- b:\n      x: y\n", lambda root: ReplaceValue(at(root, 1), {"z": {"x": "y"}}), "- a:\n    x: y\n- z:\n      x: y\n"),
    Case("an item in place of one in flow", "- a:\n    x: y\n- b\n- {b: {x: y}}\n- c:\n      x: y\n", lambda root: ReplaceValue(at(root, 2), {"z": {"x": "y"}}), "- a:\n    x: y\n- b\n- z:\n      x: y\n- c:\n      x: y\n"),
]  # fmt: skip

REFUSALS = [
    Refusal("a pair without a colon", "[? a]\n", added(0), "a pair without a colon"),
    Refusal("a name that is there", "a: b\n", added(name="a"), "an entry `a` already"),
    Refusal("a name that is there in flow", "{a: b}\n", added(name="a"), "an entry `a` already"),
    Refusal("an item behind the end", "- a\n", lambda root: AddItem(sequence(root), 2, "z"), "no item of that index"),
    Refusal("an item behind the end in flow", "[a]\n", lambda root: AddItem(sequence(root), 2, "z"), "no item of that index"),
    Refusal("behind the entry of another mapping", "a: b\nc:\n  d: e\n", lambda root: AddEntry(mapping(root), "z", "y", mapping(root, "c").entries[0]), "not in the mapping"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_what_is_new_leaves_its_neighbours_as_they_are(case: Case) -> None:
    try_case(case)


@pytest.mark.parametrize("case", REFUSALS, ids=lambda c: c.name)
def test_what_cannot_be_added_is_refused(case: Refusal) -> None:
    try_refusal(case)
