"""Adding entries and items to literals, to calls such as `dict(a=1)`, and behind statements that add them."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from migrator.changes import MERGE, AddEntry, AddItem, Value
from migrator.documents.python import writer
from migrator.documents.python.breaking import break_lines
from migrator.documents.python.editor import PythonEditor, own_members
from migrator.documents.python.reading.mutations import How
from migrator.documents.python.reading.nodes import COMPREHENSION, KEYWORDS, PAIRS, Member, Site
from migrator.documents.python.style import Hand
from migrator.documents.python.writer import Name
from migrator.errors import EditError
from migrator.startup.records import replace
from migrator.tree import Node

Written = Callable[[str, bool], str]
"""A new member, for a line indented by the first argument; on one line if the second says so."""


def add_entry(editor: PythonEditor, change: AddEntry) -> None:
    mapping, after = change.mapping, change.after
    site = editor.site(mapping)
    if mapping.style == COMPREHENSION:
        raise EditError("a comprehension builds this dict")
    if after is not None and after not in mapping.entries:
        raise EditError("the entry to add after is not in the mapping")
    if editor.reader.later.may_set(mapping, change.name, editor.parents):
        raise EditError("code may set or remove this entry later")
    index = 0 if after is None else mapping.entries.index(after) + 1
    if index and (member := site.members[index - 1]).statement is not None:
        _add_statement(editor, mapping, member, change)
        return
    literal = _literal(site, index)
    hand, name = editor.hand(mapping), editor.named(mapping)
    if mapping.style == KEYWORDS:
        written = _keyword(change.name, change.value, hand, name)
    elif mapping.style == PAIRS:
        written = _pair(change.name, change.value, hand, name)
    else:
        written = _entry(change.name, change.value, hand, name)
    own = own_members(site, literal)
    if not index and _is_copied(literal):
        raise EditError("the dict that is copied comes first")
    before = sum(member.literal is literal for member in site.members[:index])
    insert(editor, literal, own, before, written)


def _is_copied(literal: cst.BaseExpression) -> bool:
    """Whether a call begins with a dict that it copies: keywords are behind it."""
    return isinstance(literal, cst.Call) and any(a.keyword is None and not a.star for a in literal.args)


def add_item(editor: PythonEditor, change: AddItem) -> None:
    sequence, index = change.sequence, change.index
    site = editor.site(sequence)
    if not 0 <= index <= len(sequence.items):
        raise EditError("there is no item of that index to add before")
    if sequence.style == COMPREHENSION:
        raise EditError("a comprehension builds this list")
    if site.spliced:
        raise EditError("its items are also in another list")
    if index and site.members[index - 1].statement is not None:
        raise EditError("statements add items to this list")
    literal = _literal(site, index)
    hand, name = editor.hand(sequence), editor.named(sequence)
    own = own_members(site, literal)
    known = {member.start for member in site.members[:index] if member.literal is literal}
    insert(editor, literal, own, len(known), _item(change.value, hand, name))


def _literal(site: Site, index: int) -> cst.BaseExpression:
    """The literal that takes a new member of that index."""
    for place in (index - 1, index):
        if 0 <= place < len(site.members) and (literal := site.members[place].literal) is not None:
            return literal
    if not site.members and isinstance(site.node, cst.Dict | cst.List | cst.Tuple | cst.Call):
        if isinstance(site.node, cst.Call) and site.node.args:
            raise EditError("this place is computed")
        return site.node
    if isinstance(site.node, cst.Dict | cst.List) and all(member.statement is not None for member in site.members):
        return site.node
    raise EditError("no literal is in this place")


def insert(editor: PythonEditor, literal: cst.BaseExpression, own: list[Member], index: int, written: Written) -> None:
    """Put a new member into a literal that has these; it is put before the one that has this index."""
    style, text = editor.style, editor.text
    opened, closed = editor.brackets(literal)
    if not own:
        if text[opened:closed].strip():
            raise EditError("only a comment is in this literal")
        new = written("", True)
        comma = "," if isinstance(literal, cst.Tuple) else ""
        if not break_lines(editor, literal, own, 0, written):
            editor.put(opened, closed, new + comma)
        return
    if index and index < len(own) and _is_aligned(editor, own):
        pad = " " * (own[0].start - style.line_start(own[0].start))
        place = style.comma(own[index - 1].end, closed) or own[index - 1].end
        editor.put(place, place, f"{style.newline}{pad}{written(pad, False)},")
        return
    if (index and not style.begins_line(own[index - 1].start)) or (not index and not style.begins_line(own[0].start)):
        new = written(style.pad(own[0].start), True)
        if break_lines(editor, literal, own, index, written):
            return
        if index:
            place = own[index - 1].end
            editor.put(place, place, ", " + new)
        else:
            editor.put(own[0].start, own[0].start, new + ", ")
        return
    pad = style.pad(own[max(index - 1, 0)].start)
    new = written(pad, False)
    newline = style.newline
    if not index:
        editor.put(own[0].start, own[0].start, f"{new},{newline}{pad}")
        return
    last = own[index - 1]
    comma_end = style.comma(last.end, closed)
    following = own[index].start if index < len(own) else closed
    if comma_end is None:
        editor.put(last.end, last.end, ",")
    place = comma_end or last.end
    end = style.line_end(place)
    if following < end:  # what follows is on this line
        editor.put(place, place, f"{newline}{pad}{new}" + ("," if index < len(own) else ""))
    else:
        editor.put(end, end, f"{newline}{pad}{new}" + ("," if comma_end is not None else ""))


def _is_aligned(editor: PythonEditor, own: list[Member]) -> bool:
    """Whether the first member is behind its bracket and the others in the same column below it."""
    style, first = editor.style, own[0].start
    column = first - style.line_start(first)
    below = [member.start for member in own[1:]]
    return (
        not style.begins_line(first)
        and "\t" not in style.pad(first)
        and all(style.begins_line(start) and start - style.line_start(start) == column for start in below)
    )


def _entry(key: str, value: Value, hand: Hand, name: Name) -> Written:
    def written(pad: str, one_line: bool) -> str:
        return writer.entry(key, value, hand, name) if one_line else writer.fitted_entry(key, value, hand, name, pad)

    return written


def _item(value: Value, hand: Hand, name: Name) -> Written:
    def written(pad: str, one_line: bool) -> str:
        return writer.on_one_line(value, hand, name) if one_line else writer.fitted(value, hand, name, pad, len(pad))

    return written


def _keyword(key: str, value: Value, hand: Hand, name: Name) -> Written:
    if key == MERGE:
        return _entry(key, value, hand, name)
    if not writer.is_keyword_name(key):
        raise EditError("this name cannot be a keyword of a call")

    def written(pad: str, one_line: bool) -> str:
        head = f"{key}="
        body = (
            writer.on_one_line(value, hand, name)
            if one_line
            else writer.fitted(value, hand, name, pad, len(pad + head))
        )
        return head + body

    return written


def _pair(key: str, value: Value, hand: Hand, name: Name) -> Written:
    if key == MERGE:
        raise EditError("a list of pairs cannot unpack a dict")

    def written(pad: str, one_line: bool) -> str:
        line = f"({writer.on_one_line(key, hand, name)}, {writer.on_one_line(value, hand, name)})"
        if one_line or hand.width is None or len(pad) + len(line) + 1 <= hand.width:
            return line
        inner = pad + hand.step
        body = writer.fitted(value, hand, name, inner, len(inner))
        lines = (f"{inner}{writer.on_one_line(key, hand, name)},", f"{inner}{body},")
        return hand.newline.join(("(", *lines, f"{pad})"))

    return written


def _add_statement(editor: PythonEditor, mapping: Node, member: Member, change: AddEntry) -> None:
    """Set an entry below the statement that sets the one before it."""
    mutation, statement = member.mutation, member.statement
    assert mutation is not None
    assert statement is not None
    style = editor.style
    if change.name == MERGE or len(statement.body) != 1:
        raise EditError("a statement sets this entry, and nothing can be added after it")
    target = mutation.target
    subject = target.value if mutation.how is How.ASSIGN and isinstance(target, cst.Subscript) else target
    pad = style.pad(member.start)
    hand = editor.hand(mapping)
    head = f"{editor.source.code(subject)}[{writer.on_one_line(change.name, hand, editor.named(mapping))}] = "
    body = writer.fitted(change.value, replace(hand), editor.named(mapping), pad, len(pad + head), 0)
    end = style.line_end(member.end)
    editor.put(end, end, f"{style.newline}{pad}{head}{body}")
