"""The keys at the bottom of a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migrator.review.screens.keys import key_bar
from migrator.review.screens.lines import line_width, shortened, width
from tests.review.screens.reading import said

KEYS = [("y", "apply"), ("n", "skip"), ("a", "all in file"), ("A", "all everywhere"), ("?", "all keys")]


def test_all_keys_are_shown_where_there_is_room() -> None:
    shown = "y apply   n skip   a all in file   A all everywhere   ? all keys"
    assert said(key_bar(KEYS, 80, 1)) == [shown]


@given(columns=st.integers(20, 100), rows=st.integers(1, 3))
def test_the_last_key_is_never_left_out(columns: int, rows: int) -> None:
    lines = key_bar(KEYS, columns, rows)
    assert len(lines) <= rows
    assert all(line_width(line) <= columns for line in lines)
    assert said(lines)[-1].endswith("? all keys")
    assert said(lines)[0].startswith("y apply")


@given(text=st.text(max_size=30), columns=st.integers(1, 40), at_start=st.booleans())
def test_a_shortened_text_fits(text: str, columns: int, at_start: bool) -> None:
    short = shortened(text, columns, at_start=at_start)
    assert width(short) <= columns
    assert short == text or "…" in short
