"""The words of shell commands, taken apart into what is literal, what a variable gives, and what is computed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from migrator.circleci.shell.pieces import Piece, PieceKind
from migrator.circleci.shell.source import ShellSource
from migrator.startup.patterns import lazy
from migrator.startup.records import record
from migrator.tree import Span

if TYPE_CHECKING:
    from tree_sitter import Node as ShellNode

_ESCAPED: Final = lazy(r"\\(\n|.)", re.DOTALL)
_EXPANSIONS: Final = frozenset({"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"})
_ESCAPED_IN_QUOTES: Final = lazy(r'\\([$`"\\\n])')


@record
class Word:
    """One word of a command. `text` is as written in the script, with its quotes; `span` is its place there."""

    text: str
    span: Span
    pieces: tuple[Piece, ...]

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

    def without(self, prefix: str) -> Word | None:
        """The rest of a word that starts with these literal characters, such as the value of `--password=$X`."""
        if not self.pieces or self.pieces[0].kind is not PieceKind.LITERAL:
            return None
        first = self.pieces[0].text
        if not first.startswith(prefix):
            return None
        rest = first[len(prefix) :]
        pieces = ((Piece(PieceKind.LITERAL, rest),) if rest else ()) + self.pieces[1:]
        start = self.span.start + len(prefix) if self.text.startswith(prefix) else self.span.start
        return Word(self.text[start - self.span.start :], Span(start, self.span.end), pieces)


def read_word(source: ShellSource, node: ShellNode) -> Word:
    pieces: list[Piece] = []
    for piece in _pieces(source, node, quoted=False):
        if pieces and piece.kind is PieceKind.LITERAL and pieces[-1].kind is PieceKind.LITERAL:
            pieces[-1] = Piece(PieceKind.LITERAL, pieces[-1].text + piece.text)
        elif piece.text or piece.kind is not PieceKind.LITERAL:
            pieces.append(piece)
    span = source.span(node.start_byte, node.end_byte)
    return Word(source.text[span.start : span.end], span, tuple(pieces))


def _pieces(source: ShellSource, node: ShellNode, *, quoted: bool) -> list[Piece]:
    match node.type:
        case "command_name" | "concatenation":
            return _inside(source, node, quoted=quoted)
        case "word" | "number" | "string_content" | "file_descriptor" | "heredoc_content" | "variable_name" | "regex":
            if node.children:
                return _inside(source, node, quoted=quoted)
            return _literal(source, node.start_byte, node.end_byte, quoted=quoted)
        case "string":
            return _inside(source, node, quoted=True, start=node.start_byte + 1, end=node.end_byte - 1)
        case "raw_string":
            return source.split(node.start_byte + 1, node.end_byte - 1)
        case "simple_expansion":
            return [_variable(source, node, [child.type for child in node.children] == ["$", "variable_name"])]
        case "expansion":
            return [_variable(source, node, [child.type for child in node.children] == ["${", "variable_name", "}"])]
        case _ if not node.is_named:  # a keyword such as `export`
            return source.split(node.start_byte, node.end_byte)
        case _:
            return [Piece(PieceKind.COMPUTED, source.shell[node.start_byte : node.end_byte].lstrip())]


def _inside(
    source: ShellSource, node: ShellNode, *, quoted: bool, start: int | None = None, end: int | None = None
) -> list[Piece]:
    """The pieces of the children, and of the blanks between them, which the grammar leaves out or gives to a `$`."""
    place = node.start_byte if start is None else start
    last = node.end_byte if end is None else end
    pieces: list[Piece] = []
    for child in node.children:
        if child.start_byte < place or child.end_byte > last:
            continue  # the quotes
        written = source.shell[child.start_byte : child.end_byte]
        blanks = len(written) - len(written.lstrip()) if quoted and child.type in _EXPANSIONS else 0
        pieces += _literal(source, place, child.start_byte + blanks, quoted=quoted)
        pieces += _pieces(source, child, quoted=quoted)
        place = child.end_byte
    return pieces + _literal(source, place, last, quoted=quoted)


def _literal(source: ShellSource, start: int, end: int, *, quoted: bool) -> list[Piece]:
    pattern = _ESCAPED_IN_QUOTES if quoted else _ESCAPED
    return [
        Piece(piece.kind, pattern.sub(_unescape, piece.text)) if piece.kind is PieceKind.LITERAL else piece
        for piece in source.split(start, end)
    ]


def _unescape(match: re.Match[str]) -> str:
    return "" if match.group(1) == "\n" else match.group(1)


def _variable(source: ShellSource, node: ShellNode, plain: bool) -> Piece:
    text = source.shell[node.start_byte : node.end_byte].lstrip()
    if plain:
        name = source.split(node.children[1].start_byte, node.children[1].end_byte)
        if len(name) == 1 and not name[0].text[0].isdigit():  # bash reads `$1x` as `$1` and `x`
            return Piece(PieceKind.VARIABLE, name[0].text)
    return Piece(PieceKind.COMPUTED, text)
