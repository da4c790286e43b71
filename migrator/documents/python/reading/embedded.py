"""YAML in a string of a script, read where it is: its places are places of the script."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from migrator.changes import Change, SetText
from migrator.documents.edits import TextEdit
from migrator.documents.holes import fill, refuse_holes, restore
from migrator.documents.python.reading.source import PythonSource
from migrator.documents.python.reading.strings import Hole, Layout, Words
from migrator.errors import EditError, ReadError
from migrator.startup.patterns import lazy
from migrator.tree import Mapping, Node, Opaque, Sequence, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.documents.yaml.file import YamlText

_CONFIG_KEYS = frozenset(["version", "orbs", "executors", "commands", "jobs", "workflows", "setup"])
_LOOKS = lazy(r"^[ \t]*(?:- image|docker|machine|jobs|executors|commands|workflows|orbs|steps)[ \t]*:", re.MULTILINE)
_OF_OTHERS = lazy(r"^[ \t]*(?:runs-on|services|apiVersion)[ \t]*:", re.MULTILINE)
"""What workflows of GitHub, files of Docker Compose and of Kubernetes have, and no config."""

_ITEM = lazy(r"[ \t]*- image[ \t]*:")
# What `format` and `%` fill in, not what a shell does; seen where nothing says that one of them is called.
_FIELDS = lazy(r"(?<![${])\{[A-Za-z_]\w*\}(?!\})|%\(\w+\)s")
_SECOND = "\uf8fe"


@dataclass(slots=True)
class Embedded:
    """`document` is as long as the script up to the end of the string, and blank before the string.

    `whole` tells a config from parts of one. Each of `doubled` is where two braces stand for one, `fixed` are the
    texts that hold such braces or holes.
    """

    root: Node
    document: YamlText | None
    nodes: frozenset[int]
    words: Words
    whole: bool = True
    doubled: SequenceOf[int] = ()
    fixed: frozenset[int] = frozenset()

    def edits(self, changes: SequenceOf[Change]) -> list[TextEdit]:
        """The edits as they may be inside the quotes of the string. Raises `EditError`."""
        if self.document is None:
            raise EditError("YAML in this string cannot be edited in its place")
        if any(isinstance(change, SetText) and id(change.node) in self.fixed for change in changes):
            raise EditError("code fills in a part of this text")
        return list(self._checked(self.document.edits(changes)))

    def _checked(self, edits: Iterable[TextEdit]) -> Iterable[TextEdit]:
        quote = self.words.quote
        between = {place + 1 for place in self.doubled}
        for start, end, text in edits:
            refuse_holes(text)
            if ("\\" in text and not self.words.raw) or quote in text or len(quote) == 1:
                raise EditError("the new text cannot be written in this string as it is")
            if start in between or end in between:
                raise EditError("two braces mean one here")
            yield TextEdit(start, end, text.replace("{", "{{").replace("}", "}}") if self.words.formatted else text)


def may_be_config(layout: Layout) -> bool:
    """Whether a string has lines as a config has them."""
    value = layout.value
    if ":" not in value or _LOOKS.search(value) is None or _OF_OTHERS.search(value) is not None:
        return False
    return "\n" in value or _ITEM.match(value) is not None


def embedded_yaml(
    source: PythonSource, expression: cst.BaseExpression, layout: Layout, changed_by: str = ""
) -> Embedded | None:
    """The YAML that a string holds if it is a part of a config; its root is `Opaque` where it cannot be read.

    `changed_by` is what may change the words of the string before they are a config.
    """
    words = next((piece for piece in layout.pieces if isinstance(piece, Words)), None)
    if words is None:
        return None
    span = source.span(expression)
    why = "YAML in this string cannot be edited in its place"
    if not changed_by and not words.formatted and (field := _FIELDS.search(layout.value)):
        changed_by = field.group()
    if changed_by:
        why = f"`{changed_by}` may change YAML in this string"
    unread = Opaque(why, *span)
    failed = Embedded(unread, None, frozenset({id(unread)}), words)
    first, last = layout.pieces[0], layout.pieces[-1]
    start = first.places[0] if isinstance(first, Words) else first.start
    end = last.places[-1] if isinstance(last, Words) else last.end
    text = source.text[start:end]
    is_one = isinstance(expression, cst.FormattedString | cst.SimpleString)
    if changed_by or not is_one or ("\\" in text and not words.raw):
        return failed
    try:
        return _read(text, start, layout, words)
    except ReadError:
        return failed


def _read(text: str, start: int, layout: Layout, words: Words) -> Embedded | None:
    """Raises `ReadError`."""
    from migrator.documents.yaml.file import YamlText  # few scripts need it

    holes = [piece for piece in layout.pieces if isinstance(piece, Hole)]
    places = [(hole.start, hole.end) for hole in holes]
    filled = fill(text, [(first - start, last - start) for first, last in places])
    doubled = [place for piece in layout.pieces if isinstance(piece, Words) for place in _doubled(piece)]
    head = " " * (start - 1) + "\n"
    document = YamlText(head + _single(filled, start, doubled, frozenset()))
    doubled.sort()
    texts = [node for node in walk(document.root) if isinstance(node, Text)] if doubled else []
    inside = frozenset(
        place for node in texts for place in doubled[bisect_left(doubled, node.start) : bisect_left(doubled, node.end)]
    )
    if inside:
        document = YamlText(head + _single(filled, start, doubled, inside))
    root = document.root
    restore(root, [hole.value if hole.texts else f"<<{{{hole.name}}}>>" for hole in holes], places, document.text)
    nodes = list(walk(root))
    fixed = set()
    made = sorted((*doubled, *(first for first, _ in places)))
    for node in nodes:
        if isinstance(node, Text):
            node.value = node.value.replace(_SECOND, "")
            if bisect_left(made, node.start) < bisect_left(made, node.end):
                fixed.add(id(node))
    whole = isinstance(root, Mapping) and any(entry.name in _CONFIG_KEYS for entry in root.entries)
    if not whole and not any(isinstance(node, Mapping) and _is_part(node) for node in nodes):
        return None
    known = frozenset(id(node) for node in nodes)
    return Embedded(root, document, known, words, whole, doubled, frozenset(fixed))


def _is_part(node: Mapping) -> bool:
    """Whether a mapping in the YAML is one of a config: an image, a job, an executor, a command."""
    if node.entry("docker") or node.entry("image"):
        return True
    steps = node.get("steps")
    return steps is not None and isinstance(resolve(steps), Sequence)


def _doubled(words: Words) -> Iterable[int]:
    """Where two braces stand for one in a piece of a string."""
    if words.formatted:
        for char, place, following in zip(words.value, words.places, words.places[1:], strict=False):
            if char in "{}" and following == place + 2:
                yield place


def _single(text: str, start: int, doubled: Iterable[int], inside: frozenset[int]) -> str:
    """The text with one brace and a blank for two, as long as before; inside of scalars with a mark for the blank."""
    chars = list(text)
    for place in doubled:
        brace = chars[place - start]
        if place in inside:
            pair = [brace, _SECOND]
        else:
            pair = ["{", " "] if brace == "{" else [" ", "}"]
        chars[place - start : place - start + 2] = pair
    return "".join(chars)
