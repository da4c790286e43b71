"""Removing entries and items with the lines they fill."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from migrator.changes import RemoveEntry, RemoveItem
from migrator.documents.python.editor import PythonEditor, own_members
from migrator.documents.python.reading.nodes import COMPREHENSION, Member
from migrator.errors import EditError


def remove_members(editor: PythonEditor, changes: Sequence[RemoveEntry | RemoveItem], *, grows: bool) -> None:
    """Remove members of one mapping or sequence. `grows` says that it gets others in their place."""
    first = changes[0]
    collection = first.mapping if isinstance(first, RemoveEntry) else first.sequence
    site = editor.site(collection)
    if collection.style == COMPREHENSION or (isinstance(first, RemoveItem) and site.spliced):
        raise EditError("code builds this list or dict")
    gone: list[Member] = []
    for change in changes:
        if isinstance(change, RemoveEntry):
            index = change.mapping.entries.index(change.entry)
        else:
            index = next(i for i, item in enumerate(change.sequence.items) if item is change.item)
        member = site.members[index]
        if sum(member.start == other.start for other in site.members) > 1:
            raise EditError("it is unpacked from another list")
        gone.append(member)
    for literal in {id(m.literal): m.literal for m in gone if m.literal is not None}.values():
        _cut(editor, literal, own_members(site, literal), [m for m in gone if m.literal is literal], grows=grows)
    for member in gone:
        if member.literal is None:
            _remove_statement(editor, member)


def _cut(
    editor: PythonEditor, literal: cst.BaseExpression, own: list[Member], gone: list[Member], *, grows: bool
) -> None:
    style = editor.style
    opened, closed = editor.brackets(literal)
    if len(gone) == len(own):
        _remove(editor, opened, closed, grows=grows)
        return
    starts = {member.start for member in gone}
    index = 0
    while index < len(own):
        if own[index].start not in starts:
            index += 1
            continue
        last = index
        while last + 1 < len(own) and own[last + 1].start in starts:
            last += 1
        following = own[last + 1].start if last + 1 < len(own) else closed
        end = style.comma(own[last].end, closed) or own[last].end
        if style.begins_line(own[index].start) and style.line_end(end) < following:
            start, behind = style.line_start(own[index].start), style.line_start(style.behind_break(end))
            pad = style.pad(start)
            staying = editor.comments(start, behind) if grows else []
            editor.put(start, behind, "".join(pad + comment + style.newline for comment in staying))
        elif last + 1 < len(own):
            _remove(editor, own[index].start, following, grows=grows)
        else:
            _remove(editor, own[index - 1].end, own[last].end, grows=grows)
        index = last + 1


def _remove(editor: PythonEditor, start: int, end: int, *, grows: bool) -> None:
    if grows and editor.comments(start, end):
        raise EditError("a comment beside it would be lost")
    editor.put(start, end, "")


def _remove_statement(editor: PythonEditor, member: Member) -> None:
    statement = member.statement
    if statement is None:
        raise EditError("no literal is in this place")
    if len(statement.body) != 1 or id(statement) in editor.reader.names.alone:
        raise EditError("the statement that sets it is the only one in its block")
    style = editor.style
    editor.put(style.line_start(member.start), style.behind_break(member.end), "")
