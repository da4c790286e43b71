"""Breaking a line that a new member would make too long, as formatters such as Black do: one member a line.

From the outermost bracket of the line inwards, each bracket is opened until what remains fits. A trailing comma is
put behind the last member, by which formatters leave the broken lines as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from migrator.documents.python.editor import PythonEditor
from migrator.documents.python.reading.nodes import Member
from migrator.errors import EditError

# A line is broken in front of what is put before a member, and behind what is put after it.
BEFORE, BEHIND = -1, 1


def break_lines(
    editor: PythonEditor,
    literal: cst.BaseExpression,
    own: Sequence[Member],
    index: int,
    written: Callable[[str, bool], str],
) -> bool:
    """Break the line of a literal that a new member would make too long; whether that was done."""
    style = editor.style
    width = editor.width
    start, end = editor.source.span(literal)
    if width is None or not style.same_line(start, end):
        return False
    if editor.grown(style.line_start(start), style.line_end(end)) <= width:
        return False
    chain = _around(editor, start, end)
    pad = style.pad(start)
    for bracket in chain:
        members = list(own) if bracket is literal else _members(editor, bracket)
        if bracket is literal:
            if id(bracket) in editor.opened:
                raise EditError("two changes break one line")
            _open(editor, bracket, members, pad, index, written(pad + style.step, False))
            return True
        _open(editor, bracket, members, pad, None, "")
        pad += style.step
        inner = next(member for member in members if member.start <= start and end <= member.end)
        if len(pad) + editor.grown(inner.start, inner.end) + 1 <= width:
            new = written(pad, True)
            if not own:
                opened, closed = editor.brackets(literal)
                editor.put(opened, closed, new)
            elif index:
                editor.put(own[index - 1].end, own[index - 1].end, ", " + new)
            else:
                editor.put(own[0].start, own[0].start, new + ", ")
            return True
    return False


def break_around(editor: PythonEditor, start: int, end: int) -> None:
    """Break the line of a value that other words would make too long."""
    style, width = editor.style, editor.width
    if width is None or editor.grown(style.line_start(start), style.line_end(end)) <= width:
        return
    pad = style.pad(start)
    for bracket in _around(editor, start, end):
        members = _members(editor, bracket)
        inner = next((member for member in members if member.start <= start and end <= member.end), None)
        if inner is None:
            return
        _open(editor, bracket, members, pad, None, "")
        pad += style.step
        if len(pad) + editor.grown(inner.start, inner.end) + 1 <= width:
            return


def _around(editor: PythonEditor, start: int, end: int) -> list[cst.CSTNode]:
    """The brackets of one line around a value, the outermost first, that of the value itself last."""
    line = editor.style.line_start(start), editor.style.line_end(start)
    found: list[tuple[int, int, cst.CSTNode]] = []
    for first, last, node in editor.brackets_of_lines.get(line[0], ()):
        if first <= start and end <= last <= line[1]:
            if isinstance(node, cst.Call) and first < start < editor.brackets(node)[0]:
                continue  # the value is in what is called
            found.append((first, -last, node))
    return [node for _, _, node in sorted(found, key=lambda each: each[:2])]


def _members(editor: PythonEditor, bracket: cst.CSTNode) -> list[Member]:
    if isinstance(bracket, cst.Call):
        return [Member(*editor.source.span(argument)) for argument in bracket.args]
    assert isinstance(bracket, cst.Dict | cst.List | cst.Tuple)
    return [Member(*editor.source.span(element)) for element in bracket.elements]


def _open(
    editor: PythonEditor, bracket: cst.CSTNode, members: Sequence[Member], pad: str, index: int | None, new: str
) -> None:
    """One member a line between the brackets; `new` is one more, before the one of that index."""
    if id(bracket) in editor.opened:
        return
    editor.opened.add(id(bracket))
    style = editor.style
    opened, closed = editor.brackets(bracket)
    inner = style.newline + pad + style.step
    place = opened
    for number, member in enumerate(members):
        head = inner + (f"{new},{inner}" if number == index else "")
        editor.put(place, _before(editor, member.start, place), head, BEFORE)
        place = style.comma(member.end, closed) or -1
        if place < 0:
            place = _behind(editor, member.end, closed)
            generator = isinstance(bracket, cst.Call) and isinstance(bracket.args[0].value, cst.GeneratorExp)
            editor.put(place, place, "" if generator else ",", BEHIND)
    tail = f"{inner}{new}," if index is not None and index == len(members) else ""
    editor.put(place, closed, tail + style.newline + pad, BEHIND)


def _before(editor: PythonEditor, offset: int, place: int) -> int:
    """Where a member begins with the parentheses around it, no further back than a place."""
    while offset > place and editor.text[offset - 1] == "(":
        offset -= 1
    return offset


def _behind(editor: PythonEditor, offset: int, closed: int) -> int:
    while offset < closed and editor.text[offset] == ")":
        offset += 1
    return offset
