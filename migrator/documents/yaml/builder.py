"""The tree of one YAML text, built event by event, as a parser of ruamel.yaml comes upon them.

libyaml's parser, which is nearly always the one, looks the classes of its events up by name, in its own module, each
time that it makes one. While a text is read it finds the methods of a `Builder` there, and no event is ever made: that
takes 18 % off the trees of 141 real configs (1,107 million instructions become 903) and 5 % off a run of all rules over
them. Afterwards it finds ruamel.yaml's classes again: whoever else uses that parser in this process sees no difference.

What follows from the events alone is set right here: where a block collection ends, where a value begins behind its
anchor or tag, what trailing blank lines a block scalar only seems to hold. Marks are code points.
"""

# What is asked here, of every node of a file, is asked with `is`, and what is set, is set without a constructor.
from __future__ import annotations

import _thread
import re
from collections import deque
from types import ModuleType
from typing import Any

from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from migrator.errors import ReadError
from migrator.startup.patterns import lazy
from migrator.tree import STR, Alias, Entry, Mapping, Node, Sequence, Text

# SnakeYAML, which reads configs at CircleCI, refuses more than 50 levels by default (LoaderOptions.nestingDepthLimit).
MAX_DEPTH = 200

BLOCK = "block"
FLOW = "flow"
PAIR = "pair"
"""A mapping of one entry without braces in a flow sequence: `[image: x]`."""

# An anchor in flow may touch the bracket or comma behind it.
_PROPERTY = lazy(r"(!<[^>\s]*>|![^\s,\[\]{}]*|&[^\s,\[\]{}]*)(?:\s|(?<=\s)#[^\n\r]*+)*+")
# Possessive, so that what a comment holds is never taken for what is behind the comment.
COLON = lazy(r"(?:\s|(?<=\s)#[^\n\r]*+)*+:")
"""The colon behind a key, with the blanks and comments before it."""

_DASH = lazy(r"(?:\s|(?<=\s)#[^\n\r]*+)*+-")
_CORE_TAG = "tag:yaml.org,2002:"
_EVENTS = (
    ScalarEvent,
    MappingStartEvent,
    SequenceStartEvent,
    MappingEndEvent,
    SequenceEndEvent,
    AliasEvent,
    DocumentStartEvent,
    StreamEndEvent,
)
_CLASSES = {event.__name__: event for event in _EVENTS}
_ONE_AT_A_TIME = _thread.allocate_lock()

_END = object()
_new = object.__new__


def _ended(*_: Any) -> object:
    return _END


