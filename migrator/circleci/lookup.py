"""A mapping as CircleCI sees it: its own entries, and those that merge keys bring.

Own entries beat merged ones, in a list of merged mappings the earlier wins, and values are merged one level deep
(https://yaml.org/type/merge.html). Several `<<` in one mapping are legal to CircleCI, but which of them wins has
changed over time: where they disagree the name is ambiguous, and the views act as if it was not there.
"""

# Nodes are asked for their type with `is`: these loops meet every node of a file.
from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from migrator.tree import Alias, Entry, Mapping, Node, Opaque, Sequence, Text, resolve

# Longer chains of merges, or lists of more merged mappings, are in no config that people wrote.
_MAX_DEPTH: Final = 100
_MAX_SOURCES: Final = 1000


class Found(NamedTuple):
    """An entry with the mapping that holds it. `via` is the merge key that brought it, `None` for an own entry."""

    owner: Mapping
    entry: Entry
    via: Entry | None


def key_of(entry: Entry) -> str | None:
    """The key's text, also where the key is an alias."""
    key = entry.key
    if type(key) is Alias:
        key = resolve(key)
    return key.value if type(key) is Text else None


def merged_by(entry: Entry) -> list[Node]:
    """What a merge key brings, in order of precedence; nodes that are no mappings bring nothing that is known."""
    value = resolve(entry.value)
    if type(value) is Sequence:
        return [resolve(item) for item in value.items]
    return [value]


def equal(one: Node, other: Node) -> bool:
    """Whether two nodes mean the same; merge keys that are written differently count as different."""
    waiting = [(one, other)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        a, b = waiting.pop()
        a, b = resolve(a), resolve(b)
        pair = (id(a), id(b))
        if a is b or pair in seen:
            continue
        seen.add(pair)
        if type(a) is Text and type(b) is Text:
            if a.value != b.value or a.type != b.type:
                return False
        elif type(a) is Sequence and type(b) is Sequence and len(a.items) == len(b.items):
            waiting.extend(zip(a.items, b.items, strict=True))
        elif type(a) is Mapping and type(b) is Mapping and len(a.entries) == len(b.entries):
            for left, right in zip(a.entries, b.entries, strict=True):
                waiting.append((left.key, right.key))
                waiting.append((left.value, right.value))
        else:
            return False
    return True


class Lookup:
    """The merged view of mappings. What was found is kept, so that each name of a mapping is looked up once."""

    def __init__(self) -> None:
        self._merged: dict[tuple[int, str], Found | None] = {}
        self._ambiguous: set[tuple[int, str]] = set()

    def entry(self, mapping: Mapping, name: str) -> Entry | None:
        merges = False
        for entry in mapping.entries:
            key = entry.key
            if type(key) is Alias:
                key = resolve(key)
            if type(key) is Text:
                if key.value == name:
                    return entry
                if key.value == "<<" and key.kind is None:
                    merges = True
        if not merges:
            return None
        found = self._through_merges(mapping, name, 0)
        return found.entry if found else None

    def get(self, mapping: Mapping, name: str) -> Node | None:
        """The value of a name, aliases resolved."""
        entry = self.entry(mapping, name)
        if entry is None:
            return None
        value = entry.value
        return resolve(value) if type(value) is Alias else value

    def mapping(self, mapping: Mapping, name: str) -> Mapping | None:
        value = self.get(mapping, name)
        return value if type(value) is Mapping else None

    def sequence(self, mapping: Mapping, name: str) -> Sequence | None:
        value = self.get(mapping, name)
        return value if type(value) is Sequence else None

    def text(self, mapping: Mapping, name: str) -> Text | None:
        """The value of a name where it is a text and not null."""
        value = self.get(mapping, name)
        return value if type(value) is Text and not value.is_null else None

    def find(self, mapping: Mapping, name: str) -> Found | None:
        """As `entry`, with where it was found."""
        return self._find(mapping, name, 0)

    def ambiguous(self, mapping: Mapping, name: str) -> bool:
        """Whether merge keys disagree on a name, or bring what cannot be known."""
        return self.entry(mapping, name) is None and (id(mapping), name) in self._ambiguous

    def entries(self, mapping: Mapping) -> list[Entry]:
        """All entries but merge keys: the mapping's own, then merged ones in order. Ambiguous names are left out."""
        if not self.has_merge(mapping):
            return mapping.entries
        own = [entry for entry in mapping.entries if not entry.is_merge]
        names = {key_of(entry) for entry in own}
        others = (name for name in self._merged_names(mapping) if name not in names)
        return own + [found.entry for name in others if (found := self._through_merges(mapping, name, 0))]

    def has_merge(self, mapping: Mapping) -> bool:
        for entry in mapping.entries:
            key = entry.key
            if type(key) is Text and key.value == "<<" and key.kind is None:
                return True
        return False

    def _merged_names(self, mapping: Mapping) -> Iterator[str]:
        """The names that merges may bring, each once."""
        names: dict[str, None] = {}
        seen = {id(mapping)}
        waiting: list[Node] = [node for entry in mapping.entries if entry.is_merge for node in merged_by(entry)]
        while waiting:
            source = waiting.pop(0) if len(waiting) < 50 else waiting.pop()
            if type(source) is not Mapping or id(source) in seen:
                continue
            seen.add(id(source))
            for entry in source.entries:
                if entry.is_merge:
                    waiting.extend(merged_by(entry))
                elif (name := key_of(entry)) is not None:
                    names[name] = None
        return iter(names)

    def _find(self, mapping: Mapping, name: str, depth: int) -> Found | None:
        merges = False
        for entry in mapping.entries:
            key = entry.key
            if type(key) is Alias:
                key = resolve(key)
            if type(key) is Text:
                if key.value == "<<" and entry.is_merge:
                    merges = True
                elif key.value == name:
                    return Found(mapping, entry, None)
        return self._through_merges(mapping, name, depth) if merges else None

    def _through_merges(self, mapping: Mapping, name: str, depth: int) -> Found | None:
        key = (id(mapping), name)
        if key in self._merged:
            return self._merged[key]
        self._merged[key] = None  # what merges itself adds nothing to itself
        found: Found | None = None
        ambiguous = False
        for entry in mapping.entries:
            if not entry.is_merge:
                continue
            sources = merged_by(entry)
            if depth > _MAX_DEPTH or len(sources) > _MAX_SOURCES:
                ambiguous = True
                break
            for source in sources:
                if type(source) is not Mapping:
                    ambiguous = ambiguous or type(source) is Opaque
                    continue
                inner = self._find(source, name, depth + 1)
                ambiguous = ambiguous or (inner is None and (id(source), name) in self._ambiguous)
                if inner is None:
                    continue
                if found is not None and not equal(found.entry.value, inner.entry.value):
                    ambiguous = True
                found = found or Found(inner.owner, inner.entry, entry)
                break
        if ambiguous:
            self._ambiguous.add(key)
            found = None
        self._merged[key] = found
        return found
