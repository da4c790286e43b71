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
)
from migrator.documents.edits import TextEdit
from migrator.documents.yaml_additions import add_entry, add_item
from migrator.documents.yaml_editor import YamlEditor
from migrator.documents.yaml_removal import remove_entries, remove_items
from migrator.documents.yaml_replacement import replace_value, wrap_as_mapping, wrap_as_sequence
from migrator.documents.yaml_texts import rename_key, set_text


def lower(editor: YamlEditor, changes: Sequence[Change]) -> list[TextEdit]:
    """Sorted edits that make the changes together. Raises `EditError` where a place has no clean edit."""
    editor.begin(changes)
    removed: dict[int, list[RemoveEntry]] = defaultdict(list)
    dropped: dict[int, list[RemoveItem]] = defaultdict(list)
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
            case AddEntry():
                add_entry(editor, change)
            case AddItem():
                add_item(editor, change)
            case ReplaceValue():
                replace_value(editor, change.node, change.value)
            case WrapAsMapping():
                wrap_as_mapping(editor, change.node, change.value)
            case WrapAsSequence():
                wrap_as_sequence(editor, change.node, list(change.values))
    for entries in removed.values():
        remove_entries(editor, entries[0].mapping, [c.entry for c in entries])
    for items in dropped.values():
        remove_items(editor, items[0].sequence, [c.item for c in items])
    return editor.edits()
