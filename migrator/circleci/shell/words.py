r"""The words of shell commands, taken apart into what is literal, what a variable gives, and what is computed.

The grammar says where a command and the first of its words begin. Where a word ends is for the shell's own rules
(POSIX.1-2017, 2.2 and 2.3; bash(1), QUOTING): what touches is one word, whatever it is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from migrator.circleci.shell.expansions import closed, substitutions, unescaped
from migrator.circleci.shell.pieces import Piece, PieceKind
from migrator.circleci.shell.source import ShellSource
from migrator.startup.patterns import lazy
from migrator.startup.records import record
from migrator.tree import Span

if TYPE_CHECKING:
    from tree_sitter import Node as ShellNode

_PLAIN: Final = lazy(r"""[^\s|&;()<>\\'"$`{},.]+""")
_PLAIN_IN_QUOTES: Final = lazy(r'[^\\"$`]+')
_PLAIN_IN_DOCUMENT: Final = lazy(r"[^\\$`]+")
_ENDS: Final = frozenset(" \t\n|&;()<>")
_NAME: Final = lazy(r"[A-Za-z_]\w*", re.ASCII)
_SPECIAL: Final = frozenset("0123456789@*#?$!-")
_ESCAPED_IN_QUOTES: Final = frozenset('$`"\\\n')
_ESCAPED_IN_DOCUMENT: Final = frozenset("$`\\\n")
_BRACES: Final = lazy(r"\{([^{}]*)\}")
_VALUE: Final = lazy(r"\+?=")
_BLANKS: Final = lazy(r"(?:[ \t]|\\\n)*")
# A redirection, or what no word begins with.
_OPERATOR: Final = lazy(r"\d*[<>]|[|&;()\n]")
_MORE: Final = lazy(r"(?:[ \t]|\\\n)*+(?!\d*[<>]|[|&;()\n#]|\\?\Z)")


@record
class Word:
    """One word of a command. `text` is as written in the script, with its quotes; `span` is its place there.

    `prefix` is what the span covers before the pieces begin, without its quotes: the flag of `'-p'$X`.
    """

    text: str
    span: Span
    pieces: tuple[Piece, ...]
    prefix: str = ""

    @property
    def literal(self) -> str | None:
        """What the word is, quotes and escapes taken away; `None` if the shell or CircleCI puts something in."""
        if all(piece.kind is PieceKind.LITERAL for piece in self.pieces):
            return "".join(piece.text for piece in self.pieces)
        return None

    @property
    def variable(self) -> str | None:
        """The name of the variable that the word is: `X` of `$X`, `"$X"` and `"${X}"`; `None` for anything else."""
        if len(self.pieces) == 1 and self.pieces[0].kind is PieceKind.VARIABLE:
            return self.pieces[0].text
        return None

    @property
    def is_computed(self) -> bool:
        return any(piece.kind is PieceKind.COMPUTED for piece in self.pieces)

    @property
    def beginning(self) -> str:
        """The characters that the word begins with whatever the shell puts in."""
        return self.pieces[0].text if self.pieces and self.pieces[0].kind is PieceKind.LITERAL else ""

    def without(self, prefix: str) -> Word | None:
        """The rest of a word that starts with these literal characters, such as the value of `--password=$X`."""
        first = self.beginning
        if not first.startswith(prefix):
            return None
        rest = first[len(prefix) :]
        pieces = ((Piece(PieceKind.LITERAL, rest),) if rest else ()) + self.pieces[1:]
        if not self.prefix and self.text.startswith(prefix):
            start = self.span.start + len(prefix)
            return Word(self.text[len(prefix) :], Span(start, self.span.end), pieces)
        return Word(self.text, self.span, pieces, self.prefix + prefix)


def read_words(
    source: ShellSource, nodes: Sequence[ShellNode], *, to_end: bool = False, in_backticks: bool = False
) -> Iterator[tuple[ShellNode, Word]]:
    """The words that these nodes of the grammar, in their order, are the parts of, each with its first node.

    Those that the grammar lost between the nodes come with the node behind them; with `to_end` also those behind the
    last node, on to where the command ends. `in_backticks` says that the command may be in backticks, of which
    the next one may be the end.
    """
    end = nodes[0].start_byte if nodes else 0
    for index, node in enumerate(nodes):
        while node.end_byte > end:
            start = _start(source.masked, end, node.start_byte)
            if start >= node.end_byte:
                break
            reader = _Reader(source, nodes, index, in_backticks)
            end = max(reader.word(start, node), start + 1)
            yield node, _word(source, start, end, reader)
    while to_end and nodes and (found := _MORE.match(source.masked, end)):
        reader = _Reader(source, nodes, len(nodes) - 1, in_backticks)
        end = reader.word(found.end(), None)
        if end == found.end():
            break
        yield nodes[-1], _word(source, found.end(), end, reader)


def _word(source: ShellSource, start: int, end: int, reader: _Reader) -> Word:
    span = source.span(start, end)
    return Word(source.text[span.start : span.end], span, reader.pieces())


def read_word(source: ShellSource, node: ShellNode) -> Word:
    """The word that begins with this node."""
    return next(word for _, word in read_words(source, (node,)))


def _start(masked: str, end: int, first: int) -> int:
    """Where a word begins that the grammar lets begin at `first`, behind the `end` of the one before.

    To some the grammar gives the blanks before them, and of some it takes the first characters for nothing.
    """
    start = _BLANKS.match(masked, end).end()  # type: ignore[union-attr]
    if start < first and _OPERATOR.match(masked, start):
        start = first
    return start if start > first else _BLANKS.match(masked, start).end()  # type: ignore[union-attr]


def read_document(source: ShellSource, node: ShellNode, *, quoted: bool) -> Word:
    """The body of a here-document; `quoted` says that its word was, so that the shell puts nothing in."""
    span = source.span(node.start_byte, node.end_byte)
    text = source.text[span.start : span.end]
    if quoted:
        return Word(text, span, tuple(source.split(node.start_byte, node.end_byte)))
    reader = _Reader(source, (node,), 0)
    reader.document(node.start_byte, node.end_byte)
    return Word(text, span, reader.pieces())


class _Reader:
    """Reads one word, from the text that the grammar was given: templates are runs of `_` there."""

    def __init__(self, source: ShellSource, nodes: Sequence[ShellNode], index: int, in_backticks: bool = False) -> None:
        self._in_backticks = in_backticks
        self.source = source
        self.text = source.masked
        self._nodes = nodes
        self._index = index
        self._inner: dict[int, int] | None = None
        self._pieces: list[Piece] = []
        self._bare: list[str] = []  # what is not quoted, `_` for all else

    def pieces(self) -> tuple[Piece, ...]:
        """The pieces, literal ones that touch as one; a word that becomes several is computed as a whole."""
        merged: list[Piece] = []
        for piece in self._pieces:
            if piece.kind is PieceKind.LITERAL and merged and merged[-1].kind is PieceKind.LITERAL:
                merged[-1] = Piece(PieceKind.LITERAL, merged[-1].text + piece.text)
            elif piece.text or piece.kind is not PieceKind.LITERAL:
                merged.append(piece)
        return tuple(merged)

    def word(self, start: int, node: ShellNode | None) -> int:
        """Read to the end of the word that begins here, and return it; `node` is an assignment where that is one."""
        is_assignment = node is not None and node.type == "variable_assignment" and start >= node.start_byte
        place = self._assigned(start, node) if node is not None and is_assignment else start
        place = self._bare_text(place)
        if "{" in self._bare and any("," in inner or ".." in inner for inner in _BRACES.findall("".join(self._bare))):
            self._pieces = [Piece(PieceKind.COMPUTED, self.source.shell[start:place])]
        return place

    def _assigned(self, start: int, node: ShellNode) -> int:
        """Read an assignment to behind its `=`, brackets with blanks in them before it or not; an array to its end."""
        name = node.children[0]
        equals = _VALUE.match(self.text, name.end_byte)
        if equals is None:
            return start
        self._literal(start, equals.end())
        value = node.children[-1]
        if value.type != "array" or value.start_byte != equals.end():
            return equals.end()
        self._computed(value.start_byte, value.end_byte)
        return value.end_byte

    def _bare_text(self, place: int) -> int:
        """Read on to where the word ends, and return it."""
        text = self.text
        end = place
        while place < len(text):
            if plain := _PLAIN.match(text, place):
                self._literal(place, plain.end())
                self._bare.append("_")
                end = place = plain.end()
                continue
            character = text[place]
            if character in _ENDS:
                if character not in "<>" or text[place + 1 : place + 2] != "(":
                    break
                place = self._computed(place, self._closed(place, place + 1))
            elif character == "'":
                close = text.find("'", place + 1)
                if close < 0:
                    break
                place = self._literal(place + 1, close) + 1
            elif character == '"':
                place = self._quoted(place + 1)
            elif character == "\\":
                if text.startswith("\n", place + 1):
                    place += 2
                    continue
                place = self._literal(min(place + 1, len(text) - 1), place + 2)
            elif character == "$" and text[place + 1 : place + 2] in ("'", '"'):
                place = self._quoted(place + 2) if text[place + 1] == '"' else self._by_c(place)
            elif character in "$`":
                if character == "`" and self._in_backticks and self._known_end(place) is None:
                    break  # it closes what the command is in
                place = self._expanded(place)
            else:
                self._literal(place, place + 1)
                self._bare.append(character)
                end = place = place + 1
                continue
            self._bare.append("_")
            end = place
        return min(end, len(text))

    def _quoted(self, place: int) -> int:
        """What is in double quotes, from behind the first to behind the last."""
        end = self._put_in(place, len(self.text), _PLAIN_IN_QUOTES, _ESCAPED_IN_QUOTES, '"')
        return end + 1

    def document(self, start: int, end: int) -> None:
        self._put_in(start, end, _PLAIN_IN_DOCUMENT, _ESCAPED_IN_DOCUMENT, "")

    def _put_in(self, place: int, last: int, plain: re.Pattern[str], escaped: frozenset[str], close: str) -> int:
        """Text in which the shell puts in variables and output, to its end or to a closing character."""
        text = self.text
        while place < last and text[place] != close:
            if found := plain.match(text, place, last):
                self._literal(place, found.end())
                place = found.end()
            elif text[place] in "$`":
                place = self._expanded(place)
            elif text[place] == "\\" and text[place + 1 : place + 2] in escaped and place + 1 < last:
                if text[place + 1] != "\n":
                    self._literal(place + 1, place + 2)
                place += 2
            else:
                self._literal(place, place + 1)
                place += 1
        return min(place, last)

    def _by_c(self, place: int) -> int:
        r"""`$'...'`, in which a backslash is what it is in C."""
        end = place + 2
        while end < len(self.text) and self.text[end] != "'":
            end += 2 if self.text[end] == "\\" else 1
        value = unescaped(self.source.shell[place + 2 : end])
        if value is None or any(p.kind is PieceKind.TEMPLATE for p in self.source.split(place + 2, end)):
            return self._computed(place, end + 1)
        self._pieces.append(Piece(PieceKind.LITERAL, value))
        return end + 1

    def _expanded(self, place: int) -> int:
        """What begins with a `$` or a backtick."""
        text, following = self.text, self.text[place + 1 : place + 2]
        if text[place] == "`":
            end = place + 1
            while end < len(text) and text[end] != "`":
                end += 2 if text[end] == "\\" else 1
            return self._computed(place, end + 1)
        if name := _NAME.match(text, place + 1):
            return self._variable(place, name.start(), name.end(), name.end())
        if following == "{":
            end = self._closed(place, place + 1)
            name = _NAME.match(text, place + 2)
            if name and name.end() == end - 1:
                return self._variable(place, name.start(), name.end(), end)
            return self._computed(place, end)
        if following and following in "([":
            return self._computed(place, self._closed(place, place + 1))
        if following and following in _SPECIAL:
            return self._computed(place, place + 2)
        return self._literal(place, place + 1)

    def _variable(self, place: int, start: int, end: int, last: int) -> int:
        name = self.source.split(start, end)
        if len(name) != 1:  # a template gives a part of it
            return self._computed(place, last)
        self._pieces.append(Piece(PieceKind.VARIABLE, name[0].text))
        return last

    def _literal(self, start: int, end: int) -> int:
        self._pieces += self.source.split(start, end)
        return end

    def _computed(self, start: int, end: int) -> int:
        self._pieces.append(Piece(PieceKind.COMPUTED, self.source.shell[start:end]))
        return min(end, len(self.text))

    def _closed(self, start: int, bracket: int) -> int:
        """Where a substitution that begins here ends."""
        return self._known_end(start) or closed(self.text, bracket)

    def _known_end(self, start: int) -> int | None:
        """Where a substitution ends by the grammar, which knows what may be in it; `None` if it knows of none."""
        while self._index < len(self._nodes) and self._nodes[self._index].end_byte <= start:
            self._index += 1
            self._inner = None
        if self._inner is None:
            self._inner = substitutions(self.text, self._nodes[self._index : self._index + 1])
        return self._inner.get(start)
