"""Adding entries and items, in block and in flow."""

from __future__ import annotations

from collections import defaultdict

from migrator.changes import (
    MERGE,
    AddEntry,
    AddItem,
    Value,
)
from migrator.documents.yaml.builder import PAIR
from migrator.documents.yaml.editor import COMMA, YamlEditor
from migrator.documents.yaml.writer import (
    Hand,
    entry_lines,
    flow_entry,
    flow_text,
    item_lines,
)
from migrator.errors import EditError
from migrator.tree import Entry, Mapping
from migrator.tree import Sequence as SequenceNode


def add_entry(editor: YamlEditor, change: AddEntry) -> None:
    """Add an entry to a block mapping."""
    _check(change)
    _add_block_entry(editor, change.mapping, change.name, change.value, change.after)


def add_to_flow(editor: YamlEditor, node: Mapping | SequenceNode, changes: list[AddEntry | AddItem]) -> None:
    """Add all that is new in one flow collection."""
    new: dict[int, list[str]] = defaultdict(list)
    for change in changes:
        _check(change)
        if isinstance(change, AddItem):
            hand = editor.item_hand(change.sequence)
            hand = editor.alike(hand, editor.parents.entry(change.sequence), change.value)
            new[change.index].append(flow_text(change.value, hand))
        else:
            index = 0 if change.after is None else change.mapping.entries.index(change.after) + 1
            hand = _hand_for(editor, change.mapping, change.name, change.value)
            new[index].append(flow_entry(change.name, change.value, hand))
    members = node.entries if isinstance(node, Mapping) else node.items
    if isinstance(node, Mapping) and node.style is PAIR:
        _add_to_pair(editor, node, new)
    elif not members:
        _put_into_nothing(editor, node, editor.padding(node) + ", ".join(new[0]) + editor.padding(node))
    else:
        heads = [editor.style.key_start(m) if isinstance(m, Entry) else m.head for m in members]
        ends = [m.end for m in members]
        for index, texts in new.items():
            if 0 < index < len(members) and all(id(member) in editor.leaving for member in members[index:]):
                glue = " , " if editor.text[ends[index - 1] - 1] == ":" else ", "
                editor.put(ends[index - 1], ends[index - 1], glue + ", ".join(texts))
                continue
            _join(editor, node, heads, ends, index, texts)


def _check(change: AddEntry | AddItem) -> None:
    if isinstance(change, AddItem):
        if not 0 <= change.index <= len(change.sequence.items):
            raise EditError("there is no item of that index to add before")
        return
    if change.after is not None and change.after not in change.mapping.entries:
        raise EditError("the entry to add after is not in the mapping")
    if change.name != MERGE and change.mapping.entry(change.name) is not None:
        raise EditError(f"an entry `{change.name}` already exists")


def _add_block_entry(editor: YamlEditor, mapping: Mapping, name: str, value: Value, after: Entry | None) -> None:
    column = editor.style.mapping_column(mapping)
    if after is not None:
        end = after.end
        lines = entry_lines(name, value, column, _hand_for(editor, mapping, name, value, end))
        if editor.parents.parent(mapping) is None and isinstance(value, dict | list) and _blank_follows(editor, end):
            lines.insert(0, "")  # a section like those around it
        editor.put_lines_after(end, lines, column)
        return
    first = editor.style.key_start(mapping.entries[0])
    opener = _opener(editor, mapping)
    if opener is not None and editor.style.line_start(opener) != editor.style.line_start(first):
        editor.put_lines_after(
            opener, entry_lines(name, value, column, _hand_for(editor, mapping, name, value, opener)), column
        )
        return
    lines = entry_lines(name, value, column, _hand_for(editor, mapping, name, value))
    pad = " " * column
    newline = editor.style.newline
    if opener is None:
        is_section = isinstance(value, dict | list) and _blank_follows(editor, mapping.entries[0].end)
        texts = (line.removeprefix(pad) for line in lines)
        editor.put(first, first, (newline + pad).join(texts) + newline * (1 + is_section) + pad)
        return
    editor.put(first, first, newline.join([lines[0][column:], *lines[1:]]) + newline + pad)


def _hand_for(editor: YamlEditor, mapping: Mapping, name: str, value: Value, below: int | None = None) -> Hand:
    """The hand for a new entry; a list of texts is quoted like those below the same key elsewhere."""
    hand = editor.hand(mapping, below)
    return editor.alike(hand, name, value) if isinstance(value, list) else hand


def _blank_follows(editor: YamlEditor, offset: int) -> bool:
    """Whether the line below the one that holds `offset` is blank, and something is below that."""
    if editor.text[offset - 1] == "\n":  # the blank lines above are those of a `|+` scalar
        return False
    end = editor.style.line_end(offset)
    below = editor.text[end:].removeprefix(editor.style.newline)
    return bool(below.strip()) and not below.partition(editor.style.newline)[0].strip()


