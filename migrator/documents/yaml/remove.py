"""Removing entries and items with the lines they fill."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from migrator.documents.yaml.builder import BLOCK, PAIR
from migrator.documents.yaml.comments import comments
from migrator.documents.yaml.editor import COMMA, YamlEditor, is_block_scalar, last_leaf
from migrator.errors import EditError
from migrator.startup.patterns import lazy
from migrator.tree import Entry, Mapping, Node, Text
from migrator.tree import Sequence as SequenceNode

_BLANK_LINES = lazy(r"(?:[ \t]*\r?\n)*(?:[ \t]*\Z)?")
_COMMENT_BEHIND = lazy(r"[ \t]*,[ \t]+#[^\r\n]*\r?\n|[ \t]+#[^\r\n]*\r?\n(?=\s*[}\]])")
_COMMENT_LINE = lazy(r"([ \t]*)#")


class _Members:
    """Where the members of a collection begin and end, each measured when it is asked for: most edits ask for few."""

    def __init__(self, count: int, measure: Callable[[int], tuple[int, int]]) -> None:
        self._count = count
        self._measure = measure

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[int, int]:
        return self._measure(index % self._count)


def remove_entries(editor: YamlEditor, mapping: Mapping, entries: list[Entry], *, grows: bool) -> None:
    """Remove entries of one mapping. `grows` says that it gets others in their place."""
    all_entries, start = mapping.entries, editor.style.key_start
    members = _Members(len(all_entries), lambda i: (start(all_entries[i]), all_entries[i].end))
    number = editor.numbers(mapping)
    _remove_members(editor, mapping, members, {number[id(entry)] for entry in entries}, "{}", grows=grows)


def remove_items(editor: YamlEditor, sequence: SequenceNode, items: Sequence[Node], *, grows: bool) -> None:
    """Remove items of one sequence. `grows` says that it gets others in their place."""
    all_items = sequence.items

    def measure(index: int) -> tuple[int, int]:
        item = all_items[index]
        return editor.dash(sequence, item) if sequence.style is BLOCK else item.head, item.end

    number = editor.numbers(sequence)
    members = _Members(len(all_items), measure)
    _remove_members(editor, sequence, members, {number[id(item)] for item in items}, "[]", grows=grows)


def _remove_members(
    editor: YamlEditor, node: Mapping | SequenceNode, members: _Members, gone: set[int], empty: str, *, grows: bool
) -> None:
    if len(gone) == len(members):
        if grows:
            raise EditError("a collection cannot lose all its members and gain others: replace it")
        _empty(editor, node, members, empty)
    elif node.style is BLOCK:
        kept = next(i for i in range(len(members)) if i not in gone)
        if kept and not _begins_line(editor, members[0][0]):
            _remove_behind_opener(editor, node, members, kept, grows=grows)
            gone = {i for i in gone if i > kept}
        above = -1
        for index in sorted(gone):
            if index - 1 not in gone:
                above = index - 1
            staying = _comments_of(editor, node, members[index]) if grows else []
            leaf = node if above < 0 else last_leaf(_member(node, above))
            _remove_lines(editor, members[index], leaf, staying)
    else:
        if grows and any(_comments_of(editor, node, members[i], inside=True) for i in gone):
            raise EditError("a comment inside it would be lost")
        _remove_from_flow(editor, members, gone, grows=grows)


def _empty(editor: YamlEditor, node: Mapping | SequenceNode, members: _Members, empty: str) -> None:
    if node.style is PAIR:
        editor.put(node.start, node.end, empty)
        return
    if node.style is not BLOCK:
        _empty_flow(editor, node, members)
        return
    parent, entry = editor.parents.parent(node), editor.parents.entry(node)
    style = editor.style
    if isinstance(parent, Mapping) and entry is not None:
        behind = editor.behind_colon(entry)
        if node.head != node.start:
            behind = editor.properties_end(node)
        if style.line_start(behind) != style.line_start(node.start):
            editor.put(behind, behind, " " + empty)
            start = style.line_end(editor.line_before(style.line_start(members[0][0])))
            editor.put(start, editor.last_line_end(node.start, node.end), "", 0)
            return
    end = editor.last_line_end(node.start, node.end) if editor.holds_line_end(node) else node.end
    editor.put(members[0][0], end, empty)


def _empty_flow(editor: YamlEditor, node: Mapping | SequenceNode, members: _Members) -> None:
    """The brackets stay, and comments that are not between members."""
    text = editor.text
    start, end = members[0][0], members[-1][1]
    if "#" not in text[node.start + 1 : start] and "#" not in text[end : node.end]:
        editor.put(node.start + 1, node.end - 1, "")
        return
    editor.put(start, end, "")
    if comma := COMMA.match(text, end, node.end):
        editor.put(comma.end() - 1, comma.end(), "")


def _comments_of(editor: YamlEditor, node: Node, member: tuple[int, int], *, inside: bool = False) -> list[str]:
    """The comments in the lines of a member, or those inside of it."""
    start, end = member
    end = end if inside else editor.last_line_end(start, end)
    return [comment for _, comment in comments(editor.text, [node], start, end)]


def _remove_lines(editor: YamlEditor, member: tuple[int, int], above: Node, staying: list[str]) -> None:
    """Remove the lines of a member but for comments that stay, each on a line of its own."""
    text, style = editor.text, editor.style
    start, end = member
    line = style.line_start(start)
    finish = editor.last_line_end(start, end)
    if staying:
        editor.put(line, finish, style.newline.join(text[line:start] + comment for comment in staying))
    elif finish < len(text):
        after = finish + (2 if text.startswith("\r\n", finish) else 1)
        if is_block_scalar(above):
            after = _past_what_it_would_take(editor, above, after)
        editor.put(line, after, "")
    elif is_block_scalar(above):
        editor.put(line, finish, "")  # the line break before it belongs to that text
    else:  # the last line of a file without a final newline
        editor.put(style.line_end(editor.line_before(line)) if line else 0, finish, "")


def _past_what_it_would_take(editor: YamlEditor, scalar: Text, after: int) -> int:
    """The blank lines from `after` on go too if the block scalar above would take them to itself."""
    text = editor.text
    below = _BLANK_LINES.match(text, after).end()  # type: ignore[union-attr]
    column, indent = editor.block_columns(scalar)
    if not scalar.value.strip("\n"):
        indent = column + 1  # whatever is there first would set it
    found = _COMMENT_LINE.match(text, below)
    if found and found.end(1) - below >= indent:
        raise EditError("a comment below it would become part of the text above it")
    if editor.holds_line_end(scalar) or any(len(line) > indent for line in text[after:below].splitlines()):
        return below
    return after


def _begins_line(editor: YamlEditor, start: int) -> bool:
    return not editor.text[editor.style.line_start(start) : start].strip()


def _remove_behind_opener(
    editor: YamlEditor, node: Mapping | SequenceNode, members: _Members, kept: int, *, grows: bool
) -> None:
    """The members up to `kept` are behind a dash or another opener: it moves up into their place."""
    text = editor.text
    start, following = members[0][0], members[kept][0]
    finish = editor.last_line_end(*members[kept - 1])
    comment = text.find("#", finish, following)
    pad = editor.style.newline + " " * editor.style.column(start)
    staying = [
        found
        for at, found in comments(text, [node], start, finish)
        if grows
        or not any(
            first <= at <= editor.last_line_end(first, last) for first, last in map(members.__getitem__, range(kept))
        )
    ]
    editor.put(start, comment if comment >= 0 else following, "".join(found + pad for found in staying))


def _member(node: Mapping | SequenceNode, index: int) -> Node:
    return node.entries[index].value if isinstance(node, Mapping) else node.items[index]


def _remove_from_flow(editor: YamlEditor, members: _Members, gone: set[int], *, grows: bool) -> None:
    last = next(i for i in range(len(members) - 1, -1, -1) if i not in gone)
    for index in sorted(gone):
        start, end = members[index]
        if not grows and (lines := _own_lines(editor, start, end)):
            editor.put(*lines, "")
            continue
        if index < last:
            following = members[index + 1][0]
            if "#" in editor.text[end:following]:
                comma = COMMA.match(editor.text, end)
                following = comma.end() if comma else end
                if comma and "#" in comma.group():
                    editor.put(comma.end() - 1, comma.end(), "")
                    following = end
            editor.put(start, following, "")
        elif "#" not in editor.text[members[index - 1][1] : start]:
            before = members[index - 1][1]
            editor.put(before, end, " " if editor.text[before - 1] == ":" else "")  # `a:,` would be a text
        elif grows:
            raise EditError(
                "the last member of a flow collection, below comments, cannot be removed while others are added"
            )
        else:
            _remove_below_comments(editor, start, end)


def _own_lines(editor: YamlEditor, start: int, end: int) -> tuple[int, int] | None:
    """The lines of a member of a flow collection that has them for itself but for its comma and a comment behind it."""
    found = _COMMENT_BEHIND.match(editor.text, end)
    line = editor.style.line_start(start)
    if found is None or editor.text[line:start].strip():
        return None
    return line, found.end()


def _remove_below_comments(editor: YamlEditor, start: int, end: int) -> None:
    """The last member is below comments, which stay, as does the comma before them."""
    if comma := COMMA.match(editor.text, end):
        if "#" in comma.group():
            editor.put(comma.end() - 1, comma.end(), "")
        else:
            end = comma.end()
    line = editor.style.line_start(start)
    if not editor.text[line:start].strip() and not editor.text[end : editor.style.line_end(end)].strip():
        start, end = editor.style.line_end(editor.line_before(line)), editor.style.line_end(end)
    editor.put(start, end, "")
