"""The reader of plain command lines: what it leaves to the parser, and what it reads."""

from __future__ import annotations

import pytest

from migrator.startup.plain import FLAG, count, one_of, read_plainly, text, texts, words

OPTIONS = {
    "--loud": ("loud", FLAG),
    "--name": ("name", text),
    "--also": ("also", texts),
    "--only": ("only", words),
    "--times": ("times", count),
    "--colour": ("colour", one_of(("red", "blue"))),
}


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "-h",
        "--",
        "--lou",
        "--loud=1",
        "--loud=",
        "--things x",
        "--name",
        "--name=",
        "--name -",
        "--name --loud",
        "--only ,",
        "--times 0",
        "--times two",
        "--times ²",
        "--times 99999999999",
        "--colour green",
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(line: str) -> None:
    assert read_plainly(["a", *line.split()], OPTIONS, "things") is None


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("", {}),
        ("a - b", {"things": ("a", "-", "b")}),
        ("--loud a --loud", {"loud": True, "things": ("a",)}),
        ("--name a --name=b=c", {"name": "b=c"}),
        ("--also a --also=b", {"also": ("a", "b")}),
        ("--only a,b,,c --only=d", {"only": ("a", "b", "c", "d")}),
        ("--times 12", {"times": 12}),
        ("--colour=blue", {"colour": "blue"}),
    ],
)
def test_plain_lines_are_read(line: str, read: dict[str, object]) -> None:
    assert read_plainly(line.split(), OPTIONS, "things") == read
