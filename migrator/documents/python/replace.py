"""Other words for a text, another value in the place of one, and collections around one."""

from __future__ import annotations

from migrator.changes import RenameKey, Value, Variable
from migrator.documents.python import writer
from migrator.documents.python.breaking import break_around
from migrator.documents.python.editor import PythonEditor
from migrator.documents.python.imports import import_os
from migrator.documents.python.reading.mutations import How
from migrator.documents.python.reading.nodes import BYTES, CHOICE, STRING, WORD
from migrator.documents.python.writer import is_keyword_name
from migrator.errors import EditError
from migrator.tree import FLOAT, INT, Alias, Node, Opaque, Sequence, Text, plain_type, resolve


def set_text(editor: PythonEditor, node: Text, value: str) -> None:
    if node.value == value:
        return
    if node.style == WORD:
        if (
            plain_type(value) not in (INT, FLOAT)
            or node.type not in (INT, FLOAT)
            or writer.on_one_line(value_of(value), editor.hand(node), editor.named(node)) != value
        ):
            raise EditError("a value that is not a string can only become another of its type")
        editor.put(node.start, node.end, value)
        return
    if node.style == "name":
        if not is_keyword_name(value):
            raise EditError("this name cannot be a keyword of a call")
        editor.put(node.start, node.end, value)
        return
    layout = editor.site(node).layout
    if node.style == CHOICE or layout is None:
        raise EditError("code chooses this text")
    editor.put(*layout.edit(value))


def value_of(text: str) -> Value:
    from migrator.changes import Plain

    return Plain(text)


def rename_key(editor: PythonEditor, change: RenameKey) -> None:
    key = change.entry.key
    if not isinstance(key, Text) or key.style not in (STRING, "name"):
        raise EditError("only a key that is written as a string can be renamed")
    set_text(editor, key, change.name)


def replace_value(editor: PythonEditor, node: Node, value: Value) -> None:
    if isinstance(node, Opaque):
        raise EditError("this value is computed")
    refuse_unpacked(editor, node)
    target = resolve(node)
    if isinstance(node, Alias) and isinstance(target, Text) and isinstance(value, dict) and [*value] == [target.value]:
        wrap_as_mapping(editor, node, value[target.value])  # the name stays the key
        return
    _keep_comments(editor, node)
    pad = editor.style.pad(node.start)
    before = node.start - editor.style.line_start(node.start)
    line = writer.on_one_line(value, editor.hand(node), editor.named(node))
    if isinstance(value, Variable):
        import_os(editor)
        line += ".encode()" if node.style == BYTES else ""
        break_around(editor, node.start, node.end)
        editor.put(node.start, node.end, line)
        return
    if node.style == BYTES:
        raise EditError("bytes are not text of a config")
    if isinstance(value, str):
        break_around(editor, node.start, node.end)
    new = writer.fitted(value, editor.hand(node), editor.named(node), pad, before)
    editor.put(node.start, node.end, new)


def _keep_comments(editor: PythonEditor, node: Node) -> None:
    """Put the comments inside a value above the line that it, or its entry, begins."""
    found = editor.comments(node.start, node.end)
    if not found:
        return
    style, entry = editor.style, editor.parents.entry(node)
    begin = node.start if entry is None else entry.key.start
    if not style.begins_line(begin) or not style.same_line(begin, node.start):
        raise EditError("a comment inside it would be lost")
    line = style.line_start(begin)
    editor.put(line, line, "".join(style.pad(begin) + comment + style.newline for comment in found))


def refuse_unpacked(editor: PythonEditor, node: Node) -> None:
    """Raise `EditError` for an item of another list that is unpacked or added here: it is not written on its own."""
    parent = editor.parents.parent(node)
    if isinstance(parent, Sequence) and isinstance(node, Alias):
        member = editor.site(parent).members[editor.parents.index(node)]
        is_appended = member.mutation is not None and member.mutation.how is How.APPEND
        if (member.literal is None and not is_appended) or editor.text.startswith("*", member.start):
            raise EditError("it is unpacked from another list")


def wrap_as_mapping(editor: PythonEditor, node: Text | Alias, value: Value) -> None:
    """`"build"` becomes `{"build": value}`, the text as it is written."""
    if node.style == "name":
        raise EditError("a keyword of a call is not text")
    style, hand, name = editor.style, editor.hand(node), editor.named(node)
    written = editor.text[node.start : node.end]
    pad = style.pad(node.start)
    before = node.start - style.line_start(node.start)
    line = f"{{{written}: {writer.on_one_line(value, hand, name)}}}"
    if hand.width is None or before + len(line) + 1 <= hand.width or not style.begins_line(node.start):
        break_around(editor, node.start, node.end)
        editor.put(node.start, node.start, "{")
        editor.put(node.end, node.end, line[len(written) + 1 :])
        return
    inner = pad + style.step
    body = writer.fitted(value, hand, name, inner, len(inner) + len(written) + 2)
    editor.put(node.start, node.start, "{" + style.newline + inner)
    editor.put(node.end, node.end, f": {body},{style.newline}{pad}}}")


def wrap_as_sequence(editor: PythonEditor, node: Node, values: list[Value]) -> None:
    hand, name = editor.hand(node), editor.named(node)
    more = "".join(f", {writer.on_one_line(value, hand, name)}" for value in values)
    start, end = node.start, node.end
    text = editor.text
    while text[start - 1 : start] == "(" and text[end : end + 1] == ")" and text[start - 2 : start - 1] in " ([{:=":
        start, end = start - 1, end + 1
    break_around(editor, start, end)
    editor.put(start, start, "[")
    editor.put(end, end, more + "]")
