"""What every kind of edit of a script needs: its text and style, and a place to put edits until all are known."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice, takewhile
from operator import attrgetter
from typing import NamedTuple

import libcst as cst

from migrator.documents.edits import TextEdit
from migrator.documents.python.reading.embedded import Embedded
from migrator.documents.python.reading.nodes import COMPUTED, Member, Site
from migrator.documents.python.reading.reader import PythonReader
from migrator.documents.python.reading.source import PythonSource
from migrator.documents.python.reading.strings import Words
from migrator.documents.python.style import Hand, PythonStyle
from migrator.errors import EditError
from migrator.startup.records import cached_property
from migrator.tree import Alias, Mapping, Node, Parents, Text, resolve
from migrator.tree import Sequence as SequenceNode

_BRACKETS = frozenset((cst.Dict, cst.List, cst.Call, cst.Tuple))


class _Piece(NamedTuple):
    start: int
    end: int
    rank: int
    number: int
    text: str


class PythonEditor:
    def __init__(self, source: PythonSource, reader: PythonReader, parents: Parents) -> None:
        self.source = source
        self.text = source.text
        self.reader = reader
        self.parents = parents
        self.style = PythonStyle(source)
        self.width = self.style.width
        self._pieces: list[_Piece] = []
        self._planned: Sequence[TextEdit] = ()
        self.imports: set[str] = set()
        """Modules that these edits import."""

        self.opened: set[int] = set()
        """Brackets whose lines these edits break."""

    def begin(self, planned: Sequence[TextEdit], *, wide: bool) -> None:
        """Forget earlier edits. `wide` lets lines have any length; `planned` are the edits that came of that."""
        self._planned = planned
        self._pieces = []
        self.imports.clear()
        self.opened.clear()
        self.width = None if wide else self.style.width

    @cached_property
    def brackets_of_lines(self) -> dict[int, list[tuple[int, int, cst.CSTNode]]]:
        """What is in brackets, with its place, by the offset of the line where it begins."""
        found: dict[int, list[tuple[int, int, cst.CSTNode]]] = {}
        for node in self.source.positions:
            if type(node) in _BRACKETS and (not isinstance(node, cst.Tuple) or node.lpar):
                start, end = self.source.span(node)
                found.setdefault(self.style.line_start(start), []).append((start, end, node))
        return found

    def grown(self, start: int, end: int) -> int:
        """How long a range of one line becomes by all edits, if none of them breaks it."""
        planned = self._planned
        first = bisect_left(planned, start, key=attrgetter("start"))
        inside = takewhile(lambda edit: edit.end <= end, islice(planned, first, None))
        return end - start + sum(len(edit.text.partition("\n")[0]) - (edit.end - edit.start) for edit in inside)

    def put(self, start: int, end: int, text: str, rank: int = 0) -> None:
        """An edit; of those that insert at one offset, the one of the lowest rank comes first."""
        if start != end or text:
            self._pieces.append(_Piece(start, end, rank, len(self._pieces), text))

    def edits(self) -> list[TextEdit]:
        edits: list[TextEdit] = []
        for start, end, _, _, text in sorted(self._pieces):
            if edits and edits[-1].start == edits[-1].end == start == end:
                edits.append(TextEdit(start, end, edits.pop().text + text))
            elif edits and start < edits[-1].end:
                raise EditError("two changes of one fix edit the same text")
            else:
                edits.append(TextEdit(start, end, text))
        return edits

    def site(self, node: Node) -> Site:
        site = self.reader.values.sites.get(id(node))
        if site is None:
            raise EditError("code decides what this becomes" if node.style == COMPUTED else "this place is computed")
        return site

    def embedded(self, node: Node) -> Embedded | None:
        """The YAML in a string that holds a node."""
        return next((each for each in self.reader.values.embedded if id(node) in each.nodes), None)

    def comments(self, start: int, end: int) -> list[str]:
        """The comments between two offsets."""
        if "#" not in self.text[start:end]:
            return []
        return [comment for at, comment in self.source.comments() if start <= at < end]

    def hand(self, node: Node) -> Hand:
        """The hand of a node's own strings, or of those around it."""
        style = self.style
        return Hand(self._quote(node), style.step, style.newline, self.width)

    def _quote(self, node: Node | None) -> str:
        if isinstance(node, Text) and (quote := self.text[node.end - 1]) in "\"'":
            return quote
        while node is not None:
            for each in _strings(node):
                site = self.reader.values.sites.get(id(each))
                words = site.layout.pieces[0] if site is not None and site.layout is not None else None
                if isinstance(words, Words) and len(words.quote) == 1:
                    return words.quote
            node = self.parents.parent(node)
        return self.style.quote

    def named(self, place: Node) -> _Namer:
        return _Namer(self, place)

    def brackets(self, literal: cst.CSTNode) -> tuple[int, int]:
        """Where a literal or a call opens and closes: the offsets behind its opening and of its closing bracket."""
        start, end = self.source.span(literal)
        if isinstance(literal, cst.Call):
            opened = self.style.behind_trivia(self.source.span(literal.func).end)
            while self.text[opened : opened + 1] == ")":
                opened = self.style.behind_trivia(opened + 1)
        elif isinstance(literal, cst.Tuple):
            if not literal.lpar:
                raise EditError("a tuple without parentheses cannot be edited cleanly")
            return start, end
        else:
            opened = start
        return opened + 1, end - 1


def own_members(site: Site, literal: cst.CSTNode) -> list[Member]:
    """The members that are in one literal, each once."""
    return list({member.start: member for member in site.members if member.literal is literal}.values())


class _Namer:
    """Writes a reference to a node by the name that means it where the reference will be."""

    def __init__(self, editor: PythonEditor, place: Node) -> None:
        self._editor = editor
        self._place = place

    def __call__(self, node: Node) -> str:
        place = self._place
        if isinstance(place, Alias) and resolve(place) is node:
            return self._editor.text[place.start : place.end]
        site = self._editor.reader.values.sites.get(id(place))
        name = node.anchor
        if site is not None and name is not None and name.isidentifier():
            binding = site.scope.lookup(name)
            if (
                binding is not None
                and binding.value is not None
                and self._editor.reader.references.meaning(binding) is node
            ):
                return name
        raise EditError("what it would share has no name here")


def _strings(node: Node) -> list[Text]:
    if isinstance(node, Text):
        return [node]
    if isinstance(node, Mapping):
        parts: list[Node] = [part for entry in node.entries for part in (entry.key, entry.value)]
    else:
        parts = list(node.items) if isinstance(node, SequenceNode) else []
    return [part for part in parts if isinstance(part, Text)]
