"""What holds for every YAML text and every change, whoever wrote the text and however."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from migrator.changes import AddEntry, AddItem, Change, RemoveEntry, RemoveItem, place
from migrator.documents.edits import TextEdit, apply_edits, compose
from migrator.documents.yaml.file import YamlText
from migrator.engine.verify import verify
from migrator.errors import EditError, ReadError
from migrator.tree import Alias, Mapping, Node, Sequence, Text, walk
from tests.documents.yaml.oracle import flat, see, wanted
from tests.documents.yaml.styles import change_in, changes_of_one_collection, yaml_texts
from tests.doses import examples

SLOW = settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def read(text: str, *, pure: bool = False) -> YamlText:
    try:
        return YamlText(text, pure=pure)
    except ReadError:
        assume(False)
        raise


def reads(text: str, *, pure: bool) -> bool:
    try:
        YamlText(text, pure=pure)
    except ReadError:
        return False
    return True


REFUSALS = re.compile(
    r"it would remove the anchor of `\*anchor\d+`"
    r"|nothing cannot become (?:a key|the first item of a list)"
    r"|a value of several lines cannot become an item"
    r"|only a key that is a string can be renamed"
    r"|a comment below it would become part of the text above it"
    r"|a comment inside it would be lost"
)
"""All that may be refused: each is a change that has no meaning, or none without moving what is not its own."""


REFUSALS_TOGETHER = re.compile(
    REFUSALS.pattern
    + r"|two changes of one fix edit the same text"
    + r"|a collection cannot lose all its members and gain others: replace it"
    + r"|the last member of a flow collection, below comments, cannot be removed while others are added"
)


def edits_of(document: YamlText, changes: list[Change], refusals: re.Pattern[str]) -> list[TextEdit]:
    """The edits, unless they are refused for a reason that stands for itself; any other refusal is a fault."""
    try:
        return document.edits(changes)
    except EditError as error:
        if refusals.fullmatch(str(error)) is None:
            raise
        reject()


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
@given(data=st.data(), text=yaml_texts())
@SLOW
def test_a_change_gives_the_intended_tree_and_leaves_the_lines_around_it(
    data: st.DataObject, text: str, pure: bool
) -> None:
    document = read(text, pure=pure)
    change = data.draw(change_in(document.root, document.parents))
    assume(change is not None)
    assert change is not None
    edits = edits_of(document, [change], REFUSALS)
    after = apply_edits(text, edits)
    new = document.reread(after)
    verify(document.root, [change], new.root)
    if reads(text, pure=not pure):
        YamlText(after, pure=not pure)
    assert flat(see(after)) == wanted(text, document.root, [change])
    first, last = lines_of(document, change)
    assert filled(text.split("\n")[:first]) == filled(after.split("\n"))[: len(filled(text.split("\n")[:first]))]
    below = filled(text.split("\n")[last:])
    assert below == filled(after.split("\n"))[len(filled(after.split("\n"))) - len(below) :]
    kept = comments_to_keep(document, change)
    assert kept <= comments(new) <= comments(document)
    if "\r\n" in text:
        assert "\n" not in after.replace("\r\n", "")


@given(data=st.data(), text=yaml_texts())
@SLOW
def test_several_changes_of_one_collection_are_made_together(data: st.DataObject, text: str) -> None:
    document = read(text)
    changes = data.draw(changes_of_one_collection(document.root))
    assume(changes)
    edits = edits_of(document, changes, REFUSALS_TOGETHER)
    after = apply_edits(text, edits)
    new = document.reread(after)
    verify(document.root, changes, new.root)
    assert flat(see(after)) == wanted(text, document.root, changes)
    assert comments(new) <= comments(document)
    if any(isinstance(change, AddEntry | AddItem) for change in changes):  # what goes may only move
        assert comments(new) == comments(document)


def lines_of(document: YamlText, change: Change) -> tuple[int, int]:
    """From the line of the value that a change is about, or of its key or dash, to the line below it."""
    node = place(change)
    entry = document.parents.entry(node)
    start, end = min(node.head, entry.key.head if entry else node.head), max(node.end, node.start)
    if entry is None and document.parents.parent(node) is not None:  # the dash may stand on a line above
        start = max(0, document.text.rfind("-", 0, start))
    return document.text.count("\n", 0, start), document.text.count("\n", 0, end) + 1


def filled(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip()]


def comments(document: YamlText) -> Counter[str]:
    return Counter(text for _, text in document.comments())


def comments_to_keep(document: YamlText, change: Change) -> Counter[str]:
    """All comments but those of the lines that go for good."""
    gone: tuple[int, int] | None = None
    match change:
        case RemoveEntry(mapping, entry):
            gone = (entry.key.head, max(entry.key.end, entry.value.end))
            gone = (mapping.head, mapping.end) if len(mapping.entries) == 1 else gone
        case RemoveItem(sequence, item):
            gone = (max(0, document.text.rfind("-", 0, item.head)), item.end)
            gone = (sequence.head, sequence.end) if len(sequence.items) == 1 else gone
    if gone is None:
        return comments(document)
    start = document.text.rfind("\n", 0, gone[0]) + 1
    end = (document.text + "\n").find("\n", gone[1])
    return Counter(text for at, text in document.comments() if not start <= at < end)


@given(text=yaml_texts())
@SLOW
def test_every_value_reads_back_from_its_span(text: str) -> None:
    document = read(text)
    for node in walk(document.root):
        if isinstance(node, Text) and node.style == "" and node.kind is None:
            assert text[node.start : node.end].split() == node.value.split()
            assert "\n" in text[node.start : node.end] or text[node.start : node.end] == node.value
        if isinstance(node, Text) and node.style in ("'", '"'):
            assert text[node.start] == text[node.end - 1] == node.style
        if isinstance(node, Alias):
            assert text[node.start : node.end] == f"*{node.name}"


@given(text=yaml_texts())
@SLOW
def test_both_parsers_give_one_tree(text: str) -> None:
    one, other = read(text), read(text, pure=True)
    assert shape(one.root) == shape(other.root)


def shape(node: Node) -> list[object]:
    seen: list[object] = []
    for each in walk(node):
        if isinstance(each, Text):
            seen.append((each.value, each.type, each.start, each.end, each.head, each.style))
        elif isinstance(each, Mapping | Sequence):
            seen.append((type(each).__name__, each.start, each.end, each.head, each.style, each.anchor))
        elif isinstance(each, Alias):
            seen.append((each.name, each.start, each.end))
    return seen


@st.composite
def edit_lists(draw: st.DrawFn, length: int) -> list[TextEdit]:
    places = sorted(draw(st.lists(st.integers(0, length), max_size=8)))
    if len(places) % 2:
        places.pop()
    edits = []
    for start, end in zip(places[::2], places[1::2], strict=True):
        edits.append(TextEdit(start, end, draw(st.text("xyz", max_size=3))))
    return edits


@given(data=st.data(), text=st.text("abcdefgh", max_size=20))
def test_two_rounds_of_edits_compose_to_one(data: st.DataObject, text: str) -> None:
    first = data.draw(edit_lists(len(text)))
    between = apply_edits(text, first)
    second = data.draw(edit_lists(len(between)))
    assert apply_edits(text, compose(first, second, len(text))) == apply_edits(between, second)
