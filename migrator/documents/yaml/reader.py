"""From YAML text to a tree, by the events of ruamel.yaml: libyaml's where it is built in, else the pure parser's.

Marks of both are code points. What follows from their events alone is set right here: where a block collection
ends, where a value begins behind its anchor or tag, what trailing blank lines a block scalar only seems to hold.
"""

# Nodes are asked for their type with `is`: these loops meet every node of a file.
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import ruamel.yaml
from ruamel.yaml.error import MarkedYAMLError, YAMLError
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

from migrator.documents.yaml import events
from migrator.errors import ReadError
from migrator.startup.patterns import lazy
from migrator.tree import STR, Alias, Entry, Mapping, Node, Sequence, Text

CParser: Any = None
try:  # it imports only after ruamel.yaml
    import _ruamel_yaml
except ImportError:
    pass
else:
    CParser = _ruamel_yaml.CParser
    events.make_directly(_ruamel_yaml)

_PURE_STARTS = (ScalarEvent, MappingStartEvent, SequenceStartEvent)
_STARTS = (events.Scalar, events.MappingStart, events.SequenceStart)

# SnakeYAML, which reads configs at CircleCI, refuses more than 50 levels by default (LoaderOptions.nestingDepthLimit).
MAX_DEPTH = 200

BLOCK = "block"
FLOW = "flow"
PAIR = "pair"
"""A mapping of one entry without braces in a flow sequence: `[image: x]`."""

# An anchor in flow may touch the bracket or comma behind it.
_PROPERTY = lazy(r"(!<[^>\s]*>|![^\s,\[\]{}]*|&[^\s,\[\]{}]*)(?:\s|(?<=\s)#[^\n\r]*+)*+")
# A colon inside a plain scalar in flow, which libyaml as ruamel.yaml.clib builds it refuses and CircleCI takes.
_INNER_COLON = lazy(r"(?<=[^\s\"'\]\[{}:,]):(?=[^\s,\[\]{}:])")
_DIRECTIVES = lazy(r"\A(?:[ \t]*(?:[#%].*)?\r?\n)++")
# All but `%TAG`, and `%YAML` of another major version.
_ODD_DIRECTIVE = lazy(r"^%(?!TAG\s|YAML\s+(?!1\.))", re.MULTILINE)
# Possessive, so that what a comment holds is never taken for what is behind the comment.
COLON = lazy(r"(?:\s|(?<=\s)#[^\n\r]*+)*+:")
"""The colon behind a key, with the blanks and comments before it."""

_DASH = lazy(r"(?:\s|(?<=\s)#[^\n\r]*+)*+-")
MAX_ODD_PLACES = 20
"""So many tabs, and colons that the pattern misses, are looked for one by one, before the pure parser has to do."""
_CORE_TAG = "tag:yaml.org,2002:"
# Handlebars, Mustache, Jinja, Go and ERB; what CircleCI itself puts into keys of caches is none, docs: caching.
_TAG = lazy(
    r"^[ \t]*(?:- +)?(?:\{\{|\{[%#]|<%)"
    r"|[:-] +\{\{(?!-?[ \t]*(?:checksum|arch|epoch|\.(?:Branch|BuildNum|Revision|CheckoutKey|Environment))\b)",
    re.MULTILINE,
)
_ESCAPED_PRIVATE_USE = lazy(r"\\(?:u|U0000)([eE]0[\da-fA-F]{2})")
_PRIVATE_USE = [chr(code) for code in range(0xE000, 0xE100)]


def read_tree(text: str, *, pure: bool = False) -> Node:
    """The tree of a whole file without its byte order mark; a file of nothing but comments is a null text.

    Raises `ReadError` for text that is no YAML, several documents, duplicate keys (an error to CircleCI as well:
    https://github.com/google/startup-os/issues/360), aliases without an anchor before them, aliases of what
    encloses them, and nesting deeper than `MAX_DEPTH`. The message holds none of the file's values but key and
    anchor names.
    """
    try:
        if pure or CParser is None:
            return _Builder(text, _pure_events(text), pure=True).root()
        try:
            return _Builder(text, CParser(text).get_event).root()
        except YAMLError as error:
            if _inner_colon(text, error) is None and not _is_first_tab(error) and not _is_odd_directive(error):
                raise
        return _read_with_stand_ins(text)
    except YAMLError as error:
        raise _read_error(error, text) from None
    except RecursionError:
        raise ReadError(f"nested deeper than {MAX_DEPTH} levels") from None


def _pure_events(text: str) -> Callable[[], Any]:
    events = ruamel.yaml.YAML(typ="safe", pure=True).parse(text)
    return lambda: next(events, None)


def _is_first_tab(error: YAMLError) -> bool:
    """Whether libyaml stumbled over a tab that begins a block scalar, which is text to CircleCI and the pure parser."""
    return "found a tab character where an indentation space is expected" in str(getattr(error, "problem", ""))


def _is_odd_directive(error: YAMLError) -> bool:
    """Whether libyaml refused `%FOO` or `%YAML 1.3`, which YAML lets a parser pass over, as SnakeYAML does."""
    problem = str(getattr(error, "problem", ""))
    return "found unknown directive name" in problem or "found incompatible YAML document" in problem


