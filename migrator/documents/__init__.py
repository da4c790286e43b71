"""Syntaxes that read a tree from text and turn changes into edits of that text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from migrator.documents.edits import TextEdit
from migrator.errors import ReadError
from migrator.startup.patterns import lazy

if TYPE_CHECKING:
    from migrator.changes import Change
    from migrator.parts import Part
    from migrator.tree import Node, Parents

_BOM = b"\xef\xbb\xbf"
TEMPLATE = lazy(
    r"\.ya?ml\.(?:in|j2|jinja2?|tmpl|tpl|template)$|\.(?:j2|jinja2?)\.ya?ml$|[._-](?:templ|template|tmpl|tpl)\.ya?ml$"
)
"""The names of templates that become YAML when they are rendered."""

MAX_BYTES = 20_000_000
"""The largest file that is read. CircleCI's own limit of a compiled config is far below it."""


class Document(Protocol):
    """A file that is read: its text without byte order mark, its tree, and what turns changes into edits."""

    @property
    def text(self) -> str: ...
    @property
    def bom(self) -> bool: ...
    @property
    def root(self) -> Node: ...
    @property
    def parents(self) -> Parents: ...
    @property
    def varies(self) -> bool:
        """Whether tags of a template decide which lines there are, so that the tree is one of several."""

    def parts(self) -> Sequence[Part]:
        """What the tree holds of configs: the whole of it, or several parts."""

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""

    def offset(self, line: int) -> int:
        """Where a line begins; lines count from 1."""

    def edits(self, changes: Sequence[Change]) -> list[TextEdit]:
        """Sorted edits that make the changes together; `EditError` where a place has no clean edit."""

    def together(self, changes: Sequence[Change], edits: list[TextEdit]) -> list[TextEdit]:
        """The edits of several fixes, as they look best side by side; `edits` are those that each has alone."""

    def reread(self, text: str) -> Document:
        """The same file with another text; `ReadError` where that cannot be read."""

    def comments(self) -> Iterator[tuple[int, str]]:
        """Offset and text of each comment, its mark included."""

    def comment_places(self, lines: Iterable[int]) -> dict[int, int]:
        """The lines, of these, behind whose content a comment can be, with the offset of their end.

        A line that ends inside a text of several lines has no such place, and no line of a template has.
        """

    def unread(self) -> Sequence[str]:
        """What has a hand in the configs and is not in the tree, in order: code, tags of a template."""


def open_document(path: str, data: bytes) -> Document:
    """Read a file by the syntax that its name says. Raises `ReadError`, whose message does not name the path."""
    if len(data) > MAX_BYTES:
        raise ReadError(f"has {len(data):,} bytes; files over {MAX_BYTES:,} bytes are not read")
    bom = data.startswith(_BOM)
    try:
        text = data.decode("utf-8-sig" if bom else "utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError("is not UTF-8: save it as UTF-8", line) from None
    if path.endswith(".py"):
        from migrator.documents.python.file import PythonScript

        return PythonScript(text, bom=bom)
    if TEMPLATE.search(path):
        from migrator.documents.yaml.template import YamlTemplate

        return YamlTemplate(text, bom=bom)
    from migrator.documents.yaml.file import YamlText

    return YamlText(text, bom=bom)
