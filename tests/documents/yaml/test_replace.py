"""Values, texts and keys that become others: what stays of their style, one case a style, as people write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migrator.changes import Change, Reference, RenameKey, ReplaceValue, SetText, WrapAsMapping, WrapAsSequence
from migrator.tree import Node
from tests.documents.yaml.cases import Case, Refusal, try_case, try_refusal
from tests.nodes import at, mapping, text


def filled(*path: str | int) -> Callable[[Node], Change]:
    """A context in place of nothing."""
    return lambda root: ReplaceValue(at(root, *path), {"context": ["new"]})


CASES = [
    Case("nothing, in padded braces", "[ { build: } ]\n", filled(0, "build"), "[ { build: { context: [ new ] } } ]\n"),
    Case("nothing, in padded braces before another", "{ a: , b: c }\n", filled("a"), "{ a: { context: [ new ] }, b: c }\n"),
    Case("nothing, in tight braces", "[{build: }, {test: a}]\n", filled(0, "build"), "[{build: {context: [new]}}, {test: a}]\n"),
    Case("nothing, in one of two", "[{ build: }, { b: }]\n", filled(0, "build"), "[{ build: { context: [ new ] } }, { b: }]\n"),
    Case("nothing, before a comma", "{ a: , b: c}\n", filled("a"), "{ a: {context: [new]}, b: c}\n"),
    Case(
        "a text becomes a mapping",
        "jobs:\n  - build # c\n  - test:\n      requires: [build]\n",
        lambda root: WrapAsMapping(text(root, "jobs", 0), {"context": ["new"]}),
        "jobs:\n  - build: # c\n      context:\n        - new\n  - test:\n      requires: [build]\n",
    ),
    Case(
        "a quoted text with an anchor becomes a mapping",
        "- &b 'build'\n- *b\n",
        lambda root: WrapAsMapping(text(root, 0), {"context": ["new"]}),
        "- &b 'build':\n    context:\n      - new\n- *b\n",
    ),
    Case(
        "a text in flow becomes a mapping",
        "jobs: [build, test]\n",
        lambda root: WrapAsMapping(text(root, "jobs", 1), {"context": ["new"]}),
        "jobs: [build, {test: {context: [new]}}]\n",
    ),
    Case(
        "nothing becomes a mapping",
        "- build:\n- test\n",
        lambda root: ReplaceValue(at(root, 0, "build"), {"context": ["new"]}),
        "- build:\n    context:\n      - new\n- test\n",
    ),
    Case(
        "a null becomes a mapping",
        "- build: ~ # c\n",
        lambda root: ReplaceValue(at(root, 0, "build"), {"context": ["new"]}),
        "- build: # c\n    context:\n      - new\n",
    ),
    Case(
        "three kinds of nothing in flow",
        "[{j: }, {k}, {l: ~}]\n",
        lambda root: [ReplaceValue(at(root, n, key), {"a": "b"}) for n, key in enumerate("jkl")],
        "[{j: {a: b}}, {k: {a: b}}, {l: {a: b}}]\n",
    ),
    Case(
        "an alias becomes a merge",
        "x: &x\n  a: b\n- : c\n".replace("- : c\n", "y:\n  job: *x # d\n"),
        lambda root: ReplaceValue(
            mapping(root, "y").entries[0].value, {"<<": Reference(at(root, "x")), "context": ["new"]}
        ),
        "x: &x\n  a: b\ny:\n  job: # d\n    <<: *x\n    context:\n      - new\n",
    ),
    Case(
        "a tag goes with the value that it is about",
        "a: !!binary x\nb: &b !t y\nc: !t &c z\nd: [*b, *c]\n",
        lambda root: [ReplaceValue(at(root, "a"), ["x"]), ReplaceValue(at(root, "b"), "v"), ReplaceValue(at(root, "c"), "w")],
        "a:\n  - x\nb: &b v\nc: &c w\nd: [*b, *c]\n",
    ),
    Case(
        "a value on many lines becomes a script, with its comment",
        "a: [\n  b\n] # why\nc: d\n",
        lambda root: ReplaceValue(at(root, "a"), "x\ny\n"),
        "a: | # why\n  x\n  y\nc: d\n",
    ),
    Case(
        "a script becomes a mapping, with the comment of its header",
        "a: |- # why\n  b\nc: d\n",
        lambda root: ReplaceValue(at(root, "a"), {"x": "y"}),
        "a: # why\n  x: y\nc: d\n",
    ),
    Case(
        "a script is not put where it would take the comment below to itself",
        "a: b\n      # about c\nc: d\n",
        lambda root: ReplaceValue(at(root, "a"), "x\ny\n"),
        'a: "x\\ny\\n"\n      # about c\nc: d\n',
    ),
    Case(
        "a value below its key and a comment, with a comment behind it",
        "a:\n  # about b\n  b # why\nc: d\n",
        lambda root: ReplaceValue(at(root, "a"), ["x"]),
        "a:\n  # about b\n  # why\n  - x\nc: d\n",
    ),
    Case(
        "an item with comments in it",
        "steps:\n  # above\n  - run: # why\n      name: a # b\n\n      # c\n      command: d # e\n  - f\n",
        lambda root: ReplaceValue(at(root, "steps", 0), {"x": "y"}),
        "steps:\n  # above\n  # why\n  # b\n  # c\n  - x: y # e\n  - f\n",
    ),
    Case(
        "an item with a comment in its first line",
        "- run: # why\n    # c\n    command: d\n- f\n",
        lambda root: ReplaceValue(at(root, 0), {"x": {"y": "z"}}),
        "# c\n- x: # why\n    y: z\n- f\n",
    ),
    Case(
        "a list with comments in it",
        "a: b\nauth: # why\n  - c: d # e\n  # f\n  - g: h # i\nj: k\n",
        lambda root: ReplaceValue(at(root, "auth"), {"x": "y"}),
        "a: b\nauth: # why\n  # e\n  # f\n  # i\n  x: y\nj: k\n",
    ),
    Case(
        "a list on many lines with comments in it becomes a text",
        "- a: b\n  c: [ # d\n    e, # f\n    g\n  ] # h\n",
        lambda root: ReplaceValue(at(root, 0, "c"), "x\ny\n"),
        "- a: b\n  # d\n  # f\n  c: | # h\n    x\n    y\n",
    ),
    Case(
        "a member of flow with a comment in it",
        "a: [b, {\n    c: d, # e\n    f: g\n  }]\n",
        lambda root: ReplaceValue(at(root, "a", 1), "x"),
        "# e\na: [b, x]\n",
    ),
    Case(
        "a comment behind the tag of what goes",
        "- a\n- !t # why\n  - b\n",
        lambda root: ReplaceValue(at(root, 1), "x"),
        "- a\n- x # why\n",
    ),
    Case(
        "a nothing with a comment in flow",
        "{\n  a # b: c\n}\n",
        lambda root: ReplaceValue(at(root, "a"), "x"),
        "{\n  a: x # b: c\n}\n",
    ),
    Case(
        "behind an explicit key",
        "? a\n: b # c\n? d\n# e\n",
        lambda root: [ReplaceValue(at(root, "a"), ["x"]), ReplaceValue(at(root, "d"), {"y": "z"})],
        "? a\n: [x] # c\n? d\n: {y: z}\n# e\n",
    ),
    Case(
        "below an explicit key",
        "? a # :\n:\n- b\n? c\n: # d\n  - e # f\n",
        lambda root: [ReplaceValue(at(root, "a"), ["x"]), ReplaceValue(at(root, "c"), "y")],
        "? a # :\n: [x]\n? c\n: y # d\n  # f\n",
    ),
    Case(
        "a tagged nothing behind an explicit key becomes a list",
        "? a\n: !t\n",
        lambda root: WrapAsSequence(at(root, "a"), ("x",)),
        "? a\n: [!t \"\", x]\n",
    ),
    Case(
        "a script in an item with a wide gap",
        "-   a\n-   b\n",
        lambda root: ReplaceValue(at(root, 0), "  x\ny\n"),
        "-   |2\n    x\n  y\n-   b\n",
    ),
    Case(
        "a text below its key becomes a list",
        "context:\n  a # why\nb: c\n",
        lambda root: WrapAsSequence(at(root, "context"), ("new",)),
        "context:\n  - a # why\n  - new\nb: c\n",
    ),
    Case(
        "a folded text becomes a list",
        "context: >- # why\n  a\nb: c\n",
        lambda root: WrapAsSequence(at(root, "context"), ("new",)),
        "context: # why\n  - a\n  - new\nb: c\n",
    ),
    Case(
        "a text behind an explicit key becomes a list",
        "? context\n: a?\n",
        lambda root: WrapAsSequence(at(root, "context"), ("new",)),
        '? context\n: ["a?", new]\n',
    ),
    Case(
        "a folded item becomes a mapping",
        "- >-\n  build\n- test\n",
        lambda root: WrapAsMapping(text(root, 0), {"a": "b"}),
        "- build:\n    a: b\n- test\n",
    ),
    Case(
        "a text becomes a list and keeps its anchor",
        "job:\n  context: &c a # why\n  other: *c\n",
        lambda root: WrapAsSequence(at(root, "job", "context"), ("new",)),
        "job:\n  context:\n    - &c a # why\n    - new\n  other: *c\n",
    ),
    Case(
        "a quoted text in flow becomes a list",
        "{context: 'a', b: c}\n",
        lambda root: WrapAsSequence(at(root, "context"), ("new",)),
        "{context: ['a', 'new'], b: c}\n",
    ),
    Case(
        "a line leaves a script",
        "run: |\n  set -e\n\n  docker login\n  # say\n  make\n\nb: c\n",
        lambda root: SetText(text(root, "run"), "set -e\n\n# say\nmake\n"),
        "run: |\n  set -e\n\n  # say\n  make\n\nb: c\n",
    ),
    Case(
        "a folded text loses the line above one that begins with a tab",
        "a: >-\n  b\n  \tc\nd: e\n",
        lambda root: SetText(text(root, "a"), "\tc"),
        'a: "\\tc"\nd: e\n',
    ),
    Case(
        "a text of one line keeps its quotes",
        "a: 'it''s' # c\nb: \"x\\ty\"\nc: z\n",
        lambda root: [
            SetText(text(root, "a"), "that's"),
            SetText(text(root, "b"), "x\ty\\"),
            SetText(text(root, "c"), "yes"),
        ],
        "a: 'that''s' # c\nb: \"x\\ty\\\\\"\nc: 'yes'\n",
    ),
    Case("a number stays one", "version: 2\n", lambda root: SetText(text(root, "version"), "2.1"), "version: 2.1\n"),
    Case("a quoted number stays a text", "version: '2'\n", lambda root: SetText(text(root, "version"), "2.1"), "version: '2.1'\n"),
    Case(
        "a folded text on many lines",
        "a: >-\n  one\n  two\n\n  three\n",
        lambda root: SetText(text(root, "a"), "one 2\nthree"),
        "a: >-\n  one\n  2\n\n  three\n",
    ),
    Case(
        "a text on many lines becomes one that has to be quoted",
        "a: one\n  two\nb: [one\n  two]\n",
        lambda root: [SetText(text(root, "a"), "yes"), SetText(text(root, "b", 0), "one, two")],
        'a: "yes"\nb: ["one, two"]\n',
    ),
    Case(
        "an empty block scalar gets words",
        "a: |\nb: >- # why\n",
        lambda root: [SetText(text(root, "a"), "x"), SetText(text(root, "b"), "y\nz")],
        'a: "x"\nb: "y\\nz" # why\n',
    ),
    Case(
        "a script gets what only quotes can hold",
        "a: |\n  x\n  y\nb: c\n",
        lambda root: SetText(text(root, "a"), "x\x07\n"),
        'a: "x\\a\\n"\nb: c\n'.replace("\\a", "\\x07"),
    ),
    Case(
        "a colon at the front is quoted in flow",
        "{a: b:c, d: e:f}\n",
        lambda root: [SetText(text(root, "a"), ":x"), SetText(text(root, "d"), "x:y")],
        '{a: ":x", d: x:y}\n',
    ),
    Case("a tagged nothing gets words", "a: !!str\nb: c\n", lambda root: SetText(text(root, "a"), "x"), "a: !!str x\nb: c\n"),
    Case(
        "a key with an anchor is renamed",
        "&k a: b\nc: *k\n",
        lambda root: RenameKey(mapping(root), mapping(root).entries[0], "z"),
        "&k z: b\nc: *k\n",
    ),
    Case(
        "a key is renamed in its quotes",
        "'a': b # c\n",
        lambda root: RenameKey(mapping(root), mapping(root).entries[0], "z"),
        "'z': b # c\n",
    ),
    Case("an item that keeps its blank lines becomes a mapping", "- |+\n  b\n\n- c\n", lambda root: ReplaceValue(at(root, 0), {"x": "y"}), "- x: y\n- c\n"),
    Case("a text that keeps its blank lines becomes a word", "a: |+\n  b\n\nc: d\n", lambda root: ReplaceValue(at(root, "a"), "x"), "a: x\nc: d\n"),
    Case("a text that keeps its blank lines becomes a mapping", "a: |+\n  b\n\nc: d\n", lambda root: ReplaceValue(at(root, "a"), {"x": "y"}), "a:\n  x: y\nc: d\n"),
    Case("a text that keeps its blank lines, below a comment, becomes a mapping", "a:\n  # c\n  |+\n  b\n\nd: e\n", lambda root: ReplaceValue(at(root, "a"), {"x": "y"}), "a:\n  # c\n  x: y\nd: e\n"),
    Case("a text that keeps its blank lines becomes an item", "a: |+\n  b\n\nc: d\n", lambda root: WrapAsSequence(at(root, "a"), ("x",)), 'a:\n  - "b\\n\\n"\n  - x\nc: d\n'),
    Case("a text that keeps its blank lines becomes a key", "- |+\n  b\n\n- c\n", lambda root: WrapAsMapping(text(root, 0), {"x": "y"}), '- "b\\n\\n":\n    x: y\n- c\n'),
    Case("a text of several lines does not take in the comment above it", "a:\n  # c\n  b\nd: e\n", lambda root: ReplaceValue(at(root, "a"), "x\ny\n"), 'a: "x\\ny\\n"\n  # c\nd: e\n'),
    Case("an item with an anchor becomes a mapping in flow", "- &x b\n- *x\n", lambda root: ReplaceValue(at(root, 0), {"y": "z"}), "- &x {y: z}\n- *x\n"),
    Case("nothing in flow becomes a text behind a blank", '{"a":}\n', lambda root: ReplaceValue(at(root, "a"), "b"), '{"a": "b"}\n'),
]  # fmt: skip

REFUSALS = [
    Refusal("the document becomes another", "a: b\n", lambda root: ReplaceValue(root, "x"), "the whole document"),
    Refusal("a key becomes another", "a: b\n", lambda root: ReplaceValue(mapping(root).entries[0].key, "x"), "a key is renamed"),
    Refusal("a value becomes a key", "a: b\n", lambda root: WrapAsMapping(text(root, "a"), {"x": "y"}), "only an item"),
    Refusal("nothing becomes a key", "-\n- b\n", lambda root: WrapAsMapping(text(root, 0), {"x": "y"}), "nothing cannot become a key"),
    Refusal("nothing becomes an item", "a:\n", lambda root: WrapAsSequence(at(root, "a"), ("x",)), "nothing cannot become the first item"),
    Refusal("a key becomes an item", "a: b\n", lambda root: WrapAsSequence(mapping(root).entries[0].key, ("x",)), "only the value of an entry"),
    Refusal("a mapping below an explicit key becomes an item", "? a\n:\n  b: c\n", lambda root: WrapAsSequence(at(root, "a"), ("x",)), "several lines"),
    Refusal("a mapping of several lines becomes an item", "a:\n  b: c\n  d: e\n", lambda root: WrapAsSequence(at(root, "a"), ("x",)), "several lines"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_what_becomes_another_keeps_its_style(case: Case) -> None:
    try_case(case)


@pytest.mark.parametrize("case", REFUSALS, ids=lambda c: c.name)
def test_what_cannot_become_another_is_refused(case: Refusal) -> None:
    try_refusal(case)
