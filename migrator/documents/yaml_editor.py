"""What every kind of edit needs: the text, its style, and a place to put edits until they are all known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migrator.changes import (
    Change,
    RemoveEntry,
    RemoveItem,
    ReplaceValue,
)
from migrator.documents.edits import TextEdit
from migrator.documents.yaml_reader import BLOCK, FLOW
from migrator.documents.yaml_style import YamlStyle, quote_of
from migrator.documents.yaml_writer import (
    Hand,
)
from migrator.errors import EditError
from migrator.tree import Alias, Mapping, Node, Parents, Text, walk
from migrator.tree import Sequence as SequenceNode

_GAP = re.compile(r"(?:\s|(?<=\s)#[^\n\r]*)*")
INLINE = -1_000_000
SAMPLE = 50
"""So many items of a sequence are asked for their quotes: some lists have thousands."""


class _Piece(NamedTuple):
    """An edit with its rank among those at the same offset: what stands inside a line first, then the deepest lines."""

    start: int
    end: int
    rank: int
    number: int
    text: str


class YamlEditor:
    """Gathers edits of one text. Every question about the text's style is asked of `YamlStyle` once."""

    def __init__(self, text: str, root: Node, parents: Parents) -> None:
        self.text = text
        self.root = root
        self.parents = parents
        self.style = YamlStyle(text, root, parents)
        self._pieces: list[_Piece] = []
        self._aliases: list[Alias] | None = None

    def begin(self, changes: Sequence[Change]) -> None:
        """Forget earlier edits, and refuse changes that would take away the anchor of an alias elsewhere."""
        self._pieces = []
        self._keep_anchors(changes)

    def edits(self) -> list[TextEdit]:
        edits: list[TextEdit] = []
        for piece in sorted(self._pieces):
            if edits and edits[-1].start == edits[-1].end == piece.start == piece.end:
                edits.append(TextEdit(piece.start, piece.end, edits.pop().text + piece.text))
            elif edits and piece.start < edits[-1].end:
                raise EditError("two changes of one fix meet in the same text")
            else:
                edits.append(TextEdit(piece.start, piece.end, piece.text))
        return edits

    def _keep_anchors(self, changes: Iterable[Change]) -> None:
        gone: set[int] = set()
        for change in changes:
            match change:
                case RemoveEntry(_, entry):
                    gone.update(id(n) for root in (entry.key, entry.value) for n in walk(root))
                case RemoveItem(_, item):
                    gone.update(id(n) for n in walk(item))
                case ReplaceValue(node):
                    gone.update(id(n) for n in walk(node) if n is not node)
        if not gone:
            return
        if self._aliases is None:
            self._aliases = [n for n in walk(self.root) if type(n) is Alias]
        for alias in self._aliases:
            if id(alias.target) in gone and id(alias) not in gone:
                raise EditError(f"it would take away the anchor of `*{alias.name}`")

    def put(self, start: int, end: int, text: str, rank: int = INLINE) -> None:
        if start != end or text:
            self._pieces.append(_Piece(start, end, rank, len(self._pieces), text))

    def put_lines_after(self, offset: int, lines: list[str], column: int) -> None:
        """Insert whole lines below the line that holds `offset`, above whatever stands there."""
        if not lines:
            return
        newline = self.style.newline
        if offset and self.text[offset - 1] in "\n\r" and (offset == self.style.line_start(offset)):
            # behind a `|+` scalar, whose trailing blank lines are its own
            self.put(offset, offset, "".join(line + newline for line in lines), -column)
            return
        end = self.style.line_end(offset)
        self.put(end, end, "".join(newline + line for line in lines), -column)

    def hand(self, mapping: Mapping | None) -> Hand:
        """The hand of a mapping's neighbours, for an entry that joins them."""
        style = self.style
        step, offset = style.step(mapping), style.offset(mapping)
        if mapping is None or not mapping.entries:
            return Hand(step, offset, spare_quote=style.quote())
        keys = quote_of(e.key for e in mapping.entries if not e.is_merge)
        texts = quote_of(
            e.value
            for e in mapping.entries
            if type(e.value) is Text and e.value.type == "str" and e.value.style not in ("|", ">")
        )
        if mapping.style is not BLOCK and keys and not texts:
            texts = keys  # written as JSON
        return Hand(step, offset, keys, texts, style.quote(), self.padding(mapping), self._before_a_line(mapping))

    def _before_a_line(self, node: Node) -> bool:
        return self.style.line_end(node.end) < len(self.text)

    def padding(self, node: Mapping | SequenceNode) -> str:
        if node.style is not FLOW or node.end - node.start < 3:
            return ""
        inside = self.text[node.start + 1 : node.end - 1]
        return " " if inside[:1] == " " and inside[-1:] == " " and inside.strip() else ""

    def item_hand(self, sequence: SequenceNode) -> Hand:
        style = self.style
        mapping = self.parents.parent(sequence)
        texts = quote_of(sequence.items[:SAMPLE])
        keys = ""
        if sequence.style is FLOW and isinstance(mapping, Mapping):
            keys = quote_of(e.key for e in mapping.entries)
            texts = texts or keys  # written as JSON
        return Hand(
            style.body_step(sequence),
            style.item_offset(sequence),
            keys,
            texts,
            style.quote(),
            self.padding(sequence),
            self._before_a_line(sequence),
        )

    def in_flow(self, node: Node) -> bool:
        parent = self.parents.parent(node)
        return isinstance(parent, Mapping | SequenceNode) and parent.style is not BLOCK

    def dash(self, sequence: SequenceNode, item: Node) -> int:
        """The dash of an item of a block sequence."""
        index = self.parents.index(item)
        if index == 0:
            return sequence.start
        place = _GAP.match(self.text, sequence.items[index - 1].end, item.head)
        dash = place.end() if place else -1
        if self.text[dash : dash + 1] != "-":
            raise EditError("the dash of an item was not found")
        return dash

    def holds_line_end(self, node: Node) -> bool:
        """The node is or ends with a `|+` scalar, whose last line break is its own."""
        return node.end > node.start and self.text[node.end - 1] == "\n"

    def last_line_end(self, start: int, end: int) -> int:
        """Where the last line of what spans `start` to `end` ends, before its line break."""
        if end > start and self.text[end - 1] == "\n":
            return end - 2 if self.text[end - 2] == "\r" else end - 1
        return self.style.line_end(end)

    def line_before(self, line_start: int) -> int:
        return self.style.line_start(max(0, line_start - 1))
