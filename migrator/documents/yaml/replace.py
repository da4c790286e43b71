"""Putting another value in the place of a node, or wrapping a node in a collection."""

from __future__ import annotations

import re

from migrator.changes import Anchored, Value
from migrator.documents.yaml import scalars
from migrator.documents.yaml.builder import BLOCK
from migrator.documents.yaml.comments import comments
from migrator.documents.yaml.editor import Place, YamlEditor
from migrator.documents.yaml.writer import (
    Hand,
    flow_text,
    item_lines,
    item_text,
    value_lines,
)
from migrator.errors import EditError
from migrator.startup.patterns import lazy
from migrator.startup.records import replace
from migrator.tree import Entry, Mapping, Node, Text
from migrator.tree import Sequence as SequenceNode

_COMMENT_BEHIND = lazy(r"[ \t]+#")
_BEFORE_BRACKET = lazy(r"[ ]*(?=[}\],])")


def replace_value(editor: YamlEditor, node: Node, value: Value) -> None:
    parent, entry = editor.parents.parent(node), editor.parents.entry(node)
    if parent is None:
        raise EditError("the whole document cannot be replaced")
    if entry is not None and entry.key is node:
        raise EditError("a key is renamed, not replaced")
    start, end = node.start, node.end
    if node.tag is not None:  # it says the type of the old value
        start = node.head
        value = value if node.anchor is None else Anchored(node.anchor, value)
    behind = editor.properties_end(node) if node.head != start else None
    comment, kept = _comments_inside(editor, node, start)
    place = Place(start, end, behind, comment)
    if isinstance(parent, SequenceNode):
        hand = editor.item_hand(parent, end, near=editor.parents.index(node))
    else:
        hand = editor.hand(parent if isinstance(parent, Mapping) else None, end)
    if isinstance(parent, Mapping | SequenceNode) and parent.style is not BLOCK:
        _replace_in_flow(editor, place, entry, flow_text(value, hand), hand.padding)
        editor.put_comments_above(node, kept)
    elif isinstance(parent, SequenceNode):
        column = editor.style.column(start)
        if end == start or isinstance(value, str):
            column = editor.style.column(editor.dash(parent, node)) + 2
        _replace_item(editor, place, value, column, hand)
        editor.put_comments_above(node, kept)
    else:
        assert isinstance(parent, Mapping)
        assert entry is not None
        _replace_in_entry(editor, parent, entry, place, kept, value, hand)


def _comments_inside(editor: YamlEditor, node: Node, start: int) -> tuple[str, list[str]]:
    """The comment that can stay where the first line ends, with its blanks, and those that need lines of their own."""
    text, style = editor.text, editor.style
    if "#" not in text[start : node.end]:
        return "", []
    found = list(comments(text, [node], start, node.end))
    kept = [comment for _, comment in found]
    entry = editor.parents.entry(node)
    beside = entry is None or style.line_start(start) == style.line_start(editor.behind_colon(entry))
    if not found or not beside or editor.in_flow(node) or _comment_behind(editor, node):
        return "", kept
    at, comment = found[0]
    if at > style.line_end(start):
        return "", kept
    before = text[start:at]
    return before[len(before.rstrip(" \t")) :] + comment, kept[1:]


def _comment_behind(editor: YamlEditor, node: Node | Place) -> re.Match[str] | None:
    """What is between a node and the words of a comment in the line where it ends."""
    return None if editor.holds_line_end(node) else _COMMENT_BEHIND.match(editor.text, node.end)


def _replace_in_flow(editor: YamlEditor, place: Place, entry: Entry | None, new: str, padding: str) -> None:
    start, end = place.start, place.end
    if end > start or entry is None:
        editor.put(start, end, editor.spaced(start, new) if end == start else new)
        return
    if ":" in editor.text[entry.key.end : start]:
        if blanks := _BEFORE_BRACKET.match(editor.text, start):
            end = blanks.end()
            padding = padding if blanks.group() and editor.text[end] != "," else ""
        else:
            padding = ""
        editor.put(start, end, editor.spaced(start, new) + padding)
    else:
        editor.put(entry.key.end, entry.key.end, ": " + new)


