"""Texts that get other words, and keys other names: lines that stay are not touched."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migrator.changes import Change, RenameKey, SetText
from migrator.tree import Node
from tests.documents.yaml.cases import Case, Refusal, try_case, try_refusal
from tests.nodes import mapping, text


def said(value: str) -> Callable[[Node], Change]:
    return lambda root: SetText(text(root, "a"), value)


def renamed(name: str) -> Callable[[Node], Change]:
    return lambda root: RenameKey(mapping(root), mapping(root).entries[0], name)


CASES = [
    Case("the words that it has", "a: 'b'  # c\n", said("b"), "a: 'b'  # c\n"),
    Case("a number", "a: 1\n", said("2"), "a: 2\n"),
    Case("one line of several in single quotes", "a: 'b\n  c'\n", said("b d"), "a: 'b\n  d'\n"),
    Case("a quote in single quotes", "a: 'b\n  c'\n", said("b d'e"), "a: 'b\n  d''e'\n"),
    Case("a line break in single quotes", "a: 'b\n  c'\n", said("b\nd"), 'a: "b\\nd"\n'),
    Case("a quote in double quotes", 'a: "b\n  c"\n', said('b "d'), 'a: "b\n  \\"d"\n'),
    Case("blanks where a line ends in double quotes", 'a: "b\n  c"\n', said("b  c"), 'a: "b  c"\n'),
    Case("a character that single quotes cannot hold", "a: 'b\n  c'\n", said("b \a"), 'a: "b \\x07"\n'),
    Case("one line of several without quotes", "a: b\n  c\n", said("b d"), "a: b\n  d\n"),
    Case("a line break without quotes", "a: b\n  c\n", said("b\nd"), 'a: "b\\nd"\n'),
    Case("a last blank without quotes", "a: b\n  c\n", said("b "), 'a: "b "\n'),
    Case("a last line less", "a: |\n  b\n  c\n", said("b\n"), "a: |\n  b\n"),
    Case("a first line less", "a: |\n  b\n  c\n", said("c\n"), "a: |\n  c\n"),
    Case("lines more, one of them blank", "a: |\n  b\n  c\nd: e\n", said("b\nc\n\nx\n"), "a: |\n  b\n  c\n\n  x\nd: e\n"),
    Case("another last line at the end of a file", "a: |\n  b\n  c", said("b\nx"), "a: |\n  b\n  x"),
    Case("a line more at the end of a file", "a: |\n  b", said("b\nx"), "a: |\n  b\n  x"),
    Case("no lines any more", "a: |\n  b\n  c\n", said("b"), 'a: "b"\n'),
    Case("a word of a folded text", "a: >\n  b c\n  d\n", said("b x d\n"), "a: >\n  b x\n  d\n"),
    Case("a line break of a folded text", "a: >\n  b c\n  d\n", said("b c\nd\n"), "a: |\n  b c\n  d\n"),
    Case("blanks where a line of a folded text ends", "a: >\n  b c\n  d\n", said("b c  d\n"), "a: |\n  b c  d\n"),
    Case("an indentation of a folded text", "a: >\n  b\n", said(" b\n"), "a: |2\n   b\n"),
    Case("a line of a text that keeps its blank lines", "a: |+\n  b\n\nc: d\n", said("x\n\n"), "a: |+\n  x\n\nc: d\n"),
    Case("a word for a text that keeps its blank lines", "a: |+\n  b\n\nc: d\n", said("x"), 'a: "x"\nc: d\n'),
]  # fmt: skip

REFUSALS = [
    Refusal("words for a number", "a: 1\n", said("x y"), "another of its type"),
    Refusal("the name of another key", "a: b\nc: d\n", renamed("c"), "an entry `c` already"),
    Refusal("a name for a number", "1: b\n", renamed("c"), "only a key that is a string"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_text_gets_other_words(case: Case) -> None:
    try_case(case)


@pytest.mark.parametrize("case", REFUSALS, ids=lambda c: c.name)
def test_what_cannot_be_said_is_refused(case: Refusal) -> None:
    try_refusal(case)
