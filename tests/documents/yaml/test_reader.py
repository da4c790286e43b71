"""What is read, where each node stands, and what is refused with one line."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import ruamel.yaml

from migrator.documents import MAX_BYTES, open_document
from migrator.documents.yaml.builder import MAX_DEPTH
from migrator.documents.yaml.reader import read_tree
from migrator.errors import ReadError
from migrator.tree import Alias, Mapping, Parents, Sequence, Text, resolve, walk


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: b\nc: \xe0\n", "line 2: is not UTF-8"),
        (b"a: {{> partial}}\nb: [\n", "line 1: is a template, which is not YAML until it is rendered"),
        (b"a:\n{{#each jobs}}\n  {{name}}: b\n{{/each}}\n", "line 2: is a template, which"),
        (b"a:\n  - {{name}}:\n    b\n", "line 2: is a template, which"),
        (b"a:\n{% if b %}\n  c: d\n{% endif %}\n", "line 2: is a template, which"),
        (b"<% b.each do |c| %>\n  c: [\n", "line 1: is a template, which"),
        (b'key: {{ checksum "a.lock" }}-b\n', "line 1: is not valid YAML"),
        (b"key: 'v1-{{ .Branch }}'\nb: [\n", "is not valid YAML"),
        (b"run: docker ps --format '{{.Names}}'\nb: [\n", "is not valid YAML"),
        (b"a: [}\nb: |\n\n  {{#c}}\n", "line 1: is not valid YAML"),
        (b"a: 1\n---\nb: 2\n", "line 2: a second YAML document"),
        (b"a: 1\nb: 2\na: 3\n", "line 3: duplicate key `a`"),
        (b"a: *b\n", "line 1: the alias `*b` has no anchor before it"),
        (b"a: &b [*b]\n", "is inside its own anchor"),
        (b"a:\n\tb: c\n", "line 2: is not valid YAML"),
        (b"a: 'b\n", "is not valid YAML"),
        (b"a: \x00b\n", "is not valid YAML"),
        (b"- " * (MAX_DEPTH + 1) + b"a\n", "nested deeper"),
        (b"[" * 10_000, "nested deeper"),
        (b"a: " + b"{a: " * 10_000, "nested deeper"),
        (b"a" * (MAX_BYTES + 1), "files over 20,000,000"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_read_is_refused_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        open_document("config.yml", data)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_message_holds_a_value() -> None:
    for text in ("password: [hunter2secret\n", "a: 'hunter2secret\n", "hunter2secret: {a\n", "a: hunter2secret: b\n"):
        with pytest.raises(ReadError) as caught:
            read_tree(text)
        assert "hunter2secret" not in str(caught.value)


def test_several_merge_keys_in_one_mapping_are_read() -> None:
    root = read_tree("a: &a {x: 1}\nb: &b {y: 2}\nc:\n  <<: *a\n  <<: *b\n")
    assert isinstance(root, Mapping)
    merged = root.get("c")
    assert isinstance(merged, Mapping)
    assert [entry.is_merge for entry in merged.entries] == [True, True]


def test_an_alias_means_the_last_definition_before_it() -> None:
    root = read_tree("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")
    assert isinstance(root, Mapping)
    values = [resolve(entry.value) for entry in root.entries]
    assert [value.value for value in values if isinstance(value, Text)] == ["1", "1", "2", "2"]


def test_an_alias_bomb_is_read_in_linear_time() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 190)]
    root = read_tree("\n".join(lines))
    assert sum(isinstance(node, Alias) for node in walk(root)) == 2 * 189


def test_nothing_but_comments_is_a_null() -> None:
    root = read_tree("# a\n\n")
    assert isinstance(root, Text)
    assert root.is_null


@pytest.mark.parametrize("value", ["python:3.9", "a:b:c", "[[ x := .y ]]", "http://x:1/"])
def test_a_colon_inside_a_plain_text_in_flow_is_text(value: str) -> None:
    root = read_tree("a: [{b: " + value.replace("[", "").replace("]", "").strip() + "}]\n")
    (text,) = [n for n in walk(root) if isinstance(n, Text) and ":" in n.value]
    assert text.value == value.replace("[", "").replace("]", "").strip()


def test_a_private_character_that_a_text_escapes_stays() -> None:
    root = read_tree('a: [{b: c:d}, "\\uE000", "\\U0000e001"]\n')
    values = [n.value for n in walk(root) if isinstance(n, Text)]
    assert values == ["a", "b", "c:d", "\ue000", "\ue001"]


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
@pytest.mark.parametrize(
    "text",
    [
        "a:|\nb: c\n",
        "a: !t|\n\nb: c\n",
        "a: &x !t| # c\nb: c\n",
        "a: !<tag:yaml.org,2002:null>|\n",
        "[a, !t| ]\n",
        "{a| # b: c\n}\n",
        "{a :| # b: c\n}\n",
        "? a|\n# b: c\n",
        "-|\n- a\n",
    ],
)
def test_nothing_stands_right_behind_what_it_belongs_to(text: str, pure: bool) -> None:
    nothing = [n for n in walk(read_tree(text.replace("|", ""), pure=pure)) if isinstance(n, Text) and not n.value]
    assert [n.start for n in nothing] == [text.index("|")]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("[yes, No, on, y, n]", ["bool", "bool", "bool", "str", "str"]),
        ("[2.10, 012, 1:30, 0x1, 1e3, .5]", ["float", "int", "int", "int", "float", "float"]),
        ("[~, null, '', 'null', \"~\"]", ["null", "null", "str", "str", "str"]),
        ("[2020-01-01, '2.1', !!str 2.1, 1_000]", ["timestamp", "str", "str", "int"]),
    ],
)
def test_types_are_those_of_yaml_1_1(text: str, kinds: list[str]) -> None:
    root = read_tree(text)
    assert isinstance(root, Sequence)
    assert [item.type for item in root.items if isinstance(item, Text)] == kinds


def test_paths_and_parents_are_those_of_the_source() -> None:
    root = read_tree("a:\n- b: {c: d}\n")
    parents = Parents(root)
    (leaf,) = [n for n in walk(root) if isinstance(n, Text) and n.value == "d"]
    assert parents.path(leaf) == ("a", 0, "b", "c")
    assert parents.parent(root) is None


def test_others_who_use_the_parser_in_this_process_see_no_difference() -> None:
    """While a text is read, that parser finds other makers of its events, and its own again however that ends."""
    text = "a: &x [1, {b: c}, !!str 2]\nd: *x\ne: |\n  f\n"
    for read in (text, "a: [", "a: *b"):
        with suppress(ReadError):
            read_tree(read)
        loaded = ruamel.yaml.YAML(typ="safe", pure=False).load(text)
        assert loaded == ruamel.yaml.YAML(typ="safe", pure=True).load(text)
        fast, slow = (list(ruamel.yaml.YAML(typ="safe", pure=pure).parse(text)) for pure in (False, True))
        assert [type(event) for event in fast] == [type(event) for event in slow]
        for field in ("anchor", "tag", "implicit", "value", "comment"):
            assert [getattr(event, field, None) for event in fast] == [getattr(event, field, None) for event in slow]


def test_texts_are_read_by_several_threads() -> None:
    """One after the other: the parser has one place where it looks its events up."""
    texts = [f"jobs: {{{', '.join(f'j{n}{m}: [a, b]' for m in range(200))}}}\n" for n in range(8)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            trees = list(pool.map(read_tree, texts * 4))
    finally:
        sys.setswitchinterval(before)
    assert [repr(tree) for tree in trees] == [repr(read_tree(text)) for text in texts * 4]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: |\n  \tfoo\n  bar\n", "\tfoo\nbar\n"),
        ("a: |\n\n  \tfoo\n", "\n\tfoo\n"),
        ("a: |\n  \t\n  x\n", "\t\nx\n"),
        ("a: |-\n  # no comment\n  \tx\n", "# no comment\n\tx"),
        ("a: >\n  \tx\n  y\n", "\tx\ny\n"),
        ("a: |+\n    \tx\n\nb: {image: cimg/go:1.20, c: [x:y]}\n", "\tx\n\n"),
        ("b: {image: cimg/go:1.20}\na: |2\n  \tx\n", "\tx\n"),
        ("a: |\n  \tx\r\n", "\tx\n"),
    ],
)
def test_a_tab_that_begins_a_block_scalar_is_text(text: str, value: str) -> None:
    root = read_tree(text)
    assert isinstance(root, Mapping)
    found = root.get("a")
    assert isinstance(found, Text)
    assert found.value == value
    assert text[found.start] in "|>"


@pytest.mark.parametrize("text", ["a: |\n\tfoo\n", "a:\n\tb: c\n", "\ta: b\n"])
def test_a_tab_that_indents_is_refused(text: str) -> None:
    with pytest.raises(ReadError, match="is not valid YAML"):
        read_tree(text)


@pytest.mark.parametrize("head", ["%FOO bar", "# x\n%YAML 1.3", "%YAML 1.1 # x\n%X"])
def test_a_directive_of_no_known_kind_is_passed_over(head: str) -> None:
    text = f"{head}\n---\na: b\n"
    root = read_tree(text)
    assert isinstance(root, Mapping)
    assert isinstance(value := root.get("a"), Text)
    assert text[value.start : value.end] == value.value == "b"


def test_another_major_version_is_refused() -> None:
    with pytest.raises(ReadError, match="incompatible YAML document"):
        read_tree("%YAML 2.0\n---\na: b\n")
