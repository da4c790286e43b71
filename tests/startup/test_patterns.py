"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re

import pytest

from migrator.startup.patterns import lazy


def test_nothing_is_compiled_before_the_first_question() -> None:
    broken = lazy("(")
    with pytest.raises(re.error):
        broken.match("(")


@pytest.mark.parametrize("flags", [0, re.IGNORECASE | re.MULTILINE])
def test_it_answers_as_the_pattern_does(flags: int) -> None:
    text = "Key: a\nkey: b\n"
    ours, theirs = lazy(r"^key: (\w)$", flags), re.compile(r"^key: (\w)$", flags)
    for _ in range(2):  # before and after it is compiled
        assert ours.findall(text) == theirs.findall(text)
        assert [m.span(1) for m in ours.finditer(text)] == [m.span(1) for m in theirs.finditer(text)]
        assert ours.sub(r"<\1>", text) == theirs.sub(r"<\1>", text)
        assert (ours.pattern, ours.flags) == (theirs.pattern, theirs.flags)
    assert (ours.match("x"), ours.fullmatch("x")) == (None, None)


def test_bytes_have_patterns_too() -> None:
    found = lazy(rb"\d+").search(b"a12")
    assert found is not None
    assert found.group() == b"12"
