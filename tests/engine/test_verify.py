"""Verification by damage: every kind of edit is spoilt on purpose, and each spoilt edit that matters is caught."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from migrator.changes import (
    AddEntry,
    AddItem,
    Change,
    Reference,
    RemoveEntry,
    RemoveItem,
    RenameKey,
    ReplaceValue,
    SetText,
    WrapAsMapping,
    WrapAsSequence,
)
from migrator.documents.edits import TextEdit, apply_edits
from migrator.documents.yaml.file import YamlText
from migrator.engine.verify import verify
from migrator.errors import EditError, ReadError, VerifyError
from migrator.tree import Mapping, Node, Sequence, Text, resolve
from tests.documents.yaml.styles import change_in, yaml_texts
from tests.doses import examples
from tests.nodes import at, mapping, sequence, text

CONFIG = """\
auth: &auth
  username: $U
  password: $P
other: &other
  username: $O
  password: $Q
jobs:
  build:
    docker:
      - image: cimg/go:1.22  # primary
        environment:
          A: 'yes'
      - image: redis
    steps: [checkout, {run: make}]
workflows:
  main:
    jobs:
      - build
      - test:
          context: one  # why
      - last:
          requires: [build]
"""


IMAGE = ("jobs", "build", "docker", 0)
JOBS = ("workflows", "main", "jobs")


def add_auth(root: Node) -> Change:
    image = mapping(root, *IMAGE)
    return AddEntry(image, "auth", {"username": "$U", "password": "$P"}, image.entry("image"))


def add_reference(root: Node) -> Change:
    image = mapping(root, *IMAGE)
    return AddEntry(image, "auth", Reference(at(root, "auth")), image.entry("image"))


def wrap_job(root: Node) -> Change:
    return WrapAsMapping(text(root, *JOBS, 0), {"context": ["creds"]})


def wrap_context(root: Node) -> Change:
    return WrapAsSequence(text(root, *JOBS, 1, "test", "context"), ("creds",))


def set_yes(root: Node) -> Change:
    return SetText(text(root, *IMAGE, "environment", "A"), "no")


def add_step(root: Node) -> Change:
    return AddItem(sequence(root, "jobs", "build", "steps"), 1, {"docker/check": {"registry": "quay.io"}})


def drop_step(root: Node) -> Change:
    steps = sequence(root, "jobs", "build", "steps")
    return RemoveItem(steps, steps.items[1])


def drop_environment(root: Node) -> Change:
    image = mapping(root, *IMAGE)
    entry = image.entry("environment")
    assert entry is not None
    return RemoveEntry(image, entry)


def rename_job(root: Node) -> Change:
    jobs = mapping(root, "jobs")
    return RenameKey(jobs, jobs.entries[0], "compile")


def replace_body(root: Node) -> Change:
    return ReplaceValue(at(root, *JOBS, 2, "last", "requires"), ["test"])


CHANGES: list[Callable[[Node], Change]] = [
    add_auth, add_reference, wrap_job, wrap_context, set_yes, add_step, drop_step, drop_environment,
    rename_job, replace_body,
]  # fmt: skip


def spoilt(edits: list[TextEdit]) -> list[tuple[str, list[TextEdit]]]:
    """The ways in which an editor goes wrong."""
    last = edits[-1]
    return [
        ("indent one deeper", [TextEdit(e.start, e.end, e.text.replace("\n", "\n ")) for e in edits]),
        ("indent lost", [TextEdit(e.start, e.end, e.text.replace("\n  ", "\n")) for e in edits]),
        ("quotes lost", [TextEdit(e.start, e.end, e.text.replace("'", "").replace('"', "")) for e in edits]),
        ("comment mark put in", [TextEdit(e.start, e.end, e.text.replace(": ", ": #")) for e in edits]),
        ("another anchor", [TextEdit(e.start, e.end, e.text.replace("*auth", "*other")) for e in edits]),
        ("one place to the left", [TextEdit(e.start - 1, e.end - 1, e.text) for e in edits]),
        ("one place to the right", [TextEdit(e.start + 1, e.end + 1, e.text) for e in edits]),
        ("the next line", [TextEdit(e.start + 30, e.end + 30, e.text) for e in edits]),
        ("half of the fix", [*edits[:-1], TextEdit(last.start, last.end, last.text[: len(last.text) // 2])]),
        ("nothing written", []),
        ("too much taken", [TextEdit(e.start, e.end + 3, e.text) for e in edits]),
        ("written twice", [TextEdit(e.start, e.end, e.text + e.text) for e in edits]),
        ("a colon lost", [TextEdit(e.start, e.end, e.text.replace(":", "")) for e in edits]),
        ("a line break eaten", [TextEdit(e.start, e.end, e.text.replace("\n", "")) for e in edits]),
    ]  # fmt: skip


def values(node: Node) -> object:
    """What a tree says, with all aliases expanded, types and anchors included."""
    node = resolve(node)
    if isinstance(node, Text):
        return (node.value, node.type)
    if isinstance(node, Mapping):
        return [(values(e.key), values(e.value)) for e in node.entries]
    assert isinstance(node, Sequence)
    return [values(item) for item in node.items]


@pytest.mark.parametrize("make", CHANGES, ids=lambda f: f.__name__)
def test_a_sound_edit_passes(make: Callable[[Node], Change]) -> None:
    document = YamlText(CONFIG)
    change = make(document.root)
    after = apply_edits(CONFIG, document.edits([change]))
    verify(document.root, [change], YamlText(after).root)


@pytest.mark.parametrize("make", CHANGES, ids=lambda f: f.__name__)
def test_a_spoilt_edit_that_changes_the_tree_is_caught(make: Callable[[Node], Change]) -> None:
    document = YamlText(CONFIG)
    change = make(document.root)
    edits = document.edits([change])
    wanted = values(YamlText(apply_edits(CONFIG, edits)).root)
    caught = 0
    for name, damage in spoilt(edits):
        try:
            after = YamlText(apply_edits(CONFIG, damage)).root
        except (ReadError, ValueError):
            caught += 1
            continue
        if values(after) == wanted:
            continue  # damage to blanks or comments alone
        try:
            verify(document.root, [change], after)
        except VerifyError:
            caught += 1
        else:
            pytest.fail(f"not caught: {name}")
    assert caught >= 3


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), source=yaml_texts())
def test_any_damage_that_changes_any_tree_is_caught(data: st.DataObject, source: str) -> None:
    try:
        document = YamlText(source)
        change = data.draw(change_in(document.root, document.parents))
        assume(change is not None)
        assert change is not None
        edits = document.edits([change])
        assume(edits)
        wanted = values(YamlText(apply_edits(source, edits)).root)
        _, damage = data.draw(st.sampled_from(spoilt(edits)))
        after = YamlText(apply_edits(source, [e for e in damage if 0 <= e.start <= e.end <= len(source)])).root
    except (ReadError, EditError, ValueError):
        return
    if values(after) != wanted:
        with pytest.raises(VerifyError):
            verify(document.root, [change], after)


def test_an_alias_that_means_another_anchor_is_another_tree() -> None:
    before = YamlText("a: &x 1\nc: &y 1\nb: *x\n")
    with pytest.raises(VerifyError, match="another anchor"):
        verify(before.root, [], YamlText("a: &x 1\nc: &y 1\nb: *y\n").root)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: 'yes'", "a: yes"),
        ("a: '2.10'", "a: 2.10"),
        ("a: '~'", "a: ~"),
        ("a: '0x1'", "a: 0x1"),
        ("a: !!str 1", "a: 1"),
    ],
)
def test_a_text_that_changes_its_type_is_another_tree(old: str, new: str) -> None:
    with pytest.raises(VerifyError):
        verify(YamlText(old).root, [], YamlText(new).root)


@pytest.mark.parametrize("new", ["b: 1\n", "&l b: 1\n", "&k !t b: 1\n", "&k yes: 1\n", "&k a: 1\n"])
def test_a_renamed_key_has_its_name_and_its_anchor(new: str) -> None:
    root = mapping(YamlText("&k a: 1\n").root)
    change = RenameKey(root, root.entries[0], "yes" if "yes" in new else "b")
    with pytest.raises(VerifyError):
        verify(root, [change], YamlText(new).root)


def test_a_replaced_value_has_no_tag() -> None:
    root = mapping(YamlText("a: &x !t b\n").root)
    change = ReplaceValue(root.entries[0].value, "c")
    verify(root, [change], YamlText("a: &x c\n").root)
    with pytest.raises(VerifyError, match="tag"):
        verify(root, [change], YamlText("a: &x !t c\n").root)


def test_a_change_below_what_another_one_replaces_is_missed() -> None:
    root = mapping(YamlText("a: {b: 1}\nc: 1\n").root)
    changes: list[Change] = [SetText(text(root, "a", "b"), "2"), ReplaceValue(at(root, "a"), {"b": "1"})]
    with pytest.raises(VerifyError, match="lacks a change that was intended"):
        verify(root, changes, YamlText("a: {b: '1'}\nc: 1\n").root)


def test_a_change_of_what_is_taken_away_is_missed() -> None:
    root = mapping(YamlText("a: 1\nb: 2\n").root)
    changes: list[Change] = [RemoveEntry(root, root.entries[1]), SetText(text(root, "b"), "3")]
    with pytest.raises(VerifyError, match="lacks a change that was intended"):
        verify(root, changes, YamlText("a: 1\n").root)


def test_a_change_of_another_tree_is_missed() -> None:
    root, other = mapping(YamlText("a: 1\n").root), mapping(YamlText("a: 1\n").root)
    with pytest.raises(VerifyError, match="lacks a change that was intended"):
        verify(root, [AddEntry(other, "b", "2", None)], YamlText("a: 1\n").root)


@pytest.mark.parametrize(("old", "new"), [("a: 'x'", "a: x"), ('a: "x"', "a:   x # c"), ("a: [b]", "a: ['b']")])
def test_quotes_and_blanks_alone_are_the_same_tree(old: str, new: str) -> None:
    verify(YamlText(old).root, [], YamlText(new).root)


def test_the_message_holds_no_value_of_the_config() -> None:
    with pytest.raises(VerifyError) as caught:
        verify(YamlText("password: hunter2secret").root, [], YamlText("password: other").root)
    assert "hunter2secret" not in str(caught.value)
