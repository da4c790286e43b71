"""Comments of a YAML text, told from what only looks like one inside a scalar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from migrator.startup.patterns import lazy
from migrator.tree import Node, Text, walk

_COMMENT = lazy(r"(?:^|(?<=[ \t\r\n]))#[^\r\n]*")


def comments(text: str, roots: Iterable[Node], start: int, end: int) -> Iterator[tuple[int, str]]:
    """Offset and text of each comment from `start` to `end`, its `#` included. `roots` hold the scalars there."""
    texts = [n for root in roots for n in walk(root) if isinstance(n, Text) and n.end > n.start]
    starts = [n.start for n in texts]
    place = start
    while found := _COMMENT.search(text, place, end):
        index = bisect_right(starts, found.start()) - 1
        if index >= 0 and found.start() < texts[index].end and not _is_header(text, texts[index], found.start()):
            place = texts[index].end
            continue
        yield found.start(), found.group()
        place = found.end()


def outside_of_texts(text: str, root: Node, places: Iterable[int]) -> set[int]:
    """Those of the places that are in no scalar: neither in quotes nor in a block, behind whose header is outside."""
    texts = [node for node in walk(root) if isinstance(node, Text) and node.end > node.start]
    starts = [node.start for node in texts]
    found = set()
    for place in places:
        index = bisect_right(starts, place - 1) - 1
        if index < 0 or place >= texts[index].end or _is_header(text, texts[index], place):
            found.add(place)
    return found


def _is_header(text: str, scalar: Text, place: int) -> bool:
    """A comment behind the `|` or `>` of a block scalar is inside the scalar's span."""
    return scalar.style in ("|", ">") and text.find("\n", scalar.start, place) < 0
