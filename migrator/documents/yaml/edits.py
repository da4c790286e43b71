"""From changes to text edits in a YAML file, in the style of the place where they land."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from migrator.changes import (
    AddEntry,
    AddItem,
    Change,
    RemoveEntry,
    RemoveItem,
    RenameKey,
    ReplaceValue,
    SetText,
    WrapAsMapping,
    WrapAsSequence,
    place,
)
from migrator.documents.edits import TextEdit
from migrator.documents.yaml.add import add_entry, add_item, add_to_flow
from migrator.documents.yaml.builder import BLOCK
from migrator.documents.yaml.editor import YamlEditor
from migrator.documents.yaml.remove import remove_entries, remove_items
from migrator.documents.yaml.replace import replace_value, wrap_as_mapping, wrap_as_sequence
from migrator.documents.yaml.texts import rename_key, set_text


def lower(editor: YamlEditor, changes: Sequence[Change]) -> list[TextEdit]:
    """Sorted edits that make the changes together. Raises `EditError` where a place has no clean edit."""
    editor.begin(changes)
    removed: dict[int, list[RemoveEntry]] = defaultdict(list)
    dropped: dict[int, list[RemoveItem]] = defaultdict(list)
    in_flow: dict[int, list[AddEntry | AddItem]] = defaultdict(list)
    for change in changes:
        match change:
            case RemoveEntry():
                removed[id(change.mapping)].append(change)
            case RemoveItem():
                dropped[id(change.sequence)].append(change)
            case SetText():
                set_text(editor, change.node, change.value)
            case RenameKey():
                rename_key(editor, change)
            case AddEntry() if change.mapping.style is BLOCK:
                add_entry(editor, change)
            case AddItem() if change.sequence.style is BLOCK:
                add_item(editor, change)
            case AddEntry(node) | AddItem(node):
                in_flow[id(node)].append(change)
            case ReplaceValue():
                replace_value(editor, change.node, change.value)
            case WrapAsMapping():
                wrap_as_mapping(editor, change.node, change.value)
            case WrapAsSequence():
                wrap_as_sequence(editor, change.node, list(change.values))
    for additions in in_flow.values():
        first = additions[0]
        add_to_flow(editor, first.mapping if isinstance(first, AddEntry) else first.sequence, additions)
    grown = {id(place(change)) for change in changes if isinstance(change, AddEntry | AddItem)}
    for entries in removed.values():
        mapping = entries[0].mapping
        remove_entries(editor, mapping, [c.entry for c in entries], grows=id(mapping) in grown)
    for items in dropped.values():
        sequence = items[0].sequence
        remove_items(editor, sequence, [c.item for c in items], grows=id(sequence) in grown)
    return editor.edits()