def _replace_item(editor: YamlEditor, place: Place, value: Value, column: int, hand: Hand) -> None:
    start, end = place.start, place.end
    below: list[str] = []
    if _is_collection(value) and (place.anchor_end or isinstance(value, Anchored)):
        first = flow_text(value, hand)  # in block, the anchor would be the first key's
    else:
        first, below = item_text(value, column, hand)
    if end == start:
        first = editor.spaced(start, first)
    newline = editor.style.newline
    first += place.comment
    if editor.holds_line_end(place):
        editor.put(start, end, newline.join([first, *below]) + newline)
        return
    editor.put(start, end, first)
    editor.put_lines_after(end, below, column)


def _is_collection(value: Value) -> bool:
    return isinstance(value.value if isinstance(value, Anchored) else value, dict | list)


def _replace_in_entry(
    editor: YamlEditor, mapping: Mapping, entry: Entry, place: Place, kept: list[str], value: Value, hand: Hand
) -> None:
    text, style = editor.text, editor.style
    key, start = entry.key, place.start
    column = style.mapping_column(mapping)
    colon = editor.behind_colon(entry)
    if style.key_start(entry) == key.head:
        inline, below = value_lines(value, column, hand)
    else:
        inline, below = flow_text(value, hand), []
        if colon == key.end:  # `? key`, and no line with its colon
            editor.put_lines_after(key.end, [" " * column + ": " + inline], column)
            return
    behind = place.anchor_end or colon  # where the words before the value end
    beside = style.line_start(start) == style.line_start(colon)
    if kept and below and _is_collection(value):
        place = _keep_above(editor, place, kept, below, beside=beside)
    else:
        editor.put_comments_above(key, kept)
    end = place.end
    if not beside and text[behind:start].strip():
        _replace_below_comments(editor, behind, place, value, (inline, below), column)
        return
    # `key: old`: the words go, a comment behind them stays
    begin = start if beside and inline else behind
    first = editor.spaced(begin, inline)
    if editor.holds_line_end(place):
        lines = "".join(style.newline + line for line in below) + style.newline
        editor.put(begin, end, first + place.comment + lines)
        return
    editor.put(begin, end, first + place.comment)
    editor.put_lines_after(end, below, column)


def _keep_above(editor: YamlEditor, place: Place, kept: list[str], below: list[str], *, beside: bool) -> Place:
    """Put comments above the lines of a collection, below them the one behind an old value that was below its key."""
    if not beside and (comment := _comment_behind(editor, place)):
        place = place._replace(end=editor.style.line_end(place.end))
        kept = [*kept, editor.text[comment.end() - 1 : place.end]]
    pad = below[0][: -len(below[0].lstrip())]
    below[:0] = [pad + comment for comment in kept]
    return place


def _replace_below_comments(
    editor: YamlEditor, behind: int, place: Place, value: Value, new: tuple[str, list[str]], column: int
) -> None:
    """The old value is below its key and comments: its lines go, the comments stay."""
    style, newline = editor.style, editor.style.newline
    inline, below = new
    if isinstance(value, str) and "\n" in value:
        # in a block scalar, the comments above the old value would become text
        inline, below = scalars.written(value, flow=False, quote='"'), []
    editor.put(behind, behind, editor.spaced(behind, inline))
    start = style.line_end(editor.line_before(style.line_start(place.start)))
    if editor.holds_line_end(place):
        editor.put(start, place.end, "".join(newline + line for line in below) + newline, 0)
    elif comment := _comment_behind(editor, place):
        editor.put(place.start, comment.end() - 1, "")
        editor.put_lines_after(place.end, below, column)
    else:
        editor.put(start, style.line_end(place.end), "".join(newline + line for line in below), 0)


