r"""A script as the shell gets it: CircleCI's templates are still to be filled in, and `\<<` stands for `<<`.

The grammar is given an ASCII text of the same length in which each template is one run of `_`, so that
`$<< parameters.name >>` is a variable and `app:<< parameters.tag >>` one word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from migrator.circleci.shell.pieces import Piece, PieceKind
from migrator.startup.patterns import lazy
from migrator.tree import Span

if TYPE_CHECKING:
    from tree_sitter import Node as ShellNode

# What CircleCI's templates are made of: `\\<<` is a backslash before a tag, `\<<` is `<<`, `<< x >>` is a tag.
TOKEN: Final = lazy(r"(?P<backslash>\\\\(?=<<))|(?P<escaped>\\<<)|<<(?P<inside>.*?)>>", re.DOTALL)
_NOT_ASCII: Final = lazy(r"[^\x00-\x7f]")
# A `\\` at the end of a line takes in only the next one, which is empty: the grammar would read on behind that.
_TAKES_IN_NOTHING: Final = lazy(r"(?<!\\)((?:\\\\)*)\\(?=\n[ \t]*\n)")
_SECTION: Final = ("#", "^", "/")


class ShellSource:
    """`text` is the string of the config, `shell` what the shell reads, `masked` what the grammar is given.

    `is_conditional` says that a template includes or leaves out a part of the script.
    """

    def __init__(self, text: str, *, templates: bool) -> None:
        self.text = text
        self.is_conditional = False
        self._removed: list[int] = []  # places in `shell` behind which the text has one character more
        self._templates: list[Span] = []
        self.shell = text
        if templates and "<<" in text:
            self.shell = self._read(text)
        masked = self.shell
        for start, end in self._templates:
            masked = masked[:start] + "_" * (end - start) + masked[end:]
        masked = _TAKES_IN_NOTHING.sub(r"\1 ", masked) if "\\\n" in masked else masked
        # `.` is no part of a variable's name, as bash takes no character beyond ASCII for one.
        self.masked = masked if masked.isascii() else _NOT_ASCII.sub(".", masked)

    def _read(self, text: str) -> str:
        parts: list[str] = []
        place = length = 0
        for match in TOKEN.finditer(text):
            parts.append(text[place : match.start()])
            length += match.start() - place
            place = match.end()
            inside = match.group("inside")
            if inside is not None:
                self.is_conditional = self.is_conditional or inside.lstrip().startswith(_SECTION)
                self._templates.append(Span(length, length + match.end() - match.start()))
                part = match.group()
            else:
                part = match.group()[1:]
                self._removed.append(length)
            parts.append(part)
            length += len(part)
        parts.append(text[place:])
        return "".join(parts)

    def place(self, offset: int) -> int:
        """Where in `text` a place of `shell` is."""
        return offset + bisect_right(self._removed, offset - 1) if self._removed else offset

    def span(self, start: int, end: int) -> Span:
        return Span(self.place(start), self.place(end))

    def split(self, start: int, end: int) -> list[Piece]:
        """A part of `shell` as literal text and templates."""
        pieces: list[Piece] = []
        place = start
        for first, last in self._templates:
            if first < start or last > end:
                continue
            if first > place:
                pieces.append(Piece(PieceKind.LITERAL, self.shell[place:first]))
            pieces.append(Piece(PieceKind.TEMPLATE, self.shell[first:last]))
            place = last
        if place < end:
            pieces.append(Piece(PieceKind.LITERAL, self.shell[place:end]))
        return pieces


def ends_here_documents(masked: str, root: ShellNode) -> bool:
    """Whether each here-document ends at a line that is its word alone; the grammar takes `  EOF` and `EOF; x` too."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting += node.children
        if node.type == "heredoc_end":
            line = masked[masked.rfind("\n", 0, node.start_byte) + 1 :].partition("\n")[0]
            word = masked[node.start_byte : node.end_byte]
            opener = node.parent.children[0].type if node.parent else ""
            if (line.lstrip("\t") if opener == "<<-" else line) != word:
                return False
    return True
