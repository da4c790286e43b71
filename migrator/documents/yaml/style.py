"""How a YAML file is written, as far as new text has to follow it: steps of indentation, dash offsets, quotes.

What the nearest neighbours do decides; where they say nothing, the majority of the file; where that is silent, what
most configs do (two columns for everything: 468 of 474 `auth` blocks that people added by hand).
"""

# Nodes are asked for their type with `is`: these loops meet every node of a file.
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import islice

from migrator.documents.yaml.builder import BLOCK
from migrator.documents.yaml.scalars import may_be_plain
from migrator.tree import Entry, Mapping, Node, Parents, Sequence, Text, walk

DEFAULT_STEP = 2
DEFAULT_OFFSET = 2
ENOUGH = 20
"""So many collections, the last ones of the file first, say how it is written."""

NEAR = 4
"""So many items on each side of a new one say how it is written, before all the others do."""

REACH = 120
"""So many characters behind a key show whether there are any quotes below it."""

LOOKS = 100
"""So many are looked at when few of them have what is asked for."""


class _What(Enum):
    """What a file may have in its own way: columns from a key to the keys, and to the dashes, below it."""

    STEP = "step"
    BODY = "step in an item, from its name"
    OFFSET = "offset"


class YamlStyle:
    """Questions about one text and its tree. Answers that need a look at many nodes are kept."""

    def __init__(self, text: str, root: Node, parents: Parents) -> None:
        self._text = text
        self._root = root
        self._parents = parents
        self._known: dict[_What, int] = {}
        self._counters: dict[_What, Counter[int]] = {what: Counter() for what in _What}
        self._votes = islice(self._look_around(), LOOKS)
        self._quote: str | None = None
        self._columns: dict[int, tuple[int | None, int | None]] = {}
        self._of_items: dict[int, tuple[int | None, int | None]] = {}
        first = text.find("\n")
        self.newline = "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"
        if first < 0 and "\r" in text:
            self.newline = "\r"

    def line_start(self, offset: int) -> int:
        start = self._text.rfind("\n", 0, offset) + 1
        if self.newline == "\r":
            start = max(start, self._text.rfind("\r", 0, offset) + 1)
        return start

    def line_end(self, offset: int) -> int:
        """Where the line that holds `offset` ends, before its line break."""
        text = self._text
        end = text.find("\n", offset)
        if self.newline == "\r":
            lone = text.find("\r", offset)
            return len(text) if end < 0 and lone < 0 else min(x for x in (end, lone) if x >= 0)
        if end < 0:
            return len(text)
        return end - 1 if end > offset and text[end - 1] == "\r" else end

    def column(self, offset: int) -> int:
        return offset - self.line_start(offset)

    def mapping_column(self, mapping: Mapping) -> int:
        """The column of a block mapping's keys, or of their `?`."""
        start = mapping.entries[0].key.head
        line = self.line_start(start)
        if "?" in self._text[line:start]:
            start = self.key_start(mapping.entries[0])
        return start - line

    def key_start(self, entry: Entry) -> int:
        """Where an entry begins: at its key's anchor or tag, or at the `?` of an explicit key."""
        start = entry.key.head
        before = self._text[max(0, start - 80) : start].rstrip(" \t")
        if before.endswith("?") and (len(before) == 1 or before[-2] in " \t\r\n-{[,"):
            return start - (min(80, start) - len(before)) - 1
        return start

    def step(self, mapping: Mapping | None) -> int:
        """Columns from a key of the mapping to the keys of a mapping below it."""
        if mapping is not None and mapping.style is BLOCK:
            own = self._below(mapping)[0]
            if own is not None:
                return own
        return self._usual(_What.STEP)

    def offset(self, mapping: Mapping | None) -> int:
        """Columns from a key of the mapping to the dashes of a sequence below it."""
        if mapping is not None and mapping.style is BLOCK:
            own = self._below(mapping)[1]
            if own is not None:
                return own
            sequence = self._parents.parent(mapping)
            if type(sequence) is Mapping:  # `- build:` with a body: the siblings are the bodies of the other items
                sequence = self._parents.parent(sequence)
            if type(sequence) is Sequence:
                found = self._item_style(sequence)[1]
                if found is not None:
                    return found
        return self._usual(_What.OFFSET)

    def body_step(self, sequence: Sequence, near: int | None = None) -> int:
        """Columns from a name to its body's keys in `- name:` items of the sequence, those around `near` first."""
        found = self._near(sequence, near)[0]
        return self._usual(_What.BODY) if found is None else found

    def item_offset(self, sequence: Sequence, near: int | None = None) -> int:
        """Columns from a key in a body of the sequence's items to the dashes of a list below that key."""
        found = self._near(sequence, near)[1]
        return self._usual(_What.OFFSET) if found is None else found

    def _near(self, sequence: Sequence, near: int | None) -> tuple[int | None, int | None]:
        """How the items around an index are written; where they do not show it, how any of them is."""
        step = offset = None
        if near is not None:
            around = [near, *(near + side * away for away in range(1, NEAR + 1) for side in (-1, 1))]
            items = [sequence.items[index] for index in around if 0 <= index < len(sequence.items)]
            step, offset = self._first_style(items)
        if step is None or offset is None:
            usual = self._item_style(sequence)
            step, offset = usual[0] if step is None else step, usual[1] if offset is None else offset
        return step, offset

    def quote(self) -> str:
        """The quote that the file has most often."""
        if self._quote is None:
            self._quote = "'" if self._text.count("'") > self._text.count('"') else '"'
        return self._quote

    def quote_below(self, name: str) -> str | None:
        """The quote that most texts of the lists below keys of that name have; `None` where there are none."""
        behind = [piece[:REACH] for piece in self._text.split(name)[1:] if piece.lstrip("\"' \t").startswith(":")]
        if not behind:
            return None
        if not any(quote in piece[1:] for piece in behind for quote in "\"'"):
            return ""  # and spare the walk
        texts = [text for node in walk(self._root) if type(node) is Mapping for text in _texts_below(node, name)]
        counter = Counter(text.style for text in texts)
        return counter.most_common(1)[0][0] if counter else None

    def _item_style(self, sequence: Sequence) -> tuple[int | None, int | None]:
        known = self._of_items.get(id(sequence))
        if known is None:
            known = self._of_items[id(sequence)] = self._first_style(sequence.items)
        return known

    def _first_style(self, items: Iterable[Node]) -> tuple[int | None, int | None]:
        """The first step and the first offset that items show."""
        step = offset = None
        for item in items:
            if type(item) is not Mapping or item.style is not BLOCK:
                continue
            step = self._below(item)[0] if step is None else step
            for entry in item.entries:
                body = entry.value
                if offset is None and type(body) is Mapping and body.style is BLOCK:
                    offset = self._below(body)[1]
            if step is not None and offset is not None:
                break
        return step, offset

    def _usual(self, what: _What) -> int:
        """What most places of the file have, of those looked at until there are enough."""
        known = self._known.get(what)
        if known is None:
            counter = self._counters[what]
            votes = counter.total()
            while votes < ENOUGH and (vote := next(self._votes, None)) is not None:
                self._counters[vote[0]][vote[1]] += 1
                votes += vote[0] is what
            known = counter.most_common(1)[0][0] if counter else self._default(what)
            self._known[what] = known
        return known

    def _default(self, what: _What) -> int:
        if what is _What.BODY:
            return self._usual(_What.STEP)
        return DEFAULT_STEP if what is _What.STEP else DEFAULT_OFFSET

    def _look_around(self) -> Iterator[tuple[_What, int]]:
        waiting: list[tuple[Node, bool]] = [(self._root, False)]
        while waiting:
            node, in_item = waiting.pop()
            if type(node) is Mapping and node.style is BLOCK:
                step, offset = self._below(node)
                if step is not None:
                    yield (_What.BODY if in_item else _What.STEP), step
                if offset is not None:
                    yield _What.OFFSET, offset
                waiting += [(e.value, False) for e in node.entries if type(e.value) is not Text]
            elif type(node) is Sequence and node.style is BLOCK:
                waiting += [(item, True) for item in node.items if type(item) is Mapping]

    def _below(self, mapping: Mapping) -> tuple[int | None, int | None]:
        """Columns from the keys of a block mapping to the first keys, and to the first dashes, below one of them."""
        known = self._columns.get(id(mapping))
        if known is None:
            known = self._columns[id(mapping)] = self._measured(mapping)
        return known

    def _measured(self, mapping: Mapping) -> tuple[int | None, int | None]:
        step: int | None = None
        offset: int | None = None
        column = -1
        for entry in mapping.entries:
            value = entry.value
            if type(value) is Mapping:
                if step is None and value.style is BLOCK and value.entries:
                    column = self.mapping_column(mapping) if column < 0 else column
                    step = max(1, self.mapping_column(value) - column)
            elif type(value) is Sequence and offset is None and value.style is BLOCK and value.items:
                column = self.mapping_column(mapping) if column < 0 else column
                offset = max(0, self.column(value.start) - column)
            if step is not None and offset is not None:
                break
        return step, offset


def _texts_below(mapping: Mapping, name: str) -> Iterator[Text]:
    for entry in mapping.entries:
        if entry.name != name:
            continue
        for node in entry.value.items if type(entry.value) is Sequence else [entry.value]:
            if type(node) is Text and node.style not in ("|", ">") and may_be_plain(node.value, flow=False):
                yield node


def quote_of(nodes: Iterable[Node]) -> str:
    """The quote of neighbours that are all quoted, else none; one that has to be quoted says nothing."""
    quotes: set[str] = set()
    for node in nodes:
        if type(node) is Text:
            if node.style not in ("'", '"'):
                return ""
            if may_be_plain(node.value, flow=False):
                quotes.add(node.style)
    return quotes.pop() if len(quotes) == 1 else ""