def wrap_as_mapping(editor: YamlEditor, node: Text, value: Value) -> None:
    parent = editor.parents.parent(node)
    if node.start == node.end:
        raise EditError("nothing cannot become a key")
    if not isinstance(parent, SequenceNode):
        raise EditError("only an item of a sequence can become a mapping")
    hand = replace(editor.item_hand(parent, node.end), key_quote="", text_quote="")
    flow = parent.style is not BLOCK
    comment = editor.header_comment(node)
    if "\n" in editor.text[node.start : node.end] or node.style in ("|", ">"):  # a key is one line
        quote = node.style if node.style in ("'", '"') else ""
        tail = editor.style.newline if editor.holds_line_end(node) else ""
        key = scalars.written(node.value, flow=True, quote=quote)
        start, end = node.start, node.end
    else:
        key, tail, start, end = "", "", node.end, node.end
    if flow:
        quote = node.style if node.style in ("'", '"') else ""
        json_hand = replace(hand, key_quote=quote, text_quote=quote)
        editor.put(node.head, node.head, "{" + hand.padding)
        editor.put(start, end, key + ": " + flow_text(value, json_hand) + hand.padding + "}")
        return
    column = editor.style.column(node.head)
    inline, below = value_lines(value, column, hand)
    first = key + ":" + (" " + inline if inline else "") + comment
    if tail:
        editor.put(start, end, editor.style.newline.join([first, *below]) + tail)
        return
    editor.put(start, end, first)
    editor.put_lines_after(node.end, below, column)


def wrap_as_sequence(editor: YamlEditor, node: Node, values: list[Value]) -> None:
    """`context: a` becomes a list of `a` and the values; anchor, tag and a comment behind it stay with `a`."""
    text, style = editor.text, editor.style
    entry, parent = editor.parents.entry(node), editor.parents.parent(node)
    if not isinstance(parent, Mapping) or entry is None or entry.key is node:
        raise EditError("only the value of an entry can become the first item of a list")
    quote = node.style if isinstance(node, Text) and node.style in ("'", '"') else ""
    base = editor.hand(parent, node.end)
    hand = editor.alike(replace(base, text_quote=quote), entry, values)
    own = text[node.head : node.end]
    if not own:
        raise EditError("nothing cannot become the first item of a list")
    if parent.style is not BLOCK:
        more = "".join(", " + flow_text(value, hand) for value in values)
        editor.put(node.head, node.head, "[")
        editor.put(node.end, node.end, more + "]")
        return
    column = style.mapping_column(parent) + base.offset
    comment = editor.header_comment(node)
    if isinstance(node, Text) and ("\n" in own or comment or node.style in ("|", ">")):
        own = text[node.head : node.start] + scalars.written(node.value, flow=False, quote=quote)
    if "\n" in own:
        raise EditError("a value of several lines cannot become an item")
    if style.key_start(entry) != entry.key.head:
        if node.style is BLOCK:
            raise EditError("a value of several lines cannot become an item")
        if isinstance(node, Text) and not quote and node.type == "str":
            properties = text[node.head : node.start]
            own = properties + " " * (properties[-1:] not in ("", " ")) + scalars.written(node.value, flow=True)
        own = "".join(["[", own, *(", " + flow_text(value, hand) for value in values), "]"])
        tail = style.newline if editor.holds_line_end(node) else ""
        editor.put(node.head, node.end, own + comment + tail)
        return
    if style.line_start(node.head) != style.line_start(entry.key.end):
        column = style.column(node.head)
        editor.put(node.head, node.end, "- " + own + comment)
        editor.put_lines_after(node.end, item_lines(values, column, hand), column)
        return
    lines = [" " * column + "- " + own, *item_lines(values, column, hand)]
    start = entry.key.end + len(text[entry.key.end : node.head].rstrip(" \t"))
    if editor.holds_line_end(node):
        editor.put(start, node.end, comment + "".join(style.newline + line for line in lines) + style.newline)
        return
    if own == text[node.head : node.end]:
        editor.put(start, node.head, style.newline + " " * column + "- ")
    else:
        editor.put(start, node.end, comment + style.newline + lines[0])
    editor.put_lines_after(node.end, lines[1:], column)
