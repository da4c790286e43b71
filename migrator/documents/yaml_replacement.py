"""Putting another value in the place of a node, or wrapping a node in a collection."""

from __future__ import annotations

import re

from migrator.changes import (
    Value,
)
from migrator.documents import yaml_scalars
from migrator.documents.yaml_editor import YamlEditor
from migrator.documents.yaml_reader import BLOCK
from migrator.documents.yaml_writer import (
    Hand,
    flow_text,
    item_lines,
    item_text,
    value_lines,
)
from migrator.errors import EditError
from migrator.records import replace
from migrator.tree import Alias, Entry, Mapping, Node, Text, walk
from migrator.tree import Sequence as SequenceNode

_BEFORE_BRACKET = re.compile(r"[ ]*(?=[}\],])")


def replace_value(editor: YamlEditor, node: Node, value: Value) -> None:
    parent, entry = editor.parents.parent(node), editor.parents.entry(node)
    hand = (
        editor.item_hand(parent)
        if isinstance(parent, SequenceNode)
        else editor.hand(parent if isinstance(parent, Mapping) else None)
    )
    if parent is None:
        raise EditError("the whole document cannot be replaced")
    if entry is not None and entry.key is node:
        raise EditError("a key is renamed, not replaced")
    if isinstance(parent, Mapping | SequenceNode) and parent.style is not BLOCK:
        _replace_in_flow(editor, node, entry, flow_text(value, hand))
    elif isinstance(parent, SequenceNode):
        column = (
            editor.style.column(node.start)
            if node.end > node.start
            else editor.style.column(editor.dash(parent, node)) + 2
        )
        _replace_item(editor, node, value, column, hand)
    else:
        assert isinstance(parent, Mapping)
        assert entry is not None
        _replace_in_entry(editor, parent, entry, value, hand)


def _replace_in_flow(editor: YamlEditor, node: Node, entry: Entry | None, new: str) -> None:
    if node.end > node.start or entry is None:
        editor.put(node.start, node.end, new)
        return
    gap = editor.text[entry.key.end : node.start]
    if ":" in gap:
        space = (
            "" if gap.endswith((" ", "\n")) or (node.head != node.start and editor.text[node.start - 1] == " ") else " "
        )
        blanks = _BEFORE_BRACKET.match(editor.text, node.start)
        editor.put(node.start, blanks.end() if blanks else node.end, space + new)
    else:
        editor.put(entry.key.end, entry.key.end, ": " + new)


def _replace_item(editor: YamlEditor, node: Node, value: Value, column: int, hand: Hand) -> None:
    first, below = item_text(value, column, hand)
    if node.head != node.start and isinstance(value, dict):
        first, below = flow_text(value, hand), []  # in block, the anchor would be the first key's
    if node.end == node.start:
        first = ("" if editor.text[node.start - 1 : node.start] == " " else " ") + first
    newline = editor.style.newline
    if editor.holds_line_end(node):
        editor.put(node.start, node.end, newline.join([first, *below]) + newline)
        return
    editor.put(node.start, node.end, first)
    editor.put_lines_after(node.end, below, column)


