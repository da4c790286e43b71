"""Rooms, files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ROOT

HOUSE = ROOT / "migrator"
RULES = HOUSE.parent / "rules"

MOST_FILES = 26
MOST_LINES = 400
LONGEST_FUNCTION = 60

FILES = sorted(file for folder in (HOUSE, RULES) for file in folder.rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(HOUSE.parent).as_posix()


def long_functions(text: str) -> Iterator[str]:
    """The functions and methods of a text that are too long, decorators not counted."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION:
                yield node.name


def test_no_room_holds_too_many_files() -> None:
    rooms = {file.parent for file in FILES}
    assert {name_of(room): count for room in rooms if (count := len([*room.glob("*.py")])) > MOST_FILES} == {}


def test_no_file_is_too_long() -> None:
    long = {name_of(file) for file in FILES if len(file.read_text("utf-8").splitlines()) > MOST_LINES}
    assert long == set()


def test_no_function_is_too_long() -> None:
    long = {f"{name_of(file)}: {name}" for file in FILES for name in long_functions(file.read_text("utf-8"))}
    assert long == set()


@pytest.mark.parametrize(("lines", "found"), [(LONGEST_FUNCTION, []), (LONGEST_FUNCTION + 1, ["f"])])
def test_a_function_counts_from_its_first_line_to_its_last(lines: int, found: list[str]) -> None:
    assert list(long_functions("@d\ndef f():\n" + "    x = 1\n" * (lines - 1))) == found
