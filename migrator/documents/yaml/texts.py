"""Giving a text other words where it is: only the part that differs moves."""

from __future__ import annotations

import re

from migrator.changes import (
    RenameKey,
)
from migrator.documents.edits import TextEdit
from migrator.documents.yaml import scalars
from migrator.documents.yaml.editor import YamlEditor
from migrator.errors import EditError
from migrator.tree import Text, plain_type


def set_text(editor: YamlEditor, node: Text, value: str) -> None:
    if node.value == value:
        return
    flow = editor.in_flow(node)
    is_key = (entry := editor.parents.entry(node)) is not None and entry.key is node
    if node.style in ("|", ">"):
        _set_block_text(editor, node, value)
        return
    if node.style == "" and node.type != "str":
        if plain_type(value) == "str" or not re.fullmatch(r"[\w.~:+-]+", value):
            raise EditError("a text that is not a string can only become another of its type")
        editor.put(node.start, node.end, value)
        return
    multi_line = "\n" in editor.text[node.start : node.end]
    if multi_line and _splice(editor, node, value, plainly=flow or is_key):
        return
    # where an inner colon is unquoted in flow, as in `{image: host/a:1}`, the new words may have theirs
    colons = flow and ":" in node.value and plain_type(value) == "str" and not re.search(r"^:|:(?![\w./-])", value)
    plainly = value.replace(":", "_") if colons else value
    if node.style == "" and not multi_line and scalars.may_be_plain(plainly, flow=flow or is_key):
        editor.put(node.start, node.end, editor.spaced(node.start, value))
        return
    if node.style == "":
        quote = "" if "\n" not in value else '"'
        new = scalars.written(value, flow=flow or is_key, quote=quote)
        spare = editor.style.quote()
        new = scalars.written(value, flow=flow, quote=spare) if new[0] == '"' else new
        editor.put(node.start, node.end, editor.spaced(node.start, new))
        return
    editor.put(node.start, node.end, scalars.written(value, flow=flow, quote=node.style))


def _splice(editor: YamlEditor, node: Text, value: str, *, plainly: bool) -> bool:
    """Replace only the part of a scalar of several lines that differs; `False` where that cannot be done."""
    if node.style == "" and not scalars.may_be_plain(value.replace("\n", " "), flow=plainly):
        return False
    old, places = scalars.offsets(editor.text, node.start, node.end, node.style)
    if old != node.value:
        return False
    head = _common(old, value)
    tail = min(_common(old[::-1], value[::-1]), len(old) - head, len(value) - head)
    middle = value[head : len(value) - tail]
    start, end = places[head], places[len(old) - tail]
    if node.style == '"':
        middle = scalars.escaped(middle)
    elif node.style == "'":
        if "\n" in middle or not middle.isprintable():
            return False
        middle = middle.replace("'", "''")
    elif "\n" in middle:
        return False
    edit = TextEdit(start, end, middle)
    spliced = editor.text[node.start : start] + edit.text + editor.text[end : node.end]
    try:
        again, _ = scalars.offsets(spliced, 0, len(spliced), node.style)
    except (IndexError, ValueError, KeyError):
        return False
    if again != value or (node.style == "" and spliced != spliced.strip()):
        return False
    editor.put(*edit)
    return True


def _set_block_text(editor: YamlEditor, node: Text, value: str) -> None:
    """Give a block scalar other words line by line: lines that stay are not touched."""
    text = editor.text
    old, places = scalars.offsets(text, node.start, node.end, node.style)
    if old == node.value + "\n" and node.end == len(text):
        old = node.value  # the file ends without a line break
    trailing_old = len(old) - len(old.rstrip("\n"))
    trailing_new = len(value) - len(value.rstrip("\n"))
    if old != node.value or trailing_old != trailing_new or not scalars.fits_block(value) or not old.strip("\n"):
        _rewrite_block(editor, node, value)
        return
    explicit = re.match(r"[|>][-+]?\d", text[node.start : node.start + 3])
    lead = value[: len(value) - len(value.lstrip())]
    if not explicit and not {" ", "\t"}.isdisjoint(lead):  # it would set the indentation
        _rewrite_block(editor, node, value)
        return
    if node.style == ">":
        if not _splice_folded(editor, node, old, value, places):
            _rewrite_block(editor, node, value)
        return
    indent = scalars.block_indent(text, node.start, node.end)
    pad = " " * indent
    newline = editor.style.newline
    old_lines = old.rstrip("\n").split("\n")
    new_lines = value.rstrip("\n").split("\n")
    starts = [0]
    for line in old_lines:
        starts.append(starts[-1] + len(line) + 1)
    line_starts = [editor.style.line_start(places[min(start, len(places) - 1)]) for start in starts[:-1]]
    import difflib  # only scripts of several lines need it

    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        new = [pad + line if line else "" for line in new_lines[j1:j2]]
        if tag == "insert" and i1 == len(old_lines):
            end = editor.style.line_end(line_starts[-1])
            editor.put(end, end, "".join(newline + line for line in new))
            continue
        start = line_starts[i1]
        if i2 < len(old_lines):
            editor.put(start, line_starts[i2], "".join(line + newline for line in new))
        else:
            # up to the end of the last line, whose line break stays; of a removed last line, the one before goes
            end = editor.style.line_end(places[starts[i2] - 1])
            if new:
                editor.put(start, end, newline.join(new))
            else:
                before = editor.style.line_end(line_starts[i1 - 1]) if i1 else start
                editor.put(before, end, "")


def _splice_folded(editor: YamlEditor, node: Text, old: str, value: str, places: list[int]) -> bool:
    head = _common(old, value)
    tail = min(_common(old[::-1], value[::-1]), len(old) - head, len(value) - head)
    middle = value[head : len(value) - tail]
    start, end = places[head], places[len(old) - tail]
    last = len(old) - tail - 1
    if last >= head and not old[last].isspace():
        end = places[last] + 1  # the place of a paragraph's break is its blank line, not the end of the line before
    if "\n" in middle:
        return False
    spliced = editor.text[node.start : start] + middle + editor.text[end : node.end]
    indent = scalars.block_indent(editor.text, node.start, node.end)
    again, _ = scalars.offsets(spliced, 0, len(spliced), ">")
    if again != value or scalars.block_indent(spliced, 0, len(spliced)) != indent:
        return False
    editor.put(start, end, middle)
    return True


def _rewrite_block(editor: YamlEditor, node: Text, value: str) -> None:
    column, indent = editor.block_columns(node)
    keep = editor.holds_line_end(node)
    literal = None
    if "\n" in value and node.value.strip("\n") and (keep or node.end < len(editor.text) or not value.endswith("\n")):
        literal = scalars.literal_lines(value, indent, indent - column, keep=keep)
    header, lines = literal or (scalars.written(value, flow=False, quote='"'), [])
    newline = editor.style.newline
    lines[:0] = [header + editor.header_comment(node)]
    editor.put(node.start, node.end, newline.join(lines) + (newline if keep else ""))


def rename_key(editor: YamlEditor, change: RenameKey) -> None:
    key = change.entry.key
    if not isinstance(key, Text) or key.type != "str":
        raise EditError("only a key that is a string can be renamed")
    if change.name != key.value and change.mapping.entry(change.name) is not None:
        raise EditError(f"an entry `{change.name}` already exists")
    set_text(editor, key, change.name)


def _common(a: str, b: str) -> int:
    """The length of the common beginning."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
