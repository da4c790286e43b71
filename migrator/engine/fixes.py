"""Fixes that can be made side by side in one text; what cannot waits for the next pass."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
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
from migrator.tree import Mapping, Node
from migrator.tree import Sequence as Seq

_WHOLE: Final = (SetText, ReplaceValue, WrapAsMapping, WrapAsSequence)
_REMOVALS: Final = (RemoveEntry, RemoveItem)


class _Place:
    """What is done to one node, so that one more change is held against all of it at once."""

    def __init__(self, node: Node) -> None:
        self.changes: dict[Change, None] = {}
        self.is_whole = False
        self._names: set[str] = set()
        self._removals = 0
        self._members = len(node.entries if isinstance(node, Mapping) else node.items if isinstance(node, Seq) else ())

    def add(self, change: Change) -> None:
        self.changes[change] = None
        self.is_whole = self.is_whole or isinstance(change, _WHOLE)
        self._removals += isinstance(change, _REMOVALS)
        if isinstance(change, AddEntry) and change.name != MERGE:
            self._names.add(change.name)

    def must_wait(self, change: Change, removals: int) -> bool:
        """Whether a change disturbs these though no edits meet: it or they put something else there, name an entry
        alike, or take all of a collection. `removals` is how many there are of the same fix, with this change."""
        if isinstance(change, _WHOLE) or self.is_whole:
            return True
        if isinstance(change, AddEntry) and change.name in self._names:
            return True
        return self._removals + removals >= max(1, self._members)


class FixBatch:
    """The fixes of one pass."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._at: dict[int, _Place] = {}
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
            node = place(change)
            self._at.setdefault(id(node), _Place(node)).add(change)
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
        removals: Counter[int] = Counter()
        for change in changes:
            where = id(place(change))
            others = self._at.get(where)
            if others is None or change not in others.changes:
                removals[where] += isinstance(change, _REMOVALS)
                if others is not None and others.must_wait(change, removals[where]):
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
            if (known := self._at.get(id(node))) is not None
            for change in known.changes
        )

    def _meets(self, edit: TextEdit) -> bool:
        index = bisect_left(self._edits, edit)
        if index < len(self._edits) and self._edits[index].start <= edit.end:
            return True
        return index > 0 and self._edits[index - 1].end >= edit.start

    def sorted_edits(self) -> list[TextEdit]:
        return self._edits
