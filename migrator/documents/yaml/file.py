"""A YAML file: its text, its tree, and the edits that make a change in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from migrator.changes import Change
from migrator.documents.edits import TextEdit, line_end
from migrator.documents.yaml.comments import comments, outside_of_texts
from migrator.documents.yaml.reader import read_tree
from migrator.parts import Part
from migrator.tree import Node, Parents

if TYPE_CHECKING:
    from migrator.documents.yaml.editor import YamlEditor


class YamlText:
    """A whole file. `text` is what follows the byte order mark, if there is one; offsets count its code points."""

    __slots__ = ("_editor", "_lines", "bom", "parents", "pure", "root", "text")
    varies = False

    def __init__(self, text: str, *, bom: bool = False, pure: bool = False) -> None:
        self.text = text
        self.bom = bom
        self.pure = pure
        self.root: Node = read_tree(text, pure=pure)
        self.parents = Parents(self.root)
        self._lines: list[int] | None = None
        self._editor: YamlEditor | None = None

    def parts(self) -> list[Part]:
        """The whole file."""
        return [Part(self.root, text=self.text, source=self.text)]

    def _line_starts(self) -> list[int]:
        if self._lines is None:
            text = self.text
            if "\r" in text:
                self._lines = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", text))]
            else:
                self._lines = [0, *accumulate(map((1).__add__, map(len, text.split("\n"))))]
                self._lines.pop()  # behind the last line
        return self._lines

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        lines = self._line_starts()
        line = bisect_right(lines, offset)
        return line, offset - lines[line - 1] + 1

    def offset(self, line: int) -> int:
        """Where a line begins; lines count from 1."""
        return self._line_starts()[line - 1]

    def reread(self, text: str) -> YamlText:
        """The same file with another text. Raises `ReadError`."""
        return YamlText(text, bom=self.bom, pure=self.pure)

    def edits(self, changes: Sequence[Change]) -> list[TextEdit]:
        """Sorted edits that make all the changes together. Raises `EditError` for a place without a clean edit."""
        from migrator.documents.yaml.editor import YamlEditor
        from migrator.documents.yaml.edits import lower

        if self._editor is None:
            self._editor = YamlEditor(self.text, self.root, self.parents)
        return lower(self._editor, changes)

    def together(self, changes: Sequence[Change], edits: list[TextEdit]) -> list[TextEdit]:
        """The edits as each fix has them: none depends on another."""
        return edits

    def unread(self) -> tuple[str, ...]:
        """Nothing: what is here is in the tree."""
        return ()

    def comments(self) -> Iterator[tuple[int, str]]:
        """Offset and text of each comment, its `#` included."""
        return comments(self.text, [self.root], 0, len(self.text))

    def comment_places(self, lines: Iterable[int]) -> dict[int, int]:
        """Behind which of these lines a comment can be, with the offset of their end."""
        ends = {line: line_end(self.text, self.offset(line)) for line in lines}
        outside = outside_of_texts(self.text, self.root, ends.values())
        return {line: end for line, end in ends.items() if end in outside}