def _inner_colon(text: str, error: YAMLError) -> int | None:
    """Where the colon is that libyaml stumbled over, when that is what the error is about."""
    mark = getattr(error, "problem_mark", None)
    if mark is None or "found unexpected ':'" not in str(getattr(error, "problem", "")):
        return None
    following = text[mark.index + 1 : mark.index + 2]
    return mark.index if text[mark.index : mark.index + 1] == ":" and following.strip(" \t\r\n,[]{}") else None


def _read_with_stand_ins(text: str) -> Node:
    """Parse with private-use characters for inner colons and first tabs, and put those back in the values."""
    escaped = {chr(int(code, 16)) for code in _ESCAPED_PRIVATE_USE.findall(text)}
    free = [c for c in _PRIVATE_USE if c not in text and c not in escaped]
    if len(free) > 1:
        colon, tab = free[:2]
        hidden = _INNER_COLON.sub(colon, _without_directives(text))
        for _ in range(MAX_ODD_PLACES):
            try:
                return _Builder(hidden, CParser(hidden).get_event, {colon: ":", tab: "\t"}).root()
            except YAMLError as error:
                if _is_first_tab(error):
                    mark = error.problem_mark  # type: ignore[attr-defined]
                    if hidden[error.context_mark.index] == ">":  # type: ignore[attr-defined]
                        break  # how its lines are folded depends on the tab
                    place, stand_in = mark.index, tab
                elif (found := _inner_colon(hidden, error)) is not None:
                    place, stand_in = found, colon
                else:
                    raise
            hidden = hidden[:place] + stand_in + hidden[place + 1 :]
    return _Builder(text, _pure_events(_without_directives(text)), pure=True).root()


def _without_directives(text: str) -> str:
    """The text with a comment in the place of each directive before the content that is none of a known kind."""
    return _DIRECTIVES.sub(lambda head: _ODD_DIRECTIVE.sub("#", head[0]), text) if text.find("%") >= 0 else text


def _read_error(error: YAMLError, text: str) -> ReadError:
    if isinstance(error, MarkedYAMLError) or hasattr(error, "problem_mark"):
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = str(getattr(error, "problem", None) or getattr(error, "context", None) or "cannot be read")
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        tag = _TAG.search(text)
        if tag and mark is not None and text.count("\n", 0, tag.end()) <= mark.line + 1:
            line = text.count("\n", 0, tag.end()) + 1
            return ReadError("is a template, which is not YAML until it is rendered", line)
        return ReadError(f"is not valid YAML: {_without_values(problem)}", line, column)
    reason = getattr(error, "reason", None)
    return ReadError(
        f"is not valid YAML: {_without_values(str(reason)) if reason else 'a character that YAML does not allow'}"
    )


def _without_values(problem: str) -> str:
    return problem.splitlines()[0][:120] if problem else "cannot be read"


