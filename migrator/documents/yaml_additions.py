"""Adding entries and items, in block and in flow."""

from __future__ import annotations

import re

from migrator.changes import (
    MERGE,
    AddEntry,
    AddItem,
    Value,
)
from migrator.documents.yaml_editor import YamlEditor
from migrator.documents.yaml_reader import BLOCK, PAIR
from migrator.documents.yaml_writer import (
    entry_lines,
    flow_entry,
    flow_text,
    item_lines,
)
from migrator.errors import EditError
from migrator.tree import Entry, Mapping
from migrator.tree import Sequence as SequenceNode

_COMMA = re.compile(r"(?:\s|(?<=[\s,])#[^\n\r]*)*,")


def add_entry(editor: YamlEditor, change: AddEntry) -> None:
    mapping, name, value, after = change.mapping, change.name, change.value, change.after
    if after is not None and after not in mapping.entries:
        raise EditError("the entry to add after is not in the mapping")
    if name != MERGE and mapping.entry(name) is not None:
        raise EditError(f"there is an entry `{name}` already")
    if mapping.style is BLOCK:
        _add_block_entry(editor, mapping, name, value, after)
    else:
        _add_flow_entry(editor, mapping, name, value, after)


def _add_block_entry(editor: YamlEditor, mapping: Mapping, name: str, value: Value, after: Entry | None) -> None:
    column = editor.style.mapping_column(mapping)
    lines = entry_lines(name, value, column, editor.hand(mapping))
    if after is not None:
        end = max(after.value.end, after.key.end)
        if editor.parents.parent(mapping) is None and isinstance(value, dict | list) and _blank_follows(editor, end):
            lines.insert(0, "")  # a section like those around it
        editor.put_lines_after(end, lines, column)
        return
    first = editor.style.key_start(mapping.entries[0])
    opener = _opener(editor, mapping)
    if opener is not None and editor.style.line_start(opener) != editor.style.line_start(first):
        editor.put_lines_after(opener, lines, column)
        return
    pad = " " * column
    if opener is None:
        editor.put(first, first, "".join(line.removeprefix(pad) + editor.style.newline + pad for line in lines))
        return
    newline = editor.style.newline
    editor.put(first, first, newline.join([lines[0][column:], *lines[1:]]) + newline + pad)


def _blank_follows(editor: YamlEditor, offset: int) -> bool:
    """Whether the line below the one that holds `offset` is blank, and something stands below that."""
    end = editor.style.line_end(offset)
    below = editor.text[end:].removeprefix(editor.style.newline)
    return bool(below.strip()) and not below.partition(editor.style.newline)[0].strip()


def _opener(editor: YamlEditor, mapping: Mapping) -> int | None:
    """Where the line stands that a block mapping belongs to: its anchor, its key's colon or its dash."""
    if mapping.head != mapping.start:
        return mapping.head
    entry = editor.parents.entry(mapping)
    if entry is not None:
        return entry.key.end
    parent = editor.parents.parent(mapping)
    if isinstance(parent, SequenceNode):
        return editor.dash(parent, mapping)
    return None


def _add_flow_entry(editor: YamlEditor, mapping: Mapping, name: str, value: Value, after: Entry | None) -> None:
    hand = editor.hand(mapping)
    new = flow_entry(name, value, hand)
    if mapping.style is PAIR:
        entry = mapping.entries[0]
        editor.put(mapping.head, mapping.head, "{" + (new + ", " if after is None else ""))
        glue = " , " if editor.text[mapping.end - 1] == ":" else ", "
        editor.put(mapping.end, mapping.end, (glue + new if after is not None else "") + "}")
        _colon(editor, entry)
        return
    if not mapping.entries:
        editor.put(mapping.start, mapping.end, "{" + hand.padding + new + hand.padding + "}")
        return
    heads = [editor.style.key_start(e) for e in mapping.entries]
    ends = [max(e.value.end, e.key.end) for e in mapping.entries]
    index = 0 if after is None else mapping.entries.index(after) + 1
    _join(editor, mapping, heads, ends, index, new)


def _colon(editor: YamlEditor, entry: Entry) -> None:
    if ":" not in editor.text[entry.key.end : entry.value.end + 1]:
        raise EditError("a pair without a colon has no edit")


def _join(
    editor: YamlEditor, node: Mapping | SequenceNode, heads: list[int], ends: list[int], index: int, new: str
) -> None:
    """Put `new` before the member of a flow collection that has that index, or at its end."""
    text, style = editor.text, editor.style
    if index < len(heads):
        head = heads[index]
        previous = ends[index - 1] if index else node.start
        if "\n" in text[previous:head] and not text[style.line_start(head) : head].strip():
            pad = text[style.line_start(head) : head]
            editor.put(head, head, new + "," + style.newline + pad)
        else:
            editor.put(head, head, new + ", ")
        return
    last = ends[-1]
    own_line = not text[style.line_start(heads[-1]) : heads[-1]].strip()
    comma = _COMMA.match(text, last, node.end)
    glue = " , " if text[last - 1] == ":" else ", "  # `a:,` would be a text
    if not own_line or (len(heads) == 1 and style.line_start(heads[0]) == style.line_start(node.start)):
        editor.put(comma.end() if comma else last, comma.end() if comma else last, (" " if comma else glue) + new)
        return
    pad = text[style.line_start(heads[-1]) : heads[-1]]
    place = comma.end() if comma else last
    end = style.line_end(place)
    rest = text[place:end].lstrip()
    if rest and not rest.startswith("#"):  # the bracket closes on this line
        editor.put(place, place, ("" if comma else glue.rstrip()) + style.newline + pad + new)
        return
    if not comma:
        editor.put(last, last, glue.rstrip())
    editor.put(end, end, style.newline + pad + new + ("," if comma else ""), 0)


def add_item(editor: YamlEditor, change: AddItem) -> None:
    sequence, index, value = change.sequence, change.index, change.value
    items = sequence.items
    if not 0 <= index <= len(items):
        raise EditError("there is no item of that index to add before")
    hand = editor.item_hand(sequence)
    if sequence.style is not BLOCK:
        new = flow_text(value, hand)
        if not items:
            editor.put(sequence.start, sequence.end, "[" + hand.padding + new + hand.padding + "]")
            return
        _join(editor, sequence, [i.head for i in items], [i.end for i in items], index, new)
        return
    column = editor.style.column(sequence.start)
    lines = item_lines([value], column, hand)
    if index:
        editor.put_lines_after(items[index - 1].end, lines, column)
        return
    newline = editor.style.newline
    pad = editor.text[editor.style.line_start(sequence.start) : sequence.start]
    pad = pad if not pad.strip() else " " * column
    editor.put(sequence.start, sequence.start, newline.join([lines[0][column:], *lines[1:]]) + newline + pad)
