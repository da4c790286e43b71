"""From changes to text edits in a script, in the style of the place where they land."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

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
from migrator.documents.python.add import add_entry, add_item
from migrator.documents.python.editor import PythonEditor
from migrator.documents.python.remove import remove_members
from migrator.documents.python.replace import rename_key, replace_value, set_text, wrap_as_mapping, wrap_as_sequence
from migrator.errors import EditError


def lower(editor: PythonEditor, changes: Sequence[Change]) -> list[TextEdit]:
    """Sorted edits that make the changes together. Raises `EditError` where a place has no clean edit."""
    own = [change for change in changes if editor.embedded(place(change)) is None]
    edits = _in_yaml(editor, changes)
    planned = _lowered(editor, own, wide=True)
    if editor.style.width is not None and own:
        # Changes that would break one line in two ways leave it as long as it gets.
        with suppress(EditError):
            planned = _lowered(editor, own, planned)
    return sorted([*edits, *planned])


def _in_yaml(editor: PythonEditor, changes: Sequence[Change]) -> list[TextEdit]:
    """The edits in strings of YAML, by the document that each string is."""
    groups: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        for index, each in enumerate(editor.reader.values.embedded):
            if id(place(change)) in each.nodes:
                groups[index].append(change)
    edits: list[TextEdit] = []
    for index, group in groups.items():
        edits += editor.reader.values.embedded[index].edits(group)
    return edits


def _lowered(
    editor: PythonEditor, changes: Sequence[Change], planned: Sequence[TextEdit] = (), *, wide: bool = False
) -> list[TextEdit]:
    editor.begin(planned, wide=wide)
    removed: dict[int, list[RemoveEntry | RemoveItem]] = defaultdict(list)
    for change in changes:
        match change:
            case RemoveEntry() | RemoveItem():
                removed[id(place(change))].append(change)
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
            case _:
                raise EditError("a script has no such edit")
    grown = {id(place(change)) for change in changes if isinstance(change, AddEntry | AddItem)}
    for collection, group in removed.items():
        remove_members(editor, group, grows=collection in grown)
    return editor.edits()