def _replace_in_entry(editor: YamlEditor, mapping: Mapping, entry: Entry, value: Value, hand: Hand) -> None:
    node, text, style = entry.value, editor.text, editor.style
    column = style.mapping_column(mapping)
    explicit = style.key_start(entry) != entry.key.head
    colon = text.find(":", entry.key.end, max(node.head, entry.key.end) + 1)
    if explicit and (isinstance(value, dict | list) or colon < 0):
        raise EditError("a value behind an explicit key (`?`) has no edit to a collection")
    if isinstance(node, SequenceNode) and _holds_comment(text, node):
        raise EditError("a comment in the old list would be lost")
    inline, below = value_lines(value, column, hand)
    if style.line_start(node.start) == style.line_start(entry.key.end) or node.end == node.start:
        # `key: old`: the words go, a comment behind them stays
        start = node.start if node.anchor is not None or node.tag is not None else colon + 1
        if node.anchor is not None or node.tag is not None:
            start = node.head + len(text[node.head : node.start].rstrip())
        start = min(start, node.start) if node.end > node.start else node.start
        if "\n" in text[node.start : node.end]:
            tail = style.newline if editor.holds_line_end(node) else ""
            editor.put(
                start,
                node.end,
                _spaced(editor, start, inline) + "".join(style.newline + line for line in below) + tail,
            )
            return
        editor.put(start, node.end, _spaced(editor, start, inline))
        editor.put_lines_after(node.end, below, column)
        return
    # the old value begins on a line of its own: its lines go, comments above them stay
    behind = node.head + len(text[node.head : node.start].rstrip()) if node.head != node.start else colon + 1
    if node.head != node.start and "#" in text[node.head : node.start]:
        behind = node.head + len(text[node.head : style.line_end(node.head)].partition(" #")[0].rstrip())
    if not text[behind : node.start].strip():
        if editor.holds_line_end(node):
            lines = "".join(style.newline + line for line in below) + style.newline
            editor.put(behind, node.end, (" " + inline if inline else "") + lines)
            return
        # a comment at the end of the last line stays there
        editor.put(behind, node.end, " " + inline if inline else "")
        editor.put_lines_after(node.end, below, column)
        return
    if isinstance(value, str) and "\n" in value:
        # in a block scalar, the comment above the old value would become text
        inline, below = yaml_scalars.written(value, flow=False, quote='"'), []
    if inline:
        editor.put(behind, behind, " " + inline)
    start = style.line_end(editor.line_before(style.line_start(node.start)))
    if editor.holds_line_end(node):
        editor.put(start, node.end, "".join(style.newline + line for line in below) + style.newline, 0)
    else:
        editor.put(start, style.line_end(node.end), "".join(style.newline + line for line in below), 0)


def _holds_comment(text: str, node: SequenceNode) -> bool:
    """Whether a comment stands between the words of a list."""
    place = node.start
    for word in sorted((inner for inner in walk(node) if isinstance(inner, Text | Alias)), key=lambda w: w.start):
        if "#" in text[place : word.start]:
            return True
        place = max(place, word.end)
    return "#" in text[place : node.end]


def _spaced(editor: YamlEditor, start: int, inline: str) -> str:
    return " " + inline if inline and editor.text[start - 1 : start] not in (" ", "") else inline


def wrap_as_mapping(editor: YamlEditor, node: Text, value: Value) -> None:
    parent = editor.parents.parent(node)
    if "\n" in editor.text[node.start : node.end] or node.start == node.end:
        raise EditError("a text of several lines cannot become a key")
    if not isinstance(parent, SequenceNode):
        raise EditError("only an item of a sequence can become a mapping")
    hand = editor.item_hand(parent)
    hand = replace(hand, key_quote="", text_quote="")
    if parent.style is not BLOCK:
        quote = node.style if node.style in ("'", '"') else ""
        json_hand = replace(hand, key_quote=quote, text_quote=quote)
        editor.put(node.head, node.head, "{" + hand.padding)
        editor.put(node.end, node.end, ": " + flow_text(value, json_hand) + hand.padding + "}")
        return
    column = editor.style.column(node.head)
    inline, below = value_lines(value, column, hand)
    editor.put(node.end, node.end, ":" + (" " + inline if inline else ""))
    editor.put_lines_after(node.end, below, column)


def wrap_as_sequence(editor: YamlEditor, node: Node, values: list[Value]) -> None:
    """`context: a` becomes a list of `a` and the values; anchor, tag and a comment behind it stay with `a`."""
    text = editor.text
    entry, parent = editor.parents.entry(node), editor.parents.parent(node)
    if not isinstance(parent, Mapping) or entry is None or entry.key is node:
        raise EditError("only the value of an entry can become the first item of a list")
    quote = node.style if node.style in ("'", '"') else ""
    base = editor.hand(parent)
    hand = replace(base, text_quote=quote)
    own = text[node.head : node.end]
    if not own:
        raise EditError("nothing cannot become the first item of a list")
    if parent.style is not BLOCK:
        more = "".join(", " + flow_text(value, hand) for value in values)
        editor.put(node.head, node.head, "[")
        editor.put(node.end, node.end, more + "]")
        return
    if "\n" in own:
        raise EditError("a value of several lines cannot become an item")
    if editor.style.line_start(node.head) != editor.style.line_start(entry.key.end):
        raise EditError("a value below its key cannot become an item")
    column = editor.style.mapping_column(parent)
    start = entry.key.end + len(text[entry.key.end : node.head].rstrip(" \t"))
    editor.put(start, node.head, editor.style.newline + " " * (column + base.offset) + "- ")
    editor.put_lines_after(node.end, item_lines(values, column + base.offset, hand), column)
