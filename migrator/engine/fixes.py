"""Fixes that can be made side by side in one text; what cannot waits for the next pass."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from migrator.changes import (
    MERGE,
    AddEntry,
    Anchored,
    Change,
    RemoveEntry,
    RemoveItem,
    ReplaceValue,
    SetText,
    WrapAsMapping,
    WrapAsSequence,
    place,
)
from migrator.documents import Document
from migrator.documents.edits import TextEdit
from migrator.tree import Mapping
from migrator.tree import Sequence as SequenceNode

_WHOLE: Final = (SetText, ReplaceValue, WrapAsMapping, WrapAsSequence)
_REMOVALS: Final = (RemoveEntry, RemoveItem)


class FixBatch:
    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._at: dict[int, list[Change]] = defaultdict(list)
        self._anchors: set[str] = set()
        self._edits: list[TextEdit] = []

    def add(self, document: Document, changes: Sequence[Change]) -> bool:
        """Take up a fix whole, or say that it must wait for the next pass. A change made already is shared."""
        new: list[Change] = []
        for change in changes:
            others = self._at.get(id(place(change)))
            if others is None or change not in others:
                if others is not None and _must_wait(change, others, new):
                    return False
                new.append(change)
        anchors = {c.value.name for c in new if isinstance(c, AddEntry) and isinstance(c.value, Anchored)}
        if anchors & self._anchors:
            return False  # in the next pass there is an anchor to be an alias of
        edits = document.edits(new)
        if any(self._meets(edit) for edit in edits):
            return False
        for edit in edits:
            insort(self._edits, edit)
        for change in new:
            self._at[id(place(change))].append(change)
        self.changes += new
        self._anchors |= anchors
        return True

    def _meets(self, edit: TextEdit) -> bool:
        index = bisect_left(self._edits, edit)
        if index < len(self._edits) and self._edits[index].start <= edit.end:
            return True
        return index > 0 and self._edits[index - 1].end >= edit.start

    def sorted_edits(self) -> list[TextEdit]:
        return self._edits


def _must_wait(change: Change, others: list[Change], own: list[Change]) -> bool:
    """Whether a change disturbs others of its place though no edits meet: it or they put something else there, name an
    entry alike, or take all of a collection."""
    if isinstance(change, _WHOLE) or any(isinstance(other, _WHOLE) for other in others):
        return True
    names = {other.name for other in others if isinstance(other, AddEntry) and other.name != MERGE}
    if isinstance(change, AddEntry) and change.name in names:
        return True
    where = place(change)
    members = where.entries if isinstance(where, Mapping) else where.items if isinstance(where, SequenceNode) else []
    gone = [c for c in (change, *others, *own) if isinstance(c, _REMOVALS) and place(c) is where]
    return len(gone) >= max(1, len(members))
