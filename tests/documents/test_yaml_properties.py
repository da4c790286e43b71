"""What holds for every YAML text and every change, whoever wrote the text and however."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from migrator.documents.edits import TextEdit, apply_edits, compose
from migrator.documents.yaml_text import YamlText
from migrator.errors import EditError, ReadError
from migrator.tree import Alias, Mapping, Node, Sequence, Text, walk
from migrator.verify import verify
from tests.documents.yaml_styles import change_in, yaml_texts

SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def read(text: str, *, pure: bool = False) -> YamlText:
    try:
        return YamlText(text, pure=pure)
    except ReadError:
        assume(False)
        raise


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
@given(data=st.data(), text=yaml_texts())
@SLOW
def test_a_change_gives_the_intended_tree_and_leaves_all_bytes_outside_its_edits(
    data: st.DataObject, text: str, pure: bool
) -> None:
    document = read(text, pure=pure)
    change = data.draw(change_in(document.root, document.parents))
    assume(change is not None)
    assert change is not None
    try:
        edits = document.edits([change])
    except EditError:
        return
    after = apply_edits(text, edits)
    verify(document.root, [change], document.reread(after).root)
    assert after.endswith(("\n", "\r")) == text.endswith(("\n", "\r")) or any(e.end == len(text) for e in edits)
    if "\r\n" in text:
        assert "\n" not in after.replace("\r\n", "")


@given(text=yaml_texts())
@SLOW
def test_every_value_reads_back_from_its_span(text: str) -> None:
    document = read(text)
    for node in walk(document.root):
        if isinstance(node, Text) and node.style == "" and node.kind is None:
            assert text[node.start : node.end] == node.value
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