class Builder:
    """Builds one tree. `stand_ins` are characters of the text that stand for others."""

    __slots__ = ("_anchors", "_children", "_node", "_open", "_pure", "_stack", "_stand_ins", "_table", "_text")

    def __init__(self, text: str, stand_ins: dict[str, str] | None = None, *, pure: bool = False) -> None:
        self._text = text
        self._pure = pure
        self._stand_ins = stand_ins
        self._table = str.maketrans(stand_ins or {})
        self._anchors: dict[str, Node] = {}
        self._open: set[str] = set()
        # The open collection, its children so far (of a mapping keys and values in turn), and those around them.
        self._node: Mapping | Sequence | None = None
        self._children: list[Node] = []
        self._stack: list[tuple[Mapping | Sequence | None, list[Node]]] = []

    def by(self, parser: ModuleType) -> Node:
        """The tree that libyaml's parser finds. Raises what that and the builder refuse."""
        methods = (self.scalar, self.mapping, self.sequence, self.end, self.end, self.alias, self.document, _ended)
        names = vars(parser)
        with _ONE_AT_A_TIME:
            try:
                names.update(zip(_CLASSES, methods, strict=True))
                deque(iter(parser.CParser(self._text).get_event, _END), 0)  # the other methods return None
            finally:
                names.update(_CLASSES)
        return self._root()

    def of(self, events: Any) -> Node:
        """The tree of events."""
        for event in events:
            match event:
                case ScalarEvent():
                    self.scalar(
                        event.anchor, event.ctag, None, event.value, event.start_mark, event.end_mark, event.style
                    )
                case MappingStartEvent():
                    self.mapping(event.anchor, event.ctag, None, event.start_mark, event.end_mark, event.flow_style)
                case SequenceStartEvent():
                    self.sequence(event.anchor, event.ctag, None, event.start_mark, event.end_mark, event.flow_style)
                case MappingEndEvent() | SequenceEndEvent():
                    self.end(event.start_mark, event.end_mark)
                case AliasEvent():
                    self.alias(event.anchor, event.start_mark, event.end_mark)
                case DocumentStartEvent():
                    self.document(event.start_mark)
        return self._root()

    def _root(self) -> Node:
        if self._children:
            return self._children[0]
        end = len(self._text)  # a file without any value
        return Text("", end, end, end)

    def document(self, start: Any, *_: Any) -> None:
        if self._children:
            raise ReadError("a second YAML document; a config has one", start.line + 1)

    def scalar(
        self, anchor: str | None, tag: Any, implicit: Any, value: str, start_mark: Any, end_mark: Any, style: str | None
    ) -> None:
        start, end = start_mark.index, end_mark.index
        if anchor is None and tag is None and style != "|" and style != ">" and self._stand_ins is None:
            # four of five nodes
            node = _new(Text)
            node.value = value
            node.start = node.head = start
            node.end = end
            node.style = style or ""
            node.kind = STR if style else None
            node.options = node.anchor = node.tag = None
        else:
            node = self._scalar(anchor, tag, value, start, end, style or "")
            start, end = node.head, node.end
        if start == end:
            self._place_nothing(node)
        self._children.append(node)

    def _scalar(self, anchor: str | None, tag: Any, value: str, head: int, end: int, style: str) -> Text:
        kind = STR if style else None
        start = head
        if anchor is not None or tag is not None:
            start = self._after_properties(head, end, anchor, tag)
            if not value and not style:
                start = end = self._end_of_properties(head, anchor, tag)
            if tag is not None:
                tag = str(tag)
                kind = tag.removeprefix(_CORE_TAG) if tag.startswith(_CORE_TAG) else STR
        if style == "|" or style == ">":
            end = self._block_scalar_end(start, end, value)
        if self._stand_ins is not None:
            value = value.translate(self._table)
            anchor = anchor and anchor.translate(self._table)
        node = Text(value, start, end, head, style, anchor, tag, kind)
        if anchor is not None:
            self._anchors[anchor] = node
            self._open.discard(anchor)
        return node

    def alias(self, name: str, start_mark: Any, end_mark: Any) -> None:
        if self._stand_ins is not None:
            name = name.translate(self._table)
        target = self._anchors.get(name)
        line, column = start_mark.line + 1, start_mark.column + 1
        if target is None:
            raise ReadError(f"the alias `*{name}` has no anchor before it", line, column)
        if name in self._open:
            raise ReadError(f"the alias `*{name}` is inside its own anchor", line, column)
        self._children.append(Alias(name, target, start_mark.index, end_mark.index))

    def mapping(self, anchor: str | None, tag: Any, implicit: Any, start: Any, end: Any, flow: bool) -> None:
        self._begin(Mapping, anchor, tag, start, flow)

    def sequence(self, anchor: str | None, tag: Any, implicit: Any, start: Any, end: Any, flow: bool) -> None:
        self._begin(Sequence, anchor, tag, start, flow)

    def _begin(self, kind: Any, anchor: str | None, tag: Any, mark: Any, flow: bool) -> None:
        self._stack.append((self._node, self._children))
        if len(self._stack) > MAX_DEPTH:
            raise ReadError(f"nested deeper than {MAX_DEPTH} levels", mark.line + 1)
        head = start = mark.index
        self._children = []
        if anchor is None and tag is None and not flow:  # nearly all
            self._node = kind(head, head, head, BLOCK, None, None)
            return
        if anchor is not None or tag is not None:
            start = self._after_properties(head, len(self._text), anchor, tag)
        style = FLOW if flow else BLOCK
        if flow and kind is Mapping and self._text[start : start + 1] != "{":
            style = PAIR
        if self._stand_ins is not None and anchor is not None:
            anchor = anchor.translate(self._table)
        self._node = made = kind(start, start, head, style, anchor, None if tag is None else str(tag))
        if anchor is not None:
            self._anchors[anchor] = made
            self._open.add(anchor)

    def end(self, start_mark: Any, end_mark: Any) -> None:
        node, children = self._node, self._children
        assert node is not None
        if node.anchor is not None and self._anchors.get(node.anchor) is node:
            self._open.discard(node.anchor)
        if type(node) is Mapping:
            self._fill(node, children)
        elif type(node) is Sequence:
            node.items = children
        if not children or node.style is FLOW:
            node.end = end_mark.index
        elif type(node) is Mapping:
            node.end = max(children[-2].end, children[-1].end)
        else:
            node.end = max(children[-1].end, node.start + 1)
        self._node, self._children = self._stack.pop()
        self._children.append(node)

    def _fill(self, node: Mapping, children: list[Node]) -> None:
        entries = node.entries
        keys = iter(children)
        for key in keys:
            entry = _new(Entry)
            entry.key = key
            entry.value = next(keys)
            entries.append(entry)
        if len(entries) > 1:
            try:
                names = {key.value for key in children[::2]}  # type: ignore[attr-defined]
            except AttributeError:  # a key that is no text
                names = set()
            if len(names) < len(entries):
                self._refuse_duplicates(node)

    def _place_nothing(self, node: Node) -> None:
        """Set an empty value right behind the colon or dash that it belongs to, where its marks say otherwise."""
        container, children = self._node, self._children
        mark, in_block = node.start, container is None or container.style is BLOCK
        if not self._pure and in_block and self._text[mark - 1 : mark] == ":":
            return
        found: re.Match[str] | None = None
        if type(container) is Mapping and len(children) % 2:
            key = children[-1]
            found = COLON.match(self._text, key.end, mark)
            mark = key.end  # behind its key where there is no colon
        elif type(container) is Sequence and in_block:
            found = _DASH.match(self._text, children[-1].end if children else container.start, mark)
        node.start = node.end = node.head = found.end() if found else mark

    def _refuse_duplicates(self, node: Mapping) -> None:
        seen: dict[str, str] = {}
        for entry in node.entries:
            key = entry.key
            if type(key) is not Text:
                continue
            name = key.value
            if name in seen:
                if entry.is_merge or seen[name] != key.type:
                    continue
                line = self._text.count("\n", 0, key.start) + 1
                raise ReadError(f"duplicate key `{name}`, which CircleCI rejects: keep one", line)
            seen[name] = key.type

    def _after_properties(self, head: int, end: int, anchor: object, tag: object) -> int:
        return self._properties(head, end, anchor, tag)[1]

    def _end_of_properties(self, head: int, anchor: object, tag: object) -> int:
        """Where an empty value is: right behind its last anchor or tag."""
        return self._properties(head, len(self._text), anchor, tag)[0]

    def _properties(self, head: int, end: int, anchor: object, tag: object) -> tuple[int, int]:
        """Where the anchor and the tag of a value end, and where the value may begin behind them."""
        word_end = place = head
        for _ in range((anchor is not None) + (tag is not None)):
            found = _PROPERTY.match(self._text, place, end)
            if found is None:
                break
            word_end, place = found.end(1), found.end()
        return word_end, min(place, end)

    def _block_scalar_end(self, start: int, end: int, value: str) -> int:
        text = self._text
        line_end = text.find("\n", start)
        if line_end < 0 or line_end >= end:
            return min(end, len(text.rstrip("\r\n")) if end >= len(text) else end)
        header = text[start:line_end].partition("#")[0]
        if "+" in header:
            return end
        content = start + len(text[start:end].rstrip(" \t\r\n"))
        finish = text.find("\n", content)
        body = value.rstrip("\n")
        if body and body[-1] in " \t":  # lines of blanks that are indented more than the text
            tail = body[len(body.rstrip(" \t\n")) :]
            for _ in range(tail.count("\n") + (tail == body)):
                finish = text.find("\n", finish + 1) if 0 <= finish < end else -1
        if finish < 0 or finish > end:
            finish = end
        return finish - 1 if finish > content and text[finish - 1] == "\r" else finish
