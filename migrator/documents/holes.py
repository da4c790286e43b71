"""Holes in a text: ranges that something else fills in before the text is read as YAML.

While it is read, each hole is filled with characters that YAML takes as plain text; in the tree each reads
`<<...>>`, as a template of CircleCI does, so that what is known of a value can be told from what is not.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from migrator.errors import EditError
from migrator.startup.patterns import lazy
from migrator.tree import Node, Text, walk

FILLING = "\uf8ff"
_RUN = lazy(f"{FILLING}+")
UNNAMED = "<<{...}>>"
OPENING = "<<{"
"""How a hole begins in the texts of a tree; no file may come to hold it."""


def refuse_holes(written: str) -> None:
    """Raise `EditError` for new text that would say a computed part by its name, or by what fills it."""
    if OPENING in written or FILLING in written:
        raise EditError("a part of the new text is computed")


def fill(text: str, holes: Sequence[tuple[int, int]]) -> str:
    """The text with its holes filled, as long as before."""
    parts: list[str] = []
    place = 0
    for start, end in holes:
        parts += (text[place:start], FILLING * (end - start))
        place = end
    return "".join([*parts, text[place:]])


def restore(root: Node, names: Sequence[str], holes: Sequence[tuple[int, int]], text: str) -> None:
    """Give the holes in all texts of a tree their names back; `text` is what the tree was read from.

    A run of filling is one hole, several side by side, or a line of one that has several: then its first line has the
    name. What is between holes stays, also where a text does not hold every hole of its place (one may be in an
    anchor, or in a comment).
    """
    starts, ends = [start for start, _ in holes], [end for _, end in holes]
    for node in walk(root):
        if isinstance(node, Text) and FILLING in node.value:
            written = list(_RUN.finditer(text, node.start, node.end))
            told: list[str] = []
            last = -1
            for run in written:
                first = max(bisect_right(ends, run.start()), last + 1)
                behind = bisect_left(starts, run.end())
                told.append("".join(names[first:behind]))
                last = max(last, behind - 1)
            parts = _RUN.split(node.value)
            if len(parts) - 1 != len(told):
                told = [("".join(told) if not number else UNNAMED) for number in range(len(parts) - 1)]
            node.value = "".join(part + name for part, name in zip(parts, [*told, ""], strict=True))
