"""YAML in a string of a script, read where it stands: its places are places of the script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst

from migrator.documents.edits import TextEdit
from migrator.documents.holes import fill, refuse_holes, restore
from migrator.documents.python_source import PythonSource
from migrator.documents.python_strings import Hole, Layout, Words
from migrator.documents.yaml_text import YamlText
from migrator.errors import EditError, ReadError
from migrator.tree import Mapping, Node, Opaque, walk

_CONFIG_KEYS = frozenset(["version", "orbs", "executors", "commands", "jobs", "workflows", "setup"])
_LOOKS = re.compile(r"^[ \t]*(?:- image|docker|jobs|executors|workflows)[ \t]*:", re.MULTILINE)


@dataclass(slots=True)
class Embedded:
    """`document` is as long as the script up to the end of the string, and blank before the string."""

    root: Node
    document: YamlText | None
    nodes: frozenset[int]
    words: Words

    def checked(self, edits: Iterable[TextEdit]) -> list[TextEdit]:
        """The edits as they may stand inside the quotes of the string."""
        quote, result = self.words.quote, []
        for start, end, text in edits:
            refuse_holes(text)
            if ("\\" in text and not self.words.raw) or quote in text or (len(quote) == 1):
                raise EditError("the new text cannot stand in this string as it is")
            spelt = text.replace("{", "{{").replace("}", "}}") if self.words.formatted else text
            result.append(TextEdit(start, end, spelt))
        return result


def embedded_yaml(source: PythonSource, expression: cst.BaseExpression, layout: Layout) -> Embedded | None:
    """The YAML that a string holds if it is a part of a config; its root is `Opaque` where it cannot be read."""
    if not _LOOKS.search(layout.value):
        return None
    first, last = layout.pieces[0], layout.pieces[-1]
    words = next((piece for piece in layout.pieces if isinstance(piece, Words)), None)
    if words is None or "image" not in layout.value:
        return None
    start = first.places[0] if isinstance(first, Words) else first.start
    end = last.places[-1] if isinstance(last, Words) else last.end
    text = source.text[start:end]
    span = source.span(expression)
    unread = Opaque("YAML in this string cannot be edited in its place", *span)
    holes = [(piece.start - start, piece.end - start) for piece in layout.pieces if isinstance(piece, Hole)]
    doubled = words.formatted and ("{{" in text or "}}" in text)
    if (
        isinstance(expression, cst.FormattedString | cst.SimpleString)
        and not doubled
        and ("\\" not in text or words.raw)
    ):
        try:
            document = YamlText(" " * (start - 1) + "\n" + fill(text, holes))
        except ReadError:
            return Embedded(unread, None, frozenset({id(unread)}), words)
        names = [piece.name for piece in layout.pieces if isinstance(piece, Hole)]
        restore(document.root, [f"<<{{{name}}}>>" for name in names], [(a + start, b + start) for a, b in holes])
        root = document.root
        if isinstance(root, Mapping) and any(entry.name in _CONFIG_KEYS for entry in root.entries):
            return Embedded(root, document, frozenset(id(node) for node in walk(root)), words)
        if isinstance(root, Mapping) and "docker" not in {entry.name for entry in root.entries}:
            return None
    return Embedded(unread, None, frozenset({id(unread)}), words)
