"""Lists of any length, moved through and narrowed down by keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.review.screens.lines import line_width
from migrator.review.screens.listing import Item, Listing
from migrator.review.screens.steps import Move, Step
from tests.review.screens.reading import said, styled


class Chosen:
    def __init__(self) -> None:
        self.values: list[int] = []

    def __call__(self, value: int) -> Step:
        self.values.append(value)
        return Move.CLOSE


def listing(count: int, chosen: Chosen, *, at: int = 0, searching: bool = False) -> Listing[int]:
    items = [Item(n, f"item {n}", f"right {n}", f"group {n // 5}" if n >= 5 else "") for n in range(count)]
    return Listing("All", items, chosen, progress=f"{count} left", at=at, searching=searching)


def pressed(panel: Listing[int], keys: str, columns: int = 60, rows: int = 12) -> Step:
    step: Step = None
    for key in keys:
        panel.draw(columns, rows)
        step = panel.press({"\r": "enter", "\x1b": "escape", "\b": "backspace"}.get(key, key))
    return step


@pytest.mark.parametrize(
    ("keys", "value"),
    [("\r", 0), ("jjj\r", 3), ("jjk\r", 1), ("k\r", 0), ("/item 17\r", 17), ("/group 2 right 11\r", 11)],
)
def test_enter_chooses_what_is_marked(keys: str, value: int) -> None:
    chosen = Chosen()
    assert pressed(listing(40, chosen), keys) is Move.CLOSE
    assert chosen.values == [value]


def test_a_search_of_several_matches_takes_a_second_enter() -> None:
    chosen = Chosen()
    panel = listing(40, chosen)
    assert pressed(panel, "/ITEM 3\r") is None
    assert "matching 'ITEM 3'" in said(panel.draw(60, 12))[-2]
    assert pressed(panel, "j\r") is Move.CLOSE
    assert chosen.values == [13]


def test_escape_takes_the_search_back_first() -> None:
    panel = listing(40, Chosen(), searching=True)
    assert pressed(panel, "zz") is None
    assert "Nothing matches." in said(panel.draw(60, 12))
    assert pressed(panel, "\x1b") is None
    assert "  item 1" in "\n".join(said(panel.draw(60, 12)))
    assert pressed(panel, "\x1b") is Move.CLOSE


def test_letters_are_taken_back() -> None:
    chosen = Chosen()
    assert pressed(listing(40, chosen), "/item 19\b7\r") is Move.CLOSE
    assert chosen.values == [17]


@given(count=st.integers(1, 60), at=st.integers(0, 59), rows=st.integers(6, 40), keys=st.text("jk ", max_size=20))
def test_what_is_marked_is_in_sight_with_its_heading(count: int, at: int, rows: int, keys: str) -> None:
    panel = listing(count, Chosen(), at=min(at, count - 1))
    pressed(panel, keys, rows=rows)
    lines = panel.draw(60, rows)
    (marked,) = [text for line in lines if (text := styled(line, "fg:ansiblue")) and text.startswith("> ")]
    number = int(marked.split("right")[0].split()[2])
    headings = [text for line in lines[2:-2] if (text := styled(line, "bold")).startswith("group")]
    assert number < 5 or f"group {number // 5}" in headings
    assert len(lines) == rows
    assert all(line_width(line) <= 60 for line in lines)


def test_a_list_of_many_is_drawn_as_quickly_as_a_short_one() -> None:
    class Counted(list[Item[int]]):
        asked = 0

        def __getitem__(self, index: Any) -> Any:
            Counted.asked += 1
            return super().__getitem__(index)

    items = Counted(Item(n, f"item {n}", group=f"group {n}") for n in range(100_000))
    panel = Listing("All", items, Chosen(), at=50_000)
    for key in "jjkk":
        panel.draw(80, 24)
        panel.press(key)
    assert Counted.asked < 2_000


def test_an_empty_list_says_so() -> None:
    panel = Listing[int]("All", [], Chosen())
    assert pressed(panel, "jk\r ") is None
    assert "Nothing is left." in said(panel.draw(60, 12))
