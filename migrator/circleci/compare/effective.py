"""Values as CircleCI sees them, aliases and merge keys resolved, by numbers: equal values have equal numbers.

A shared node is numbered once however often it is used, so that configs are compared in time linear in their text.
The order of a mapping's keys means nothing to CircleCI and counts for nothing here.
"""

from __future__ import annotations

from collections.abc import Hashable

from migrator.circleci.lookup import Lookup, key_of, merged_by
from migrator.tree import Mapping, Node, Opaque, Sequence, Text, resolve


class Numbers:
    """The numbers of values in any number of trees. Each tree is read through one lookup."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}
        self._of: dict[int, int] = {}
        self._kept: list[Node] = []  # an id means a node only while the node is there
        self._unclear: set[int] = set()

    def of(self, node: Node, lookup: Lookup) -> int:
        """The number of a value; the same for another value that means the same."""
        root = resolve(node)
        waiting, open_ = [root], set[int]()
        while waiting:
            current = waiting[-1]
            if id(current) in self._of:
                waiting.pop()
                continue
            parts = [] if id(current) in open_ else self._parts(current, lookup)
            open_.add(id(current))
            missing = [part for part in parts if id(part) not in self._of and id(part) not in open_]
            if missing:
                waiting += missing
                continue
            self._of[id(current)] = self._number(self._key(current, lookup))
            self._kept.append(current)
            waiting.pop()
        return self._of[id(root)]

    def _parts(self, node: Node, lookup: Lookup) -> list[Node]:
        """What has to be numbered before a node can be."""
        if isinstance(node, Sequence):
            return [resolve(item) for item in node.items]
        if isinstance(node, Mapping):
            parts = [resolve(part) for entry in lookup.entries(node) for part in (entry.key, entry.value)]
            return parts + [source for entry in node.entries if entry.is_merge for source in merged_by(entry)]
        return []

    def _key(self, node: Node, lookup: Lookup) -> Hashable:
        if isinstance(node, Text):
            return ("text", node.type, node.value, node.options, _own_tag(node.tag))
        if isinstance(node, Sequence):
            return ("sequence", _own_tag(node.tag), *(self._so_far(item) for item in node.items))
        if isinstance(node, Mapping):
            pairs = {(self._so_far(entry.key), self._so_far(entry.value)) for entry in lookup.entries(node)}
            return ("mapping", _own_tag(node.tag), frozenset(pairs), self._unsettled(node))
        return ("opaque", node.why if isinstance(node, Opaque) else "")

    def _unsettled(self, node: Mapping) -> Hashable:
        """What is merged, where merge keys may disagree so that entries do not say all."""
        merges = [entry for entry in node.entries if entry.is_merge]
        sources = [source for entry in merges for source in merged_by(entry)]
        if len(merges) > 1 or any(not isinstance(s, Mapping) or id(s) in self._unclear for s in sources):
            self._unclear.add(id(node))
            return tuple(self._so_far(source) for source in sources)
        return None

    def _so_far(self, node: Node) -> int:
        # A value that holds itself has no number yet when it is met again.
        return self._of.get(id(resolve(node)), -1)

    def _number(self, key: Hashable) -> int:
        return self._known.setdefault(key, len(self._known))


def _own_tag(tag: str | None) -> str | None:
    """A tag of somebody's own. Those of YAML itself are reported by the type."""
    return None if tag is None or tag.startswith("tag:yaml.org,2002:") else tag


def members(mapping: Mapping, lookup: Lookup) -> dict[str, Node]:
    """The values of a mapping by their names, own and merged ones."""
    return {name: resolve(e.value) for e in lookup.entries(mapping) if (name := key_of(e)) is not None}
