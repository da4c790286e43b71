"""Mappings as merge keys make them."""

from __future__ import annotations

import pytest

from migrator.circleci.lookup import Lookup, equal
from migrator.circleci.uses import Uses
from migrator.documents.yaml.reader import read_tree
from migrator.tree import Entry, Mapping, Node, Opaque, Text, resolve
from tests.growth import calls


def last(text: str) -> Mapping:
    """The value of the last key."""
    root = read_tree(text)
    assert isinstance(root, Mapping)
    node = resolve(root.entries[-1].value)
    assert isinstance(node, Mapping)
    return node


def value(text: str, name: str = "k") -> str | None:
    found = Lookup().text(last(text), name)
    return found.value if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: {k: own}", "own"),
        ("a: &a {k: merged}\nx: {<<: *a}", "merged"),
        ("a: &a {k: merged}\nx: {<<: *a, k: own}", "own"),
        ("a: &a {k: merged}\nx: {k: own, <<: *a}", "own"),
        ("a: &a {k: first}\nb: &b {k: second}\nx: {<<: [*a, *b]}", "first"),
        ("a: &a {k: first}\nb: &b {k: second}\nx: {<<: [*b, *a]}", "second"),
        ("a: &a {k: same}\nb: &b {k: same}\nx:\n  <<: *a\n  <<: *b", "same"),
        ("a: &a {k: one}\nb: &b {other: two}\nx:\n  <<: *b\n  <<: *a", "one"),
        ("a: &a {k: deep}\nb: &b {<<: *a}\nx: {<<: *b}", "deep"),
        ("a: &a {k: deep}\nb: &b {<<: *a, k: nearer}\nx: {<<: *b}", "nearer"),
        ("a: &a [{k: listed}]\nx: {<<: *a}", "listed"),
        ("x: {<<: {k: inline}}", "inline"),
        ("a: &a {k: old}\nb: &a {k: new}\nx: {<<: *a}", "new"),
        ("n: &n k\nx: {*n : aliased}", "aliased"),
        ("x: {<<: text}", None),
        ("x: {<<: [text, null]}", None),
        ('a: &a {k: no}\nx: {"<<": *a}', None),
        ("x: {k: null}", None),
        ("x: {}", None),
    ],
)
def test_a_name_is_found_as_circleci_finds_it(text: str, expected: str | None) -> None:
    assert value(text) == expected


def test_several_merge_keys_that_disagree_leave_a_name_ambiguous() -> None:
    mapping = last("a: &a {k: one}\nb: &b {k: two}\nx:\n  <<: *a\n  <<: *b\n  o: own")
    lookup = Lookup()
    assert lookup.entry(mapping, "k") is None
    assert lookup.ambiguous(mapping, "k")
    assert not lookup.ambiguous(mapping, "o")
    assert [e.name for e in lookup.entries(mapping)] == ["o"]


def test_ambiguity_is_passed_on_to_what_merges_it_unless_that_decides() -> None:
    lookup = Lookup()
    text = "a: &a {k: one}\nb: &b {k: two}\nc: &c\n  <<: *a\n  <<: *b\nx: {<<: *c"
    assert lookup.ambiguous(last(text + "}"), "k")
    decided = last(text + ", k: own}")
    assert not Lookup().ambiguous(decided, "k")


def test_what_only_running_something_would_tell_could_bring_any_name() -> None:
    mapping = Mapping(0, 0, 0, "", None, None)
    mapping.entries.append(Entry(Text("<<", 0, 2, 0), Opaque("a call", 0, 0)))
    lookup = Lookup()
    assert lookup.entry(mapping, "auth") is None
    assert lookup.ambiguous(mapping, "auth")


def test_a_found_entry_tells_its_owner_and_the_merge_key_that_brought_it() -> None:
    mapping = last("a: &a {k: v}\nx: {o: w, <<: *a}")
    found = Lookup().find(mapping, "k")
    assert found is not None
    assert found.owner.anchor == "a"
    assert found.via is mapping.entries[1]
    own = Lookup().find(mapping, "o")
    assert own is not None
    assert own.via is None


def test_entries_are_own_ones_then_merged_ones_each_name_once() -> None:
    mapping = last("a: &a {k: v, m: 1}\nb: &b {m: 2, n: 3}\nx: {<<: [*a, *b], k: own}")
    assert [(e.name, getattr(e.value, "value", None)) for e in Lookup().entries(mapping)] == [
        ("k", "own"),
        ("m", "1"),
        ("n", "3"),
    ]


def chain(length: int) -> str:
    """Mappings each of which merges the one before it."""
    return "\n".join(["m0: &m0 {k: v}"] + [f"m{i}: &m{i} {{<<: *m{i - 1}, k{i}: v}}" for i in range(1, length)])


def test_a_long_chain_of_merges_is_left_open_and_costs_little() -> None:
    def look_up_all(root: Node) -> None:
        assert isinstance(root, Mapping)
        lookup = Lookup()
        for entry in reversed(root.entries):
            assert isinstance(entry.value, Mapping)
            lookup.entry(entry.value, "k")

    short, long = read_tree(chain(500)), read_tree(chain(2_000))
    assert calls(lambda: look_up_all(long)) < 5 * calls(lambda: look_up_all(short))
    assert Lookup().entry(last(chain(5_000)), "k") is None
    assert Lookup().entry(last(chain(50)), "k") is not None


def test_a_bomb_of_merges_is_looked_through_once() -> None:
    lines = ["m0: &m0 {k: v}"]
    lines += [f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}]}}" for i in range(1, 60)]
    assert value("\n".join(lines)) == "v"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("1", "'1'", False),
        ("[a, {b: c}]", "- a\n- b: c", True),
        ("{a: b}", "{a: c}", False),
        ("[a]", "[a, b]", False),
        ("a", "[a]", False),
    ],
)
def test_nodes_mean_the_same_however_they_are_written(one: str, other: str, same: bool) -> None:
    assert equal(read_tree(one), read_tree(other)) is same


def anchored(root: Node, name: str) -> list[Node]:
    return [node for node in Uses(root).anchored if node.anchor == name]


def test_an_anchor_reaches_until_it_is_defined_again() -> None:
    text = "a: &x 1\nb: *x\nc: &x 2\nd: *x\n"
    root = read_tree(text)
    uses = Uses(root)
    first, second = anchored(root, "x")
    assert uses.reaches(first, text.index("b:"))
    assert not uses.reaches(first, text.index("d:"))
    assert uses.reaches(second, text.index("d:"))
    assert not uses.reaches(second, text.index("b:"))
    assert [len(uses.aliases(node)) for node in (first, second)] == [1, 1]


def test_mergers_are_those_that_merge_alone_or_in_a_list() -> None:
    root = read_tree("a: &a {k: v}\nx: {<<: *a}\ny: {<<: [*a]}\nz: *a\n")
    (node,) = anchored(root, "a")
    assert len(Uses(root).mergers(node)) == 2
