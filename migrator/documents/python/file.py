"""A Python script that builds configs from dicts and lists: its literals are the tree, edits land in its text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from migrator.changes import Change
from migrator.documents.edits import TextEdit, line_end
from migrator.documents.python.first import may_have_parts
from migrator.errors import EditError, ReadError
from migrator.parts import Part
from migrator.startup.records import cached_property
from migrator.tree import Node, Parents

if TYPE_CHECKING:
    from migrator.documents.python.editor import PythonEditor
    from migrator.documents.python.reading.reader import PythonReader
    from migrator.documents.python.reading.source import PythonSource


class PythonScript:
    """`text` is what follows the byte order mark, if there is one; offsets count its code points."""

    varies = False  # what a script sets under a condition is not in the tree

    def __init__(self, text: str, *, bom: bool = False) -> None:
        self.text = text
        self.bom = bom
        self._editor: PythonEditor | None = None
        self._parts: list[Part] | None = None
        if may_have_parts(text):
            self.reader  # noqa: B018 - what cannot be read is said here
        else:
            self._parts = []

    @cached_property
    def source(self) -> PythonSource:
        from migrator.documents.python.reading.source import PythonSource

        return PythonSource(self.text)

    @cached_property
    def reader(self) -> PythonReader:
        """Raises `ReadError`, unless the script has no parts."""
        from migrator.documents.python.reading.reader import PythonReader

        try:
            return PythonReader(self.source)
        except RecursionError:
            raise ReadError("nests expressions too deeply") from None

    @property
    def root(self) -> Node:
        return self.reader.root

    @cached_property
    def parents(self) -> Parents:
        return Parents(self.root)

    def parts(self) -> list[Part]:
        """The configs that the script builds, and the jobs and executors whose way into one only a run would say."""
        if self._parts is None:
            from migrator.documents.python.reading.configs import parts_of

            self._parts = parts_of(self.reader, self.parents)
            if self._parts:
                self._parts[0].source = self.text
        return self._parts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        lines = self.source.line_starts
        line = bisect_right(lines, offset)
        return line, offset - lines[line - 1] + 1

    def offset(self, line: int) -> int:
        """Where a line begins; lines count from 1."""
        return self.source.line_starts[line - 1]

    def reread(self, text: str) -> PythonScript:
        """The same script with another text, which must compile if this one does. Raises `ReadError`."""
        script = PythonScript(text, bom=self.bom)
        if self.source.compiles and not script.source.compiles:
            raise ReadError("no longer compiles")
        return script

    def edits(self, changes: Sequence[Change]) -> list[TextEdit]:
        """Sorted edits that make all the changes together. Raises `EditError` for a place without a clean edit."""
        from migrator.documents.python.editor import PythonEditor
        from migrator.documents.python.edits import lower

        if self._editor is None:
            self._editor = PythonEditor(self.source, self.reader, self.parents)
        return lower(self._editor, changes)

    def together(self, changes: Sequence[Change], edits: list[TextEdit]) -> list[TextEdit]:
        """The edits of several fixes: lines that none of them makes too long are broken if all together do."""
        try:
            return self.edits(changes)
        except EditError:
            return edits

    def comments(self) -> Iterator[tuple[int, str]]:
        """Offset and text of each comment, its `#` included."""
        return iter(self.source.comments())

    def comment_places(self, lines: Iterable[int]) -> dict[int, int]:
        """Behind which of these lines a comment can be, with the offset of their end."""
        free = self.source.lines_that_end()
        return {line: line_end(self.text, self.offset(line)) for line in lines if line in free}

    def unread(self) -> tuple[str, ...]:
        """The code around what the tree knows."""
        from migrator.documents.python.reading.unread import code_of

        return code_of(self.text, self.root, self.source.line_starts)