class _Builder:
    def __init__(
        self, text: str, next_event: Callable[[], Any], stand_ins: dict[str, str] | None = None, *, pure: bool = False
    ) -> None:
        self.text = text
        self.pure = pure
        self.next_event = next_event
        self.stand_ins = stand_ins
        self.table = str.maketrans(stand_ins or {})
        self.anchors: dict[str, Node] = {}
        self.open_anchors: set[str] = set()

    def root(self) -> Node:
        get, plainly = self.next_event, self.stand_ins is None
        scalar, mapping_start, sequence_start = _PURE_STARTS if self.pure else _STARTS
        root: Node | None = None
        # The open collection, its entries or its items, the key that waits for its value, and those around them.
        container: Mapping | Sequence | None = None
        entries: list[Entry] | None = None
        items: list[Node] | None = None
        key: Node | None = None
        stack: list[tuple[Mapping | Sequence | None, list[Entry] | None, list[Node] | None, Node | None]] = []
        while True:
            event = get()
            kind = type(event)
            if kind is scalar:
                style = event.style
                if plainly and event.anchor is None and event.ctag is None and style != "|" and style != ">":
                    # four of five nodes: worth the shortcut past `_scalar`
                    start, end = event.start_mark.index, event.end_mark.index
                    node: Node = Text(event.value, start, end, start, style or "", None, None, STR if style else None)
                else:
                    node = self._scalar(event)
                    start, end = node.head, node.end
                if start == end:
                    self._place_nothing(node, container, key)
            elif kind is mapping_start or kind is sequence_start:
                stack.append((container, entries, items, key))
                if len(stack) > MAX_DEPTH:
                    raise ReadError(f"nested deeper than {MAX_DEPTH} levels", event.start_mark.line + 1)
                container = self._collection(event, kind is mapping_start, container)
                key = entries = items = None
                if kind is mapping_start:
                    entries = container.entries  # type: ignore[union-attr]
                else:
                    items = container.items  # type: ignore[union-attr]
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                assert container is not None
                node = container
                self._close(container, event)
                container, entries, items, key = stack.pop()
            elif kind is AliasEvent:
                node = self._alias(event)
            elif kind is StreamEndEvent or event is None:
                break
            else:
                if kind is DocumentStartEvent and root is not None:
                    raise ReadError("a second YAML document; a config has one", event.start_mark.line + 1)
                continue
            if entries is not None:
                if key is None:
                    key = node
                else:
                    entries.append(Entry(key, node))
                    key = None
            elif items is not None:
                items.append(node)
            else:
                root = node
        return self._nothing() if root is None else root

    def _nothing(self) -> Text:
        """The tree of a file without any value."""
        end = len(self.text)
        return Text("", end, end, end)

    def _alias(self, event: Any) -> Alias:
        name, start = event.anchor, event.start_mark
        if self.stand_ins is not None:
            name = name.translate(self.table)
        target = self.anchors.get(name)
        if target is None:
            raise ReadError(f"the alias `*{name}` has no anchor before it", start.line + 1, start.column + 1)
        if name in self.open_anchors:
            raise ReadError(f"the alias `*{name}` is inside its own anchor", start.line + 1, start.column + 1)
        return Alias(name, target, start.index, event.end_mark.index)

    def _scalar(self, event: Any) -> Text:
        head, end = event.start_mark.index, event.end_mark.index
        value, style, anchor, tag = event.value, event.style or "", event.anchor, event.ctag
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
        if self.stand_ins is not None:
            value = value.translate(self.table)
            anchor = anchor and anchor.translate(self.table)
        node = Text(value, start, end, head, style, anchor, tag, kind)
        if anchor is not None:
            self.anchors[anchor] = node
            self.open_anchors.discard(anchor)
        return node

    def _place_nothing(self, node: Node, container: Mapping | Sequence | None, key: Node | None) -> None:
        """Set an empty value right behind the colon or dash that it belongs to, where its marks say otherwise."""
        mark, in_block = node.start, container is None or container.style is BLOCK
        if not self.pure and in_block and self.text[mark - 1 : mark] == ":":
            return
        found: re.Match[str] | None = None
        if type(container) is Mapping and key is not None:
            found = COLON.match(self.text, key.end, mark)
            mark = key.end  # behind its key where there is no colon
        elif type(container) is Sequence and in_block:
            found = _DASH.match(self.text, container.items[-1].end if container.items else container.start, mark)
        node.start = node.end = node.head = found.end() if found else mark

    def _collection(self, event: Any, mapping: bool, container: Mapping | Sequence | None) -> Mapping | Sequence:
        head = start = event.start_mark.index
        anchor, tag = event.anchor, event.ctag
        if anchor is None and tag is None and not event.flow_style:  # nearly all
            return (Mapping if mapping else Sequence)(head, head, head, BLOCK, None, None)
        if anchor is not None or tag is not None:
            start = self._after_properties(head, len(self.text), anchor, tag)
        style = FLOW if event.flow_style else BLOCK
        if mapping and style is FLOW and self.text[start : start + 1] != "{":
            style = PAIR
        if self.stand_ins is not None and anchor is not None:
            anchor = anchor.translate(self.table)
        made = (Mapping if mapping else Sequence)(start, start, head, style, anchor, None if tag is None else str(tag))
        if anchor is not None:
            self.anchors[anchor] = made
            self.open_anchors.add(anchor)
        return made

    def _close(self, node: Mapping | Sequence, event: Any) -> None:
        if node.anchor is not None and self.anchors.get(node.anchor) is node:
            self.open_anchors.discard(node.anchor)
        if type(node) is Mapping:
            entries = node.entries
            if len(entries) > 1:
                try:
                    names = {entry.key.value for entry in entries}  # type: ignore[attr-defined]
                except AttributeError:  # a key that is no text
                    names = set()
                if len(names) < len(entries):
                    self._refuse_duplicates(node)
            if node.style is not FLOW and entries:
                last = entries[-1]
                end, key_end = last.value.end, last.key.end
                node.end = max(key_end, end)
                return
        elif node.style is BLOCK and node.items:  # type: ignore[union-attr]
            node.end = max(node.items[-1].end, node.start + 1)  # type: ignore[union-attr]
            return
        node.end = event.end_mark.index

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
                line = self.text.count("\n", 0, key.start) + 1
                raise ReadError(f"duplicate key `{name}`, which CircleCI rejects: keep one", line)
            seen[name] = key.type

    def _after_properties(self, head: int, end: int, anchor: object, tag: object) -> int:
        return self._properties(head, end, anchor, tag)[1]

    def _end_of_properties(self, head: int, anchor: object, tag: object) -> int:
        """Where an empty value is: right behind its last anchor or tag."""
        return self._properties(head, len(self.text), anchor, tag)[0]

    def _properties(self, head: int, end: int, anchor: object, tag: object) -> tuple[int, int]:
        """Where the anchor and the tag of a value end, and where the value may begin behind them."""
        word_end = place = head
        for _ in range((anchor is not None) + (tag is not None)):
            found = _PROPERTY.match(self.text, place, end)
            if found is None:
                break
            word_end, place = found.end(1), found.end()
        return word_end, min(place, end)

    def _block_scalar_end(self, start: int, end: int, value: str) -> int:
        text = self.text
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
