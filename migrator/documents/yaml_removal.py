"""Removing entries and items with the lines they fill."""

from __future__ import annotations

import re
from collections.abc import Sequence

from migrator.documents.yaml_editor import YamlEditor
from migrator.documents.yaml_reader import BLOCK, PAIR
from migrator.errors import EditError
from migrator.tree import Entry, Mapping, Node
from migrator.tree import Sequence as SequenceNode

_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)*")
_COMMA = re.compile(r"(?:\s|(?<=[\s,])#[^\n\r]*)*,")


def remove_entries(editor: YamlEditor, mapping: Mapping, entries: list[Entry]) -> None:
    members = [(editor.style.key_start(e), max(e.value.end, e.key.end)) for e in mapping.entries]
    gone = {mapping.entries.index(e) for e in entries}
    _remove_members(editor, mapping, members, gone, "{}")


def remove_items(editor: YamlEditor, sequence: SequenceNode, items: Sequence[Node]) -> None:
    wanted = {id(item) for item in items}
    if sequence.style is BLOCK:
        members = [(editor.dash(sequence, item), item.end) for item in sequence.items]
    else:
        members = [(item.head, item.end) for item in sequence.items]
    gone = {i for i, item in enumerate(sequence.items) if id(item) in wanted}
    _remove_members(editor, sequence, members, gone, "[]")


def _remove_members(
    editor: YamlEditor, node: Mapping | SequenceNode, members: list[tuple[int, int]], gone: set[int], empty: str
) -> None:
    if len(gone) == len(members):
        _empty(editor, node, members, empty)
    elif node.style is BLOCK:
        for index in sorted(gone):
            _remove_lines(editor, members, index)
    else:
        _remove_from_flow(editor, members, gone)


def _empty(editor: YamlEditor, node: Mapping | SequenceNode, members: list[tuple[int, int]], empty: str) -> None:
    if node.style is PAIR:
        editor.put(node.start, node.end, empty)
        return
    if node.style is not BLOCK:
        editor.put(node.start, node.end, empty)
        return
    parent, entry = editor.parents.parent(node), editor.parents.entry(node)
    style = editor.style
    if isinstance(parent, Mapping) and entry is not None:
        behind = editor.text.find(":", entry.key.end) + 1
        if node.head != node.start:
            behind = node.head + len(editor.text[node.head : node.start].rstrip())
            behind = min(behind, style.line_end(node.head))
        if style.line_start(behind) != style.line_start(node.start):
            editor.put(behind, behind, " " + empty)
            start = style.line_end(editor.line_before(style.line_start(members[0][0])))
            editor.put(start, editor.last_line_end(node.start, node.end), "", 0)
            return
    end = editor.last_line_end(node.start, node.end) if editor.holds_line_end(node) else node.end
    editor.put(members[0][0], end, empty)


def _remove_lines(editor: YamlEditor, members: list[tuple[int, int]], index: int) -> None:
    text, style = editor.text, editor.style
    start, end = members[index]
    line = style.line_start(start)
    finish = editor.last_line_end(start, end)
    if not text[line:start].strip():
        after = finish
        if after < len(text):
            after += 2 if text.startswith("\r\n", after) else 1
            if index and text[members[index - 1][1] - 1] == "\n":  # a `|+` scalar would take the blank lines to itself
                after = _BLANK_LINES.match(text, after).end()  # type: ignore[union-attr]
            editor.put(line, after, "")
        else:  # the last line of a file without a final newline
            editor.put(style.line_end(editor.line_before(line)) if line else 0, finish, "")
        return
    # the first member stands behind a dash or another opener: the next one moves up into its place
    following = members[index + 1][0]
    comment = text.find("#", finish, following)
    if comment >= 0 and text[finish:following].strip():
        following = comment
    editor.put(start, following, "")


def _remove_from_flow(editor: YamlEditor, members: list[tuple[int, int]], gone: set[int]) -> None:
    kept = [i for i in range(len(members)) if i not in gone]
    for index in sorted(gone):
        start, end = members[index]
        if index < kept[-1]:
            following = members[index + 1][0]
            if "#" in editor.text[end:following]:
                comma = _COMMA.match(editor.text, end)
                following = comma.end() if comma else end
            editor.put(start, following, "")
        else:
            previous = members[index - 1][1]
            if "#" in editor.text[previous:start]:
                raise EditError("a comment stands between the last members of a flow collection")
            editor.put(previous, end, "")
