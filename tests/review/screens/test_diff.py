"""Diffs on screens of any size: numbers in their columns, context that fills the screen, marks inside changed lines."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.documents.edits import TextEdit
from migrator.results.diffs import hunks
from migrator.review.screens.diff import LEAST, Diff, DiffView, Row
from migrator.review.screens.lines import line_width
from tests.review.screens.reading import said, styled

FILE = "".join(f"line {n}\n" for n in range(1, 101))


def rows(context: int, edits: Sequence[TextEdit], text: str) -> list[list[Row]]:
    found: list[list[Row]] = []
    for hunk in hunks(text, edits, context):
        old, new = hunk.old_line, hunk.new_line
        found.append([])
        for line in hunk.lines:
            shown = line.text.rstrip("\n")
            found[-1].append(Row(line.mark, old if line.mark != "+" else 0, new if line.mark != "-" else 0, shown))
            old += line.mark != "+"
            new += line.mark != "-"
    return found


class Changes(Diff):
    def __init__(self, edits: Sequence[TextEdit], text: str) -> None:
        super().__init__(text.count("\n"))
        self._edits, self._text = edits, text

    def hunks(self, context: int) -> Sequence[Sequence[Row]]:
        return rows(context, self._edits, self._text)


def view(*edits: TextEdit, text: str = FILE) -> DiffView:
    return DiffView(Changes(edits, text))


def change(line: int, word: str) -> TextEdit:
    """Another text for a line that is called `line N`."""
    place = FILE.index(f"line {line}\n")
    return TextEdit(place, place + len(f"line {line}"), word)


def insert(line: int, text: str) -> TextEdit:
    place = FILE.index(f"line {line}\n")
    return TextEdit(place, place, text)


def test_both_numbers_have_their_columns() -> None:
    assert said(view(insert(10, "new\n")).lines(80, 1)) == [
        "  7   7   line 7",
        "  8   8   line 8",
        "  9   9   line 9",
        "     10 + new",
        " 10  11   line 10",
        " 11  12   line 11",
        " 12  13   line 12",
    ]


@settings(max_examples=40)
@given(line=st.integers(1, 100), other=st.integers(1, 100), columns=st.integers(20, 120), height=st.integers(1, 60))
def test_the_screen_is_filled_and_never_more_than_needed(line: int, other: int, columns: int, height: int) -> None:
    changes = [change(number, f"changed {number}") for number in sorted({line, other})]
    lines = view(*changes).lines(columns, height)
    least = view(*changes).lines(columns, 1)
    # Where both ends of the file are in sight, a line or two between two changes may not be.
    assert max(height - 2 * len(changes) + 1, len(least)) <= len(lines) <= max(height, len(least))
    texts = said(lines)
    assert all(f"+ changed {number}"[: columns - 8] in "\n".join(texts) for number in {line, other})
    assert all(line_width(each) <= columns for each in lines)
    assert len([text for text in texts if text.strip() == "..."]) <= len(changes) - 1


def test_the_gutter_is_as_wide_near_the_start_as_near_the_end() -> None:
    first, last = (said(view(insert(number, "new\n")).lines(80, 20)) for number in (1, 99))
    assert {text.index(" line") for text in (*first, *last) if " line" in text} == {9}
    assert "+ new" in "\n".join(first)


def test_context_is_added_on_both_sides_and_to_the_end_of_the_file() -> None:
    texts = said(view(insert(98, "new\n")).lines(80, 20))
    assert texts[-1].endswith("line 100")
    assert len(texts) == 20
    assert said(view(insert(50, "new\n")).lines(80, 4))[0].endswith(f"line {50 - LEAST}")


def test_changed_lines_are_coloured_whole_and_the_rest_is_dimmed() -> None:
    lines = view(change(10, "other")).lines(80, 1)
    removed, added = (next(line for line in lines if mark in said([line])[0]) for mark in ("- line", "+ other"))
    assert styled(removed, "fg:ansired") == "- line 10"
    assert styled(added, "fg:ansigreen") == "+ other"
    assert styled(lines[0], "dim") == "  7   7   line 7"


@pytest.mark.parametrize(
    ("new", "part", "was"),
    [
        ("line 10:", ":", ""),
        ("line 20", "2", "1"),
        ("lone 10", "o", "i"),
        ("wholly different", "", ""),
    ],
)
def test_what_changed_inside_a_line_is_marked(new: str, part: str, was: str) -> None:
    lines = view(change(10, new)).lines(80, 1)
    removed, added = (next(line for line in lines if f" {mark} " in said([line])[0]) for mark in "-+")
    assert (styled(added, "reverse"), styled(removed, "reverse")) == (part, was)


def test_a_mark_stays_at_its_place_behind_tabs_and_over_the_edge() -> None:
    text = "a\tvalue of x\n"
    long = view(TextEdit(len(text) - 2, len(text) - 1, "y"), text=text).lines(80, 1)
    assert [styled(line, "reverse") for line in long] == ["x", "y"]
    narrow = view(TextEdit(len(text) - 2, len(text) - 1, "y"), text=text).lines(20, 1)
    assert "".join(styled(line, "reverse") for line in narrow) == "xy"
    assert len(narrow) == 4


def test_wide_characters_wrap_at_the_edge() -> None:
    text = "名前" * 20 + "\n"
    lines = view(TextEdit(0, 0, "x"), text=text).lines(40, 1)
    assert all(line_width(line) <= 40 for line in lines)
    assert "".join(said(lines)).count("名") == 40
