"""What every kind of edit needs: the text, its style, and a place to put edits until they are all known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeGuard

from migrator.changes import (
    Change,
    RemoveEntry,
    RemoveItem,
    ReplaceValue,
    Value,
    place,
)
from migrator.documents.edits import TextEdit
from migrator.documents.yaml.builder import BLOCK, COLON, FLOW
from migrator.documents.yaml.scalars import block_indent
from migrator.documents.yaml.style import YamlStyle, quote_of
from migrator.documents.yaml.writer import (
    Hand,
)
from migrator.errors import EditError
from migrator.startup.patterns import lazy
from migrator.startup.records import replace
from migrator.tree import Alias, Entry, Mapping, Node, Parents, Text, walk
from migrator.tree import Sequence as SequenceNode

_GAP = lazy(r"(?:\s|(?<=\s)#[^\n\r]*+)*+")
COMMA = lazy(r"(?:\s|(?<=[\s,])#[^\n\r]*+)*+,")
"""The comma behind a member of a flow collection, with the blanks and comments before it."""

_BLANKS = lazy(r"\s*")
_HEADER = lazy(r"[|>][-+\d]*")
_PROPERTIES = lazy(r"(?:[&!]\S*\s*)+")
_HEADER_COMMENT = lazy(r"[|>][-+\d]*([ \t]+#.*)")
INLINE = -1_000_000
SAMPLE = 50
"""So many items of a sequence are asked for their quotes: some lists have thousands."""


def last_leaf(node: Node) -> Node:
    """What is last inside a node."""
    while True:
        if isinstance(node, Mapping) and node.entries:
            node = node.entries[-1].value
        elif isinstance(node, SequenceNode) and node.items:
            node = node.items[-1]
        else:
            return node


def is_block_scalar(node: Node) -> TypeGuard[Text]:
    return isinstance(node, Text) and node.style in ("|", ">")


class _Piece(NamedTuple):
    """An edit with its rank among those at the same offset: what is inside a line first, then the deepest lines."""

    start: int
    end: int
    rank: int
    number: int
    text: str


class Place(NamedTuple):
    """What goes: `start` to `end`. What stays: its anchor, and the comment in the header of a block scalar."""

    start: int
    end: int
    anchor_end: int | None
    comment: str


class YamlEditor:
    """Gathers edits of one text. Every question about the text's style is asked of `YamlStyle` once."""

    def __init__(self, text: str, root: Node, parents: Parents) -> None:
        self.text = text
        self.root = root
        self.parents = parents
        self.style = YamlStyle(text, root, parents)
        self._pieces: list[_Piece] = []
        self._chomped = False
        self._shrinking: set[int] = set()
        self.leaving: set[int] = set()
        """Entries and items that these changes remove."""

        self._quotes: dict[str, str] = {}
        self._aliases: dict[int, list[Alias]] | None = None  # by what they mean
        self._numbers: dict[int, dict[int, int]] = {}

    def numbers(self, node: Mapping | SequenceNode) -> dict[int, int]:
        """The index of each entry or item of a collection, by its `id`."""
        if id(node) not in self._numbers:
            members = node.entries if isinstance(node, Mapping) else node.items
            self._numbers[id(node)] = {id(member): number for number, member in enumerate(members)}
        return self._numbers[id(node)]

    def begin(self, changes: Sequence[Change]) -> None:
        """Forget earlier edits, and refuse changes that would take away the anchor of an alias elsewhere."""
        self._pieces = []
        self._chomped = False
        self._shrinking = {id(place(c)) for c in changes if isinstance(c, RemoveEntry | RemoveItem)}
        self.leaving = {
            id(c.entry if isinstance(c, RemoveEntry) else c.item)
            for c in changes
            if isinstance(c, RemoveEntry | RemoveItem)
        }
        self._keep_anchors(changes)

    def edits(self) -> list[TextEdit]:
        edits: list[TextEdit] = []
        for piece in sorted(self._pieces):
            if edits and edits[-1].start == edits[-1].end == piece.start == piece.end:
                edits.append(TextEdit(piece.start, piece.end, edits.pop().text + piece.text))
            elif edits and piece.start < edits[-1].end:
                raise EditError("two changes of one fix edit the same text")
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
            self._aliases = {}
            for alias in (n for n in walk(self.root) if isinstance(n, Alias)):
                self._aliases.setdefault(id(alias.target), []).append(alias)
        for target in gone & self._aliases.keys():
            if kept := next((alias for alias in self._aliases[target] if id(alias) not in gone), None):
                raise EditError(f"it would remove the anchor of `*{kept.name}`")

    def put(self, start: int, end: int, text: str, rank: int = INLINE) -> None:
        if start != end or text:
            self._pieces.append(_Piece(start, end, rank, len(self._pieces), text))

    def put_lines_after(self, offset: int, lines: list[str], column: int) -> None:
        """Insert whole lines below the line that holds `offset`, above whatever is there."""
        if not lines:
            return
        newline = self.style.newline
        if offset and self.text[offset - 1] in "\n\r" and (offset == self.style.line_start(offset)):
            # behind a `|+` scalar, whose trailing blank lines are its own
            self.put(offset, offset, "".join(line + newline for line in lines), -column)
            return
        end = self.style.line_end(offset)
        if end == len(self.text):
            self._chomp_last()
        self.put(end, end, "".join(newline + line for line in lines), -column)

    def put_comments_above(self, node: Node, comments: Sequence[str]) -> None:
        """Insert comments above the line where an item or an entry begins, indented as that line is."""
        if not comments:
            return
        while (parent := self.parents.parent(node)) is not None:
            entry = self.parents.entry(node)
            block = isinstance(parent, Mapping | SequenceNode) and parent.style is BLOCK
            if entry is not None:
                begin = self.style.key_start(entry)
            else:
                begin = self.dash(parent, node) if block and isinstance(parent, SequenceNode) else node.head
            line = self.style.line_start(begin)
            before = self.text[line:begin]
            if block or not before.strip():
                pad = before[: len(before) - len(before.lstrip())]
                self.put(line, line, "".join(pad + comment + self.style.newline for comment in comments), 1)
                return
            node = parent
        raise EditError("a comment inside it would be lost")

    def _chomp_last(self) -> None:
        """A block scalar at the end of a file without line break ends without one; with lines below it, `-` says so."""
        node = last_leaf(self.root)
        if any(piece.start <= node.start < piece.end for piece in self._pieces):
            return
        if is_block_scalar(node) and node.end == len(self.text) and not self._chomped:
            header = _HEADER.match(self.text, node.start)
            if header and "-" not in header.group() and not node.value.endswith("\n") and node.value:
                self._chomped = True
                plus = self.text.find("+", node.start, header.end())
                at = plus if plus >= 0 else header.end()
                self.put(at, at + (plus >= 0), "-")

    def properties_end(self, node: Node) -> int:
        """Where the anchor and tag of a node end."""
        found = _PROPERTIES.match(self.text, node.head, node.start)
        return node.head + len(found.group().rstrip()) if found else node.head

    def hand(self, mapping: Mapping | None, below: int | None = None) -> Hand:
        """The hand of a mapping's neighbours, for an entry that joins them below the line of that offset."""
        style = self.style
        step, offset = style.step(mapping), style.offset(mapping)
        if mapping is None or not mapping.entries:
            return Hand(step, offset, spare_quote=style.quote())
        keys = quote_of(e.key for e in mapping.entries if not e.is_merge)
        texts = quote_of(
            e.value
            for e in mapping.entries
            if isinstance(e.value, Text) and e.value.type == "str" and e.value.style not in ("|", ">")
        )
        if mapping.style is not BLOCK and keys and not texts:
            texts = keys  # written as JSON
        return Hand(step, offset, keys, texts, style.quote(), self.padding(mapping), self._literal_fits(below, mapping))

    def _literal_fits(self, below: int | None, node: Mapping | SequenceNode) -> bool:
        """Whether a `|` scalar may be below the line of that offset; `None` stands for a place above other members.

        It needs a line break behind it, and would take a comment or blanks to itself that are indented more than its
        key.
        """
        if id(node) in self._shrinking:  # what is below may not stay there
            return False
        if below is None:
            return True
        text = self.text
        end = below if below and text[below - 1] == "\n" else self.style.line_end(below)
        if end >= len(text):
            return bool(below) and text[below - 1] == "\n"
        if node.style is not BLOCK:
            return True
        column = self.style.column(node.start) if isinstance(node, SequenceNode) else self.style.mapping_column(node)
        following = _BLANKS.match(text, end).end()  # type: ignore[union-attr]
        blanks = [line.rstrip("\r") for line in text[end:following].split("\n")]
        if following < len(text) and text[following] != "#":
            blanks.pop()
        return all(len(line) <= column for line in blanks)

    def padding(self, node: Mapping | SequenceNode) -> str:
        if node.style is not FLOW or node.end - node.start < 3:
            return ""
        inside = self.text[node.start + 1 : node.end - 1]
        return " " if inside[:1] == " " and inside[-1:] == " " and inside.strip() else ""

    def item_hand(self, sequence: SequenceNode, below: int | None = None, near: int | None = None) -> Hand:
        """The hand of a sequence's items, for one that joins them; those around the index `near` count first."""
        style = self.style
        mapping = self.parents.parent(sequence)
        texts = quote_of(sequence.items[:SAMPLE])
        keys = ""
        if sequence.style is FLOW and isinstance(mapping, Mapping):
            keys = quote_of(e.key for e in mapping.entries)
            texts = texts or keys  # written as JSON
        return Hand(
            style.body_step(sequence, near),
            style.item_offset(sequence, near),
            keys,
            texts,
            style.quote(),
            self.padding(sequence),
            self._literal_fits(below, sequence),
        )

    def alike(self, hand: Hand, entry: Entry | str | None, value: Value) -> Hand:
        """The hand for texts of a list below a key, quoted in one way in all lists of the file below such a key.

        Where the file shows none yet, the first one decides. Keys in quotes are JSON, which keeps its own.
        """
        name = entry.name if isinstance(entry, Entry) else entry
        texts = value if isinstance(value, list) else [value]
        if name is None or hand.key_quote or not texts or not all(isinstance(text, str) for text in texts):
            return hand
        if name not in self._quotes:
            shown = self.style.quote_below(name)
            self._quotes[name] = hand.text_quote if shown is None else shown
        quote = self._quotes[name]
        return hand if quote == hand.text_quote else replace(hand, text_quote=quote)

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

    def behind_colon(self, entry: Entry) -> int:
        """Where the colon behind a key ends, or the key where there is none. That of `? key` has a line of its own."""
        found = COLON.match(self.text, entry.key.end)
        return found.end() if found else entry.key.end

    def block_columns(self, scalar: Text) -> tuple[int, int]:
        """The column of what a block scalar belongs to, and that of its text, or where an empty one could have it."""
        parent, column = self.parents.parent(scalar), 0
        step = self.style.step(parent if isinstance(parent, Mapping) else None)
        if isinstance(parent, Mapping):
            column = self.style.mapping_column(parent)
        elif isinstance(parent, SequenceNode):
            column = self.style.column(parent.start)
        indent = block_indent(self.text, scalar.start, scalar.end)
        return column, indent if indent > column else column + step

    def header_comment(self, node: Node) -> str:
        """The comment behind the `|` or `>` of a block scalar, with the blanks before it."""
        if not is_block_scalar(node):
            return ""
        found = _HEADER_COMMENT.match(self.text, node.start, self.style.line_end(node.start))
        return found[1] if found else ""

    def holds_line_end(self, node: Node | Place) -> bool:
        """The node is or ends with a `|+` scalar, whose last line break is its own."""
        return node.end > node.start and self.text[node.end - 1] == "\n"

    def last_line_end(self, start: int, end: int) -> int:
        """Where the last line of what spans `start` to `end` ends, before its line break."""
        if end > start and self.text[end - 1] == "\n":
            return end - 2 if self.text[end - 2] == "\r" else end - 1
        return self.style.line_end(end)

    def spaced(self, start: int, new: str) -> str:
        """The words with a blank before them, unless they are behind one or behind a bracket."""
        return " " + new if new and self.text[start - 1 : start] not in ("", " ", "\t", "\n", "[", "{") else new

    def line_before(self, line_start: int) -> int:
        return self.style.line_start(max(0, line_start - 1))
