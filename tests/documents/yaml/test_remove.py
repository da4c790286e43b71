"""What goes, and what stays of its neighbours: comments, blank lines, commas. One case a kind of place."""

from __future__ import annotations

import pytest

from tests.documents.yaml.cases import Case, Refusal, added, both, dropped, removed, try_case, try_refusal

CASES = [
    Case("a line that ends in a carriage return", "a: b\r\nc: d\r\ne: f\r\n", removed("c"), "a: b\r\ne: f\r\n"),
    Case("the last line, below a text of several lines", "a: |\n  b\nc: d", removed("c"), "a: |\n  b\n"),
    Case("all items, of which the last keeps its blank lines", "a:\n  - |+\n    b\n\nc: d\n", dropped(0, "a"), "a: []\nc: d\n"),
    Case("all items of a document", "- |+\n  b\n\n", dropped(0), "[]\n"),
    Case("all items, with carriage returns", "a:\r\n  - |+\r\n    b\r\n\r\nc: d\r\n", dropped(0, "a"), "a: []\r\nc: d\r\n"),
    Case("all items of an anchor", "a: &x\n  - b\nc: d\n", dropped(0, "a"), "a: &x []\nc: d\n"),
    Case("a pair", "[a: b, c]\n", removed("a", 0), "[{}, c]\n"),
    # a text of several lines would take in blanks that are indented as far
    Case("above blanks, below a text", "a: |\n  b\nc: d\n    \nf: g\n", removed("c"), "a: |\n  b\nf: g\n"),
    Case("above blanks, below an empty text", "a: |\nc: d\n  \nf: g\n", removed("c"), "a: |\nf: g\n"),
    Case("above a blank line, below a text", "a: |\n  b\nc: d\n\nf: g\n", removed("c"), "a: |\n  b\n\nf: g\n"),
    Case("above a comment that no text can take", "a: |\n  b\nc: d\n# e\nf: g\n", removed("c"), "a: |\n  b\n# e\nf: g\n"),
    # `a:,` would be a text
    Case("the last entry, behind nothing", "{a: , b: c}\n", removed("b"), "{a: }\n"),
    Case("the last entry, behind nothing with a quoted key", '{"a":, b: c}\n', removed("b"), '{"a": }\n'),
    # comments in flow
    Case("an entry while another comes, before a comment", "{a: b, d: e} # c\n", both(removed("a"), added()), "{d: e, z: y} # c\n"),
    Case("all entries, above a comment", "{a: b, # c\n}\n", removed("a"), "{ # c\n}\n"),
    Case("an item with a comment behind its comma", "[a, # b\n c]\n", dropped(0), "[ # b\n c]\n"),
    Case("an item with a comment before its comma", "[a # b\n , c]\n", dropped(0), "[ # b\n  c]\n"),
    Case("the last item below a comment", "[a, # b\n c]\n", dropped(1), "[a, # b\n ]\n"),
    Case("the last item on its line, below a comment", "[a, # b\n c,\n]\n", dropped(1), "[a, # b\n]\n"),
    # a comment in the line of what goes, goes with it; one above stays, as in block
    Case("an entry with a comment", "{\n  a: b, # a\n  c: d, # c\n  e: f # e\n}\n", removed("c"), "{\n  a: b, # a\n  e: f # e\n}\n"),
    Case("the first entry with a comment", "{\n  a: b, # a\n  c: d\n}\n", removed("a"), "{\n  c: d\n}\n"),
    Case("the last entry with a comment", "{\n  a: b,\n  c: d # c\n}\n", removed("c"), "{\n  a: b,\n}\n"),
    Case("the last entry with a comma and a comment", "{\n  a: b, # a\n  c: d, # c\n}\n", removed("c"), "{\n  a: b, # a\n}\n"),
    Case("an entry of several lines with a comment", "{\n  a: b,\n  c: [\n    d, # d\n  ], # c\n  e: f\n}\n", removed("c"), "{\n  a: b,\n  e: f\n}\n"),
    Case("an entry below a comment", "{\n  a: b,\n  # c\n  c: d,\n  e: f\n}\n", removed("c"), "{\n  a: b,\n  # c\n  e: f\n}\n"),
    Case("an entry below and before a comment", "{\n  a: b,\n  # x\n  c: d, # c\n  e: f\n}\n", removed("c"), "{\n  a: b,\n  # x\n  e: f\n}\n"),
    Case("an item with a comment", "[\r\n  a, # a\r\n  b, # b\r\n  c\r\n]\r\n", dropped(1), "[\r\n  a, # a\r\n  c\r\n]\r\n"),
    Case("two entries with comments", "{\n  a: b, # a\n  c: d, # c\n  e: f # e\n}\n", both(removed("a"), removed("c")), "{\n  e: f # e\n}\n"),
    Case("the two last entries with comments", "{\n  a: b, # a\n  c: d, # c\n  e: f # e\n}\n", both(removed("c"), removed("e")), "{\n  a: b, # a\n}\n"),
    Case("an entry whose comma is in the next line", "{\n  a: b # a\n  , c: d\n}\n", removed("a"), "{\n   # a\n   c: d\n}\n"),
    Case("an entry that shares its line", "{\n  a: b, c: d, # c\n  e: f\n}\n", removed("c"), "{\n  a: b,  # c\n  e: f\n}\n"),
    Case("an entry behind one that ends in nothing", "{\n  a: ,\n  c: d # c\n}\n", removed("c"), "{\n  a: ,\n}\n"),
    Case("the last item between comments", "[a, # b\n c # x\n , ]\n", dropped(1), "[a, # b\n  # x\n  ]\n"),
]  # fmt: skip

REFUSALS = [
    Refusal("a comment below would become text", "a: |\n  b\nc: d\n  # e\nf: g\n", removed("c"), "would become part of the text"),
    Refusal("a comment below would become the first line of a text", "a: |\nc: d\n\n # e\nf: g\n", removed("c"), "would become part of the text"),
    Refusal("all goes and something comes", "{a: b}\n", both(removed("a"), added(after=None)), "replace it"),
    Refusal("the last goes below a comment, another comes", "{a: b, # c\n d: e}\n", both(removed("d"), added(after=None)), "while others are added"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_what_goes_leaves_its_neighbours_as_they_are(case: Case) -> None:
    try_case(case)


@pytest.mark.parametrize("case", REFUSALS, ids=lambda c: c.name)
def test_what_cannot_go_is_refused(case: Refusal) -> None:
    try_refusal(case)
