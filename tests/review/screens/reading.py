"""What lines of a screen say, and in which style."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.review.screens.lines import Line


def said(lines: Iterable[Line]) -> list[str]:
    return ["".join(text for _, text in line).rstrip() for line in lines]


def styled(line: Line, word: str) -> str:
    """The text of a line that has a word in its style."""
    return "".join(text for style, text in line if word in style.split())
