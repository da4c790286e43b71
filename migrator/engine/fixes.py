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
    Reads,
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
    """The fixes of one pass."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._at: dict[int, list[Change]] = defaultdict(list)
        self._read: dict[int, list[object]] = defaultdict(list)  # by node, the plans of those that read it
        self._plans: dict[int, object] = {}  # by change, the plan that it is of
        self._anchors: set[str] = set()
        self._edits: list[TextEdit] = []

    def fits(self, document: Document, changes: Sequence[Change], reads: Reads | None = None) -> bool:
        """Whether a fix can be made beside the others. Raises `EditError` where it cannot be made at all."""
        return self._fitted(document, changes, reads) is not None

    def add(self, document: Document, changes: Sequence[Change], reads: Reads | None = None) -> bool:
        """Take up a fix whole, or say that it must wait for the next pass. A change made already is shared."""
        fitted = self._fitted(document, changes, reads)
        if fitted is None:
            return False
        new, edits, anchors = fitted
        for edit in edits:
            insort(self._edits, edit)
        plan = reads.plan if reads is not None else None
        for change in new:
            self._at[id(place(change))].append(change)
            self._plans[id(change)] = plan
        for node in reads.nodes if reads is not None else ():
            self._read[id(node)].append(plan)
        self.changes += new
        self._anchors |= anchors
        return True

    def _fitted(
        self, document: Document, changes: Sequence[Change], reads: Reads | None
    ) -> tuple[list[Change], list[TextEdit], set[str]] | None:
        """What a fix adds to the others: changes, their edits, and anchors. `None` if it must wait."""
        new: list[Change] = []
        for change in changes:
            others = self._at.get(id(place(change)))
            if others is None or change not in others:
                if others is not None and _must_wait(change, others, new):
                    return None
                new.append(change)
        if self._disturbs(new, changes, reads):
            return None
        anchors = {c.value.name for c in new if isinstance(c, AddEntry) and isinstance(c.value, Anchored)}
        if anchors & self._anchors:
            return None  # in the next pass there is an anchor to be an alias of
        edits = document.edits(new)
        return None if any(self._meets(edit) for edit in edits) else (new, edits, anchors)

    def _disturbs(self, new: Sequence[Change], changes: Sequence[Change], reads: Reads | None) -> bool:
        """Whether a fix changes what another reads, or the other way round, and no plan knows of both."""
        plan = reads.plan if reads is not None else None

        def is_foreign(other: object) -> bool:
            return other is None or other is not plan

        if self._read and any(is_foreign(p) for change in new for p in self._read.get(id(place(change)), ())):
            return True
        return reads is not None and any(
            change not in changes and is_foreign(self._plans[id(change)])
            for node in reads.nodes
            for change in self._at.get(id(node), ())
        )

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
