"""Who shares what in one file: the aliases of a node, the mappings that merge it, and how far an anchor reaches."""

# Nodes are asked for their type with `is`: these loops meet every node of a file.
from __future__ import annotations

from bisect import bisect_left

from migrator.circleci.lookup import merged_by
from migrator.tree import Alias, Mapping, Node, Sequence


class Uses:
    """Built in one walk over the file, so ask for it only where something is anchored."""

    def __init__(self, root: Node) -> None:
        self._aliases: dict[int, list[Alias]] = {}
        self._mergers: dict[int, list[Mapping]] = {}
        self._anchors: dict[str, list[int]] = {}
        self._anchored: list[Node] = []
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node.anchor is not None:
                self._anchors.setdefault(node.anchor, []).append(node.start)
                self._anchored.append(node)
            if type(node) is Alias:
                self._aliases.setdefault(id(node.target), []).append(node)
            elif type(node) is Mapping:
                for entry in node.entries:
                    waiting.append(entry.key)
                    waiting.append(entry.value)
                    if entry.is_merge:
                        for source in merged_by(entry):
                            self._mergers.setdefault(id(source), []).append(node)
            elif type(node) is Sequence:
                waiting.extend(node.items)
        for places in self._anchors.values():
            places.sort()
        self._anchored.sort(key=lambda node: node.start)

    @property
    def anchored(self) -> list[Node]:
        """Every node that has an anchor, in source order."""
        return self._anchored

    def aliases(self, node: Node) -> list[Alias]:
        return self._aliases.get(id(node), [])

    def mergers(self, node: Node) -> list[Mapping]:
        """The mappings with a merge key that brings this one, each as often as it does."""
        return self._mergers.get(id(node), [])

    def has_anchor(self, name: str) -> bool:
        return name in self._anchors

    def reaches(self, node: Node, place: int) -> bool:
        """Whether an alias written at `place` would mean this anchored node: the last definition before it."""
        if node.anchor is None or node.end > place:
            return False
        places = self._anchors[node.anchor]
        before = bisect_left(places, place)
        return before > 0 and places[before - 1] == node.start
