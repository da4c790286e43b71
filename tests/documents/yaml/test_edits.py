"""Where an edit lands and how it is written: one case a style, as people write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migrator.changes import (
    AddEntry,
    AddItem,
    Anchored,
    Change,
    Plain,
    RemoveEntry,
    RemoveItem,
    ReplaceValue,
    SetText,
    WrapAsSequence,
)
from migrator.documents import open_document
from migrator.documents.yaml.file import YamlText
from migrator.errors import EditError
from migrator.tree import Node
from tests.documents.yaml.cases import Case, put, try_case
from tests.nodes import at, entry, mapping, sequence, text

AUTH = {"username": "$U", "password": "$P"}


def auth_of(*path: str | int) -> Callable[[Node], Change]:
    """`auth` after the image of a mapping."""

    def change(root: Node) -> Change:
        image = mapping(root, *path)
        return AddEntry(image, "auth", dict(AUTH), image.entry("image"))

    return change


def context_of(*path: str | int) -> Callable[[Node], Change]:
    """`context` as the first entry of a mapping."""
    return lambda root: AddEntry(mapping(root, *path), "context", ["new"])


CASES = [
    Case(
        'a list quoted as the others below that key',
        'a:\n  context: ["x"]\nb:\n  needs: [a]\n',
        context_of('b'),
        'a:\n  context: ["x"]\nb:\n  context:\n    - "new"\n  needs: [a]\n',
    ),
    Case(
        'a list in flow quoted as the others below that key',
        "a:\n  context: 'x'\nb: {needs: [a]}\n",
        context_of('b'),
        "a:\n  context: 'x'\nb: {context: ['new'], needs: [a]}\n",
    ),
    Case(
        'a list where most below that key have no quotes',
        'a:\n  context: ["x"]\nb:\n  context: [y, z]\nc:\n  needs: [a]\n',
        context_of('c'),
        'a:\n  context: ["x"]\nb:\n  context: [y, z]\nc:\n  context:\n    - new\n  needs: [a]\n',
    ),
    Case(
        'an item quoted as most below that key',
        'a:\n  context: [\'x\', \'y\']\nb:\n  context: ["x"]\n',
        put(1, 'b', 'context', value='new'),
        'a:\n  context: [\'x\', \'y\']\nb:\n  context: ["x", \'new\']\n',
    ),
    Case(
        'a text that becomes a list, quoted as most below that key',
        "a:\n  context: ['x', 'y']\nb:\n  context: x\n",
        lambda root: WrapAsSequence(at(root, 'b', 'context'), ('new',)),
        "a:\n  context: ['x', 'y']\nb:\n  context:\n    - x\n    - 'new'\n",
    ),
    Case(
        'a list in JSON among others',
        'a:\n  context: [x]\nb: {"needs": ["a"]}\n',
        context_of('b'),
        'a:\n  context: [x]\nb: {"context": ["new"], "needs": ["a"]}\n',
    ),
    Case(
        'two lists of which a neighbour quotes one',
        'a:\n  name: "x"\nb:\n  needs: [a]\n',
        lambda root: [context_of('a')(root), context_of('b')(root)],
        'a:\n  context:\n    - "new"\n  name: "x"\nb:\n  context:\n    - "new"\n  needs: [a]\n',
    ),
    Case(
        'quotes that only what they hold needs',
        'a:\n  context: ["x: y"]\nb:\n  needs: [a]\n',
        context_of('b'),
        'a:\n  context: ["x: y"]\nb:\n  context:\n    - new\n  needs: [a]\n',
    ),
    Case("an item's last entry", "- image: a\n", auth_of(0), "- image: a\n  auth:\n    username: $U\n    password: $P\n"),
    Case("no final newline", "- image: a", auth_of(0), "- image: a\n  auth:\n    username: $U\n    password: $P"),
    Case(
        "above a comment and a blank line, below the comment of its line",
        "- image: a # why\n\n  # next\n  name: b\n",
        auth_of(0),
        "- image: a # why\n  auth:\n    username: $U\n    password: $P\n\n  # next\n  name: b\n",
    ),
    Case(
        "carriage returns",
        "- image: a\r\n  name: b\r\n",
        auth_of(0),
        "- image: a\r\n  auth:\r\n    username: $U\r\n    password: $P\r\n  name: b\r\n",
    ),
    Case(
        "the step of a sibling",
        "- image: a\n  environment:\n      X: y\n",
        auth_of(0),
        "- image: a\n  auth:\n      username: $U\n      password: $P\n  environment:\n      X: y\n",
    ),
    Case(
        "the step of the file",
        "jobs:\n    build:\n        docker:\n            - image: a\n",
        auth_of("jobs", "build", "docker", 0),
        "jobs:\n    build:\n        docker:\n            - image: a\n              auth:\n                  username: $U\n                  password: $P\n",
    ),
    Case(
        "a dash with a wide gap",
        "-   image: a\n    name: b\n",
        auth_of(0),
        "-   image: a\n    auth:\n      username: $U\n      password: $P\n    name: b\n",
    ),
    Case(
        "a dash on a line of its own",
        "-\n  image: a\n-\n  image: b\n",
        auth_of(1),
        "-\n  image: a\n-\n  image: b\n  auth:\n    username: $U\n    password: $P\n",
    ),
    Case(
        "astral characters and tabs before the place",
        "x: '🐳\t🐳'\ny:\n- image: naïve # 🐳\n",
        auth_of("y", 0),
        "x: '🐳\t🐳'\ny:\n- image: naïve # 🐳\n  auth:\n    username: $U\n    password: $P\n",
    ),
    Case(
        "quoted neighbours",
        '- "image": "a"\n',
        auth_of(0),
        '- "image": "a"\n  "auth":\n    "username": "$U"\n    "password": "$P"\n',
    ),
    Case(
        "an anchored and tagged item",
        "- &a !!map\n  image: &i !!str a\n  name: b\n- *a\n",
        auth_of(0),
        "- &a !!map\n  image: &i !!str a\n  auth:\n    username: $U\n    password: $P\n  name: b\n- *a\n",
    ),
    Case(
        "after a block scalar with blank lines behind it",
        "- image: |\n    a\n\n\n  name: b\n",
        auth_of(0),
        "- image: |\n    a\n  auth:\n    username: $U\n    password: $P\n\n\n  name: b\n",
    ),
    Case(
        "after a block scalar that keeps its blank lines",
        "- image: |+\n    a\n\n  name: b\n",
        auth_of(0),
        "- image: |+\n    a\n\n  auth:\n    username: $U\n    password: $P\n  name: b\n",
    ),
    Case("in flow", "[{image: a, name: b}]\n", auth_of(0), "[{image: a, auth: {username: $U, password: $P}, name: b}]\n"),
    Case("in padded flow", "- { image: a }\n", auth_of(0), "- { image: a, auth: { username: $U, password: $P } }\n"),
    Case("in flow with a last comma", "- {image: a,}\n", auth_of(0), "- {image: a, auth: {username: $U, password: $P}}\n"),
    Case("a pair without braces", "docker: [image: a]\n", auth_of("docker", 0), "docker: [{image: a, auth: {username: $U, password: $P}}]\n"),
    Case("a colon that libyaml refuses", "- {image: go:1.2}\n", auth_of(0), "- {image: go:1.2, auth: {username: $U, password: $P}}\n"),
    Case(
        "JSON",
        '[{"image": "a"}]\n',
        auth_of(0),
        '[{"image": "a", "auth": {"username": "$U", "password": "$P"}}]\n',
    ),
    Case(
        "flow on many lines",
        "- {\n    image: a, # why\n    name: b\n  }\n",
        auth_of(0),
        "- {\n    image: a, # why\n    auth: {username: $U, password: $P},\n    name: b\n  }\n",
    ),
    Case(
        "last in flow on many lines, with a comment",
        "- {\n    image: a # why\n  }\n",
        auth_of(0),
        "- {\n    image: a, # why\n    auth: {username: $U, password: $P}\n  }\n",
    ),
    Case(
        "first, below the line of its job and above comments",
        "- build:  # b\n      # c\n      requires: [a]\n",
        context_of(0, "build"),
        "- build:  # b\n      context:\n        - new\n      # c\n      requires: [a]\n",
    ),
    Case(
        "first, with the dashes of its siblings",
        "jobs:\n- a:\n    requires:\n    - x\n- build:\n    name: y\n",
        context_of("jobs", 1, "build"),
        "jobs:\n- a:\n    requires:\n    - x\n- build:\n    context:\n    - new\n    name: y\n",
    ),
    Case("first behind a dash", "- name: a\n", context_of(0), "- context:\n    - new\n  name: a\n"),
    Case("first under an anchor", "a: &x\n  b: c\n", context_of("a"), "a: &x\n  context:\n    - new\n  b: c\n"),
    Case("first behind dashes at the margin", "-\n  a: b\n-\n  # c\n  d: e\n", context_of(1), "-\n  a: b\n-\n  context:\n    - new\n  # c\n  d: e\n"),
    Case("first below an anchor on a line of its own", "a:\n  &x\n# c\n  b: d\n", context_of("a"), "a:\n  &x\n  context:\n    - new\n# c\n  b: d\n"),
    Case(
        "behind a script at the end of a file without newline",
        "a: |\n  b",
        lambda root: AddEntry(mapping(root), "c", "d", mapping(root).entries[0]),
        "a: |-\n  b\nc: d",
    ),
    Case(
        "behind a text that ends with a line of blanks",
        "a: |\n  b\n   \nc: d\n",
        lambda root: AddEntry(mapping(root), "e", "f", mapping(root).entries[0]),
        "a: |\n  b\n   \ne: f\nc: d\n",
    ),
    Case(
        "behind a tagged nothing",
        "a: !!null\n\nb: c\n",
        lambda root: AddEntry(mapping(root), "e", "f", mapping(root).entries[0]),
        "a: !!null\ne: f\n\nb: c\n",
    ),
    Case("into nothing with a comment", "a: { # why\n}\n", context_of("a"), "a: {context: [new] # why\n}\n"),
    Case(
        "several into one flow collection",
        "a: [b,]\nc: {}\nd: [e: f]\n",
        lambda root: [
            *(AddItem(sequence(root, "a"), 1, new) for new in ("x", "y")),
            *(AddEntry(mapping(root, "c"), new, new) for new in ("x", "y")),
            *(AddEntry(mapping(root, "d", 0), new, new) for new in ("x", "y")),
        ],
        "a: [b, x, y]\nc: {x: x, y: y}\nd: [{x: x, y: y, e: f}]\n",
    ),
    Case("first in flow", "- build: {a: b}\n", context_of(0, "build"), "- build: {context: [new], a: b}\n"),
    Case("into nothing in flow", '- "build": {}\n', context_of(0, "build"), '- "build": {context: [new]}\n'),
    Case("first behind an explicit key", "? a\n: b\n", context_of(), "context:\n  - new\n? a\n: b\n"),
    Case(
        "neighbours with and without quotes",
        "job:\n  name: a\n  version: \"b\"\n",
        lambda root: AddEntry(mapping(root, "job"), "context", "new"),
        "job:\n  context: new\n  name: a\n  version: \"b\"\n",
    ),
    Case(
        "neighbours that have to be quoted",
        "job:\n  version: \"1.20\"\n  only: ['*']\n",
        lambda root: [AddEntry(mapping(root, "job"), "context", "new"), AddItem(sequence(root, "job", "only"), 1, "new")],
        "job:\n  context: new\n  version: \"1.20\"\n  only: ['*', new]\n",
    ),
    Case(
        "items of a JSON list that have to be quoted",
        '{"only": ["*"]}\n',
        lambda root: AddItem(sequence(root, "only"), 1, "new"),
        '{"only": ["*", "new"]}\n',
    ),
    Case(
        "an item at the parent's indent, before a comment",
        "context:\n- 'a' # x\n# y\nb: c\n",
        lambda root: AddItem(sequence(root, "context"), 1, "new"),
        "context:\n- 'a' # x\n- 'new'\n# y\nb: c\n",
    ),
    Case(
        "an item first, in the middle and last",
        "a:\n  - x\n  # why\n  - y\n",
        lambda root: [AddItem(sequence(root, "a"), n, f"n{n}") for n in range(3)],
        "a:\n  - n0\n  - x\n  - n1\n  # why\n  - y\n  - n2\n",
    ),
    Case(
        "items in flow",
        "a: [x, y]\nb: []\nc: [ z ]\nd: [w, ]\n",
        lambda root: [
            AddItem(sequence(root, "a"), 0, "n"),
            AddItem(sequence(root, "b"), 0, "n"),
            AddItem(sequence(root, "c"), 1, "n"),
            AddItem(sequence(root, "d"), 1, "n"),
        ],
        "a: [n, x, y]\nb: [n]\nc: [ z, n ]\nd: [w, n ]\n",
    ),
    Case(
        "items in flow on many lines",
        "a: [\n  x,\n  y\n]\n",
        lambda root: AddItem(sequence(root, "a"), 2, "n"),
        "a: [\n  x,\n  y,\n  n\n]\n",
    ),
    Case(
        "a script that defines an anchor",
        "- a\n",
        lambda root: AddItem(sequence(root), 1, Anchored("x", "b\nc\n")),
        "- a\n- &x |\n  b\n  c\n",
    ),
    Case(
        "a step that is a mapping",
        "steps:\n  - checkout\n",
        lambda root: AddItem(sequence(root, "steps"), 0, {"docker/check": {"registry": "quay.io"}}),
        "steps:\n  - docker/check:\n      registry: quay.io\n  - checkout\n",
    ),
    Case(
        "an entry goes with its lines",
        "a: b\n# about c\nc:\n  - d # e\n\nf: g\n",
        lambda root: RemoveEntry(mapping(root), entry(mapping(root), "c")),
        "a: b\n# about c\n\nf: g\n",
    ),
    Case(
        "the first entry behind a dash goes",
        "- a: b # x\n  c: d\n",
        lambda root: RemoveEntry(mapping(root, 0), entry(mapping(root, 0), "a")),
        "- c: d\n",
    ),
    Case(
        "the last entry goes",
        "a:\n  b: c\nd: e",
        lambda root: [
            RemoveEntry(mapping(root, "a"), entry(mapping(root, "a"), "b")),
            RemoveEntry(mapping(root), entry(mapping(root), "d")),
        ],
        "a: {}",
    ),
    Case(
        "entries go from flow",
        "{a: b, c: d, e: f}\n",
        lambda root: [RemoveEntry(mapping(root), entry(mapping(root), "a")), RemoveEntry(mapping(root), entry(mapping(root), "e"))],
        "{c: d}\n",
    ),
    Case(
        "an item goes",
        "a:\n- b\n- c: d\n  e: f\n# g\n- h\n",
        lambda root: RemoveItem(sequence(root, "a"), sequence(root, "a").items[1]),
        "a:\n- b\n# g\n- h\n",
    ),
    Case(
        "the first entries behind a dash go together",
        "- a: b\n  c: d\n  # about e\n  e: f\n",
        lambda root: [RemoveEntry(mapping(root, 0), each) for each in mapping(root, 0).entries[:2]],
        "- # about e\n  e: f\n",
    ),
    Case(
        "entries move into another, not their comments",
        "- image: a\n  # b\n  c: d # e\n\n  f: |+ # g\n    h\n\n  i: j\n",
        lambda root: [auth_of(0)(root), *(RemoveEntry(mapping(root, 0), each) for each in mapping(root, 0).entries[1:3])],
        "- image: a\n  auth:\n    username: $U\n    password: $P\n  # b\n  # e\n\n  # g\n  i: j\n",
    ),
    Case(
        "the first entries behind a dash move into another, not their comments",
        "- a: b # c\n  # d\n  e: f # g\n  image: h\n",
        lambda root: [auth_of(0)(root), *(RemoveEntry(mapping(root, 0), each) for each in mapping(root, 0).entries[:2])],
        "- # c\n  # d\n  # g\n  image: h\n  auth:\n    username: $U\n    password: $P\n",
    ),
    Case(
        "the last entries in flow move into another",
        "[{image: a, b: c, d: e}, { image: a,\n  b: c, }]\n",
        lambda root: [
            *(auth_of(n)(root) for n in (0, 1)),
            *(RemoveEntry(mapping(root, n), each) for n in (0, 1) for each in mapping(root, n).entries[1:]),
        ],
        "[{image: a, auth: {username: $U, password: $P}}, { image: a, auth: { username: $U, password: $P }, }]\n",
    ),
    Case(
        "the first entries behind a dash go, not the comment between them",
        "- a: b # c\n  # d\n  e: f # g\n  image: h\n",
        lambda root: [RemoveEntry(mapping(root, 0), each) for each in mapping(root, 0).entries[:2]],
        "- # d\n  image: h\n",
    ),
    Case(
        "the last line goes below a text that keeps its line break",
        "a: |\n  b\nc: d",
        lambda root: RemoveEntry(mapping(root), entry(mapping(root), "c")),
        "a: |\n  b\n",
    ),
    Case(
        "the last line goes with blanks that would join the text above it",
        "a: |\n  b\nc: d\n    ",
        lambda root: RemoveEntry(mapping(root), entry(mapping(root), "c")),
        "a: |\n  b\n",
    ),
    Case(
        "the last entry of a flow mapping goes from below a comment, with its own",
        "{\n  a: b, # c\n  d: e, # f\n}\n",
        lambda root: RemoveEntry(mapping(root), entry(mapping(root), "d")),
        "{\n  a: b, # c\n}\n",
    ),
    Case(
        "a comment above the comma of what goes stays",
        "[\n  a\n  # b\n  , c\n]\n",
        lambda root: RemoveItem(sequence(root), sequence(root).items[0]),
        "[\n  \n  # b\n   c\n]\n",
    ),
    Case(
        "the first entry below an explicit key",
        "? a\n: # b\n  c: d\n",
        context_of("a"),
        "? a\n: # b\n  context:\n    - new\n  c: d\n",
    ),
    Case(
        "all goes from below an explicit key",
        "? a # b: c\n:\n  - d\n",
        lambda root: RemoveItem(sequence(root, "a"), sequence(root, "a").items[0]),
        "? a # b: c\n: []\n",
    ),
    Case(
        "a value of nothing keeps its blank when the entry behind it goes",
        "{a: , b: c,}\n",
        lambda root: RemoveEntry(mapping(root), entry(mapping(root), "b")),
        "{a: ,}\n",
    ),
    Case(
        "all items go from flow, comments stay",
        "a: [ # why\n  b,\n]\n",
        lambda root: RemoveItem(sequence(root, "a"), sequence(root, "a").items[0]),
        "a: [ # why\n  \n]\n",
    ),
    Case(
        "entries go from flow with their explicit keys",
        "{? a: b, ? c: d, e: f}\n",
        lambda root: [RemoveEntry(mapping(root), each) for each in mapping(root).entries[:2]],
        "{e: f}\n",
    ),
    Case("all items go", "a:\n  - b\nc: d\n", lambda root: RemoveItem(sequence(root, "a"), sequence(root, "a").items[0]), "a: []\nc: d\n"),
    Case(
        "an anchor is defined and used",
        "- image: a\n- image: b\n",
        lambda root: AddEntry(mapping(root, 0), "auth", Anchored("x", {"u": Plain("1")}), mapping(root, 0).entries[0]),
        "- image: a\n  auth: &x\n    u: 1\n- image: b\n",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_an_edit_takes_the_style_of_its_place(case: Case) -> None:
    try_case(case)


def test_a_byte_order_mark_stays() -> None:
    document = open_document("config.yml", b"\xef\xbb\xbf- image: a\n")
    assert document.bom
    assert document.text == "- image: a\n"


def test_an_anchor_that_others_use_is_not_taken_away() -> None:
    document = YamlText("a: &x b\nc: *x\n")
    root = mapping(document.root)
    with pytest.raises(EditError, match=r"anchor of `\*x`"):
        document.edits([RemoveEntry(root, root.entries[0])])


def test_an_entry_in_flow_with_a_comment_inside_is_not_moved() -> None:
    document = YamlText("{image: a, b: [ # why\n  c], d: e}\n")
    top = mapping(document.root)
    with pytest.raises(EditError, match="a comment inside it would be lost"):
        document.edits([auth_of()(top), RemoveEntry(top, entry(top, "b"))])
    document.edits([RemoveEntry(top, entry(top, "b"))])


def test_two_changes_of_one_text_are_refused() -> None:
    document = YamlText("a: b\n")
    with pytest.raises(EditError, match="edit the same text"):
        document.edits([SetText(text(document.root, "a"), "c"), ReplaceValue(at(document.root, "a"), "d")])


def test_comments_are_told_from_text() -> None:
    found = YamlText("# a\nb: 'c # d' # e\nf: | # g\n  # h\n  i\nj: k#l\n").comments()
    assert [comment for _, comment in found] == ["# a", "# e", "# g"]