def _opener(editor: YamlEditor, node: Mapping | SequenceNode) -> int | None:
    """A place in the line that a block collection belongs to: behind a sign of its anchor, its colon or its dash."""
    if node.head != node.start:
        return node.head + 1
    entry = editor.parents.entry(node)
    if entry is not None:
        return editor.behind_colon(entry)
    parent = editor.parents.parent(node)
    if isinstance(parent, SequenceNode):
        return editor.dash(parent, node) + 1
    return None


def _add_to_pair(editor: YamlEditor, pair: Mapping, new: dict[int, list[str]]) -> None:
    if ":" not in editor.text[pair.entries[0].key.end : pair.end]:
        raise EditError("a pair without a colon cannot be edited")
    glue = " , " if editor.text[pair.end - 1] == ":" else ", "
    editor.put(pair.head, pair.head, "{" + "".join(text + ", " for text in new[0]))
    editor.put(pair.end, pair.end, (glue + ", ".join(new[1]) if new[1] else "") + "}")


def _put_into_nothing(editor: YamlEditor, node: Mapping | SequenceNode, new: str) -> None:
    inside = editor.text[node.start + 1 : node.end - 1]
    if inside.strip():  # comments
        editor.put(node.start + 1, node.start + 1, new + ("" if inside[0].isspace() else " "))
    else:
        editor.put(node.start + 1, node.end - 1, new)


def _join(
    editor: YamlEditor, node: Mapping | SequenceNode, heads: list[int], ends: list[int], index: int, new: list[str]
) -> None:
    """Put what is new before the member of a flow collection that has that index, or at its end."""
    text, style = editor.text, editor.style
    if index < len(heads):
        head = heads[index]
        previous = ends[index - 1] if index else node.start
        glue = ", "
        if "\n" in text[previous:head] and not text[style.line_start(head) : head].strip():
            glue = "," + style.newline + text[style.line_start(head) : head]
        editor.put(head, head, "".join(each + glue for each in new))
        return
    last = ends[-1]
    own_line = not text[style.line_start(heads[-1]) : heads[-1]].strip()
    comma = COMMA.match(text, last, node.end)
    place = comma.end() if comma else last
    glue = " , " if text[last - 1] == ":" else ", "  # `a:,` would be a text
    if not own_line or (len(heads) == 1 and style.line_start(heads[0]) == style.line_start(node.start)):
        editor.put(place, place, (" " if comma else glue) + ", ".join(new))
        return
    line = style.newline + text[style.line_start(heads[-1]) : heads[-1]]
    lines = line + ("," + line).join(new)
    end = style.line_end(place)
    rest = text[place:end].lstrip()
    if rest and not rest.startswith("#"):  # the bracket closes on this line
        editor.put(place, place, ("" if comma else glue.rstrip()) + lines)
        return
    if not comma:
        editor.put(last, last, glue.rstrip())
    editor.put(end, end, lines + ("," if comma else ""), 0)


def add_item(editor: YamlEditor, change: AddItem) -> None:
    """Add an item to a block sequence."""
    _check(change)
    sequence, index = change.sequence, change.index
    items = sequence.items
    column = editor.style.column(sequence.start)
    hand = editor.item_hand(sequence, items[index - 1].end if index else None, near=index)
    hand = editor.alike(hand, editor.parents.entry(sequence), change.value)
    lines = item_lines([change.value], column, hand)
    apart = _is_apart(editor, sequence, index)
    if index:
        editor.put_lines_after(items[index - 1].end, [""] * apart + lines, column)
        return
    lines += [""] * apart
    opener = _opener(editor, sequence)
    between = editor.text[editor.style.line_end(opener) : sequence.start] if opener is not None else ""
    # A comment further right would become a part of a text that the new lines end with.
    deep = any(line[:1] == " " and len(line) - len(line.lstrip(" ")) > column for line in between.splitlines())
    if opener is not None and "#" in between and not deep:
        editor.put_lines_after(opener, lines, column)  # comments stay above the item that they are about
        return
    newline = editor.style.newline
    pad = editor.text[editor.style.line_start(sequence.start) : sequence.start]
    pad = pad if not pad.strip() else " " * column
    editor.put(sequence.start, sequence.start, newline.join([lines[0][column:], *lines[1:]]) + newline + pad)


def _is_apart(editor: YamlEditor, sequence: SequenceNode, index: int) -> bool:
    """Whether a blank line is between the items where one joins them: at either end, the two items there decide."""
    items = sequence.items
    if index and editor.holds_line_end(items[index - 1]):  # the blank line would be the text's
        return False
    above = max(0, min(index, len(items) - 1) - 1)
    return above + 1 < len(items) and _blank_follows(editor, items[above].end)
