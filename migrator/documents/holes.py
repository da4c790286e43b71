"""Holes in a text: ranges that something else fills in before the text is read as YAML.

While it is read, each hole is filled with characters that YAML takes as plain text; in the tree each reads
`<<...>>`, as a template of CircleCI does, so that what is known of a value can be told from what is not.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from migrator.errors import EditError
from migrator.startup.patterns import lazy
from migrator.tree import Mapping, Node, Text, walk

FILLING = "\uf8ff"
_RUN = lazy(f"{FILLING}+")
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


def restore(root: Node, names: Sequence[str], holes: Sequence[tuple[int, int]]) -> None:
    """Give the holes in all texts their names back. A text knows its holes, which are sorted, by their places."""
    starts, ends = [start for start, _ in holes], [end for _, end in holes]
    for node in walk(root):
        if isinstance(node, Mapping):
            continue
        if isinstance(node, Text) and FILLING in node.value:
            inside = names[bisect_left(starts, node.start) : bisect_right(ends, node.end)]
            parts = _RUN.split(node.value)
            if len(parts) == len(inside) + 1:
                node.value = "".join(part + name for part, name in zip(parts, [*inside, ""], strict=True))
            else:  # two holes side by side
                node.value = parts[0] + "".join(inside) + parts[-1]
