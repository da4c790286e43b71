r"""A script as the shell gets it: CircleCI's templates are still to be filled in, and `\<<` stands for `<<`.

The grammar is given an ASCII text of the same length in which each template is one run of `_`, so that
`$<< parameters.name >>` is a variable and `app:<< parameters.tag >>` one word.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.shell.pieces import Piece, PieceKind
from migrator.startup.patterns import lazy
from migrator.tree import Span

if TYPE_CHECKING:
    from tree_sitter import Node as ShellNode

# What CircleCI's templates are made of: `\\<<` is a backslash before a tag, `\<<` is `<<`, `<< x >>` is a tag.
_TOKEN: Final = lazy(r"(?P<backslash>\\\\(?=<<))|(?P<escaped>\\<<)|<<(?P<inside>(?:[^<>]++|<(?!<)|>(?!>))*+)>>")
_NOT_ASCII: Final = lazy(r"[^\x00-\x7f]")
# A `\\` at the end of a line takes in only the next one, which is empty: the grammar would read on behind that.
_TAKES_IN_NOTHING: Final = lazy(r"(?<!\\)((?:\\\\)*)\\(?=\n[ \t]*(?:\n|\Z))")
# Characters that are only themselves, wherever they are and whatever quotes are around them, but at which the
# grammar stumbles: `"a"\ b`, `""$.`, `$'\\'`.
_ONLY_ITSELF: Final = lazy(r"""\\[^\w\n']|\$(?![\w{('@*#?$!\[-])""")
_SECTION: Final = ("#", "^", "/")


def template_tokens(text: str) -> Iterator[re.Match[str]]:
    """What the templates of a text are made of, in order: matches with `inside` for a tag, without for an escape."""
    return _TOKEN.finditer(text)


class ShellSource:
    """`text` is the string of the config, `shell` what the shell reads, `masked` that with templates as names, and
    `grammar` what the grammar is given.

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
        masked = self._masked()
        # `.` is no part of a variable's name, as bash takes no character beyond ASCII for one.
        self.masked = masked if masked.isascii() else _NOT_ASCII.sub(".", masked)
        self.grammar = self._grammar()

    def _read(self, text: str) -> str:
        parts: list[str] = []
        place = length = 0
        for match in template_tokens(text):
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

    def _masked(self) -> str:
        parts: list[str] = []
        place = 0
        for start, end in self._templates:
            parts += (self.shell[place:start], "_" * (end - start))
            place = end
        return "".join((*parts, self.shell[place:]))

    def _grammar(self) -> str:
        text = self.masked
        if "\\" in text:
            text = _TAKES_IN_NOTHING.sub(r"\1 ", text) if "\\\n" in text else text
        return _ONLY_ITSELF.sub(lambda match: "_" * len(match[0]), text) if "\\" in text or "$" in text else text

    def place(self, offset: int) -> int:
        """Where in `text` a place of `shell` is."""
        return offset + bisect_right(self._removed, offset - 1) if self._removed else offset

    def span(self, start: int, end: int) -> Span:
        return Span(self.place(start), self.place(end))

    def split(self, start: int, end: int) -> list[Piece]:
        """A part of `shell` as literal text and templates."""
        pieces: list[Piece] = []
        place = start
        for index in range(bisect_left(self._templates, (start, start)), len(self._templates)):
            first, last = self._templates[index]
            if last > end:
                break
            if first > place:
                pieces.append(Piece(PieceKind.LITERAL, self.shell[place:first]))
            pieces.append(Piece(PieceKind.TEMPLATE, self.shell[first:last]))
            place = last
        if place < end:
            pieces.append(Piece(PieceKind.LITERAL, self.shell[place:end]))
        return pieces


def ends_here_documents(masked: str, root: ShellNode) -> bool:
    """Whether each here-document ends at a line that is its word alone; the grammar takes `  EOF` and `EOF; x` too."""
    waiting = [(root, "")]
    while waiting:
        node, opener = waiting.pop()
        children = node.children
        # The parent of a node is looked for from the root on.
        waiting += [(child, children[0].type) for child in children]
        if node.type == "heredoc_end":
            end = masked.find("\n", node.start_byte)
            line = masked[masked.rfind("\n", 0, node.start_byte) + 1 : end if end >= 0 else len(masked)]
            word = masked[node.start_byte : node.end_byte]
            if (line.lstrip("\t") if opener == "<<-" else line) != word:
                return False
    return True
