"""The entries that give images their credentials: inline, or as an alias of what the file has under an anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.changes import AddEntry, Anchored, Change, Reference, ReplaceValue, Value
from migrator.circleci.credentials.placing import Placement
from migrator.circleci.credentials.table import Credentials
from migrator.circleci.lookup import Lookup
from migrator.tree import Alias, Entry, Mapping, Node, Sequence, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config


class AnchoredCredentials:
    """Where a file has credentials under an anchor: as a value of `auth`, or in a mapping that holds only `auth`."""

    def __init__(self, config: Config, credentials: Credentials) -> None:
        self._config = config
        self._values: list[Node] = []
        self._holders: list[Node] = []
        for node in config.anchored_fragments:
            if not isinstance(node, Mapping | Sequence):
                continue
            if credentials.are(config.lookup, node):
                self._values.append(node)
            elif _holds_only(config.lookup, node, credentials):
                self._holders.append(node)

    def __bool__(self) -> bool:
        return bool(self._values or self._holders)

    def value_for(self, place: int) -> Node | None:
        """The credentials that an alias at this place can stand for."""
        return next((node for node in self._values if self._config.uses.reaches(node, place)), None)

    def holder_for(self, place: int) -> Node | None:
        """The mapping with `auth` that a merge key at this place can bring."""
        return next((node for node in self._holders if self._config.uses.reaches(node, place)), None)


def _holds_only(lookup: Lookup, node: Mapping | Sequence, credentials: Credentials) -> bool:
    if isinstance(node, Sequence):  # a list of mappings can be merged as well as one
        inner = [resolve(item) for item in node.items]
        return len(inner) == 1 and isinstance(inner[0], Mapping) and _holds_only(lookup, inner[0], credentials)
    held = lookup.entry(node, credentials.key)
    return held is not None and credentials.are(lookup, held.value) and len(lookup.entries(node)) == 1


class AuthWriter:
    """Writes credentials as the file and the policy have it: inline, or as an alias of those that are there.

    Where the policy wants an anchor and there is none, each entry defines it. The first that is made does: of fixes
    that define one anchor, the others wait for the next pass, in which they find it.
    """

    def __init__(self, config: Config, style: str) -> None:
        self._config = config
        self._style = style
        self._anchored: dict[Credentials, AnchoredCredentials] = {}

    def changes(self, placement: Placement) -> list[Change]:
        if placement.aliases:
            return [self._merging(alias, placement) for alias in placement.aliases]
        changes: list[Change] = []
        defined: set[str] = set()
        wanted = [(placement.target, placement.after, placement.credentials)]
        for mapping, after, credentials in wanted + [(i.item, i.after, c) for i, c in placement.shields]:
            change = self._entry(mapping, after, credentials)
            if isinstance(value := change.value, Anchored):
                if value.name in defined:  # an alias of what is not there yet cannot be written
                    change = AddEntry(mapping, change.name, credentials.value, after)
                defined.add(value.name)
            changes.append(change)
        return changes

    def _merging(self, alias: Alias, placement: Placement) -> Change:
        """An item of its own in place of an alias."""
        credentials = placement.credentials
        node = self._anchors_of(credentials).value_for(alias.end) if self._style != "inline" else None
        value: Value = Reference(node) if node else credentials.value
        return ReplaceValue(alias, {"<<": Reference(placement.target), credentials.key: value})

    def _anchors_of(self, credentials: Credentials) -> AnchoredCredentials:
        anchored = self._anchored.get(credentials)
        if anchored is None:
            anchored = self._anchored[credentials] = AnchoredCredentials(self._config, credentials)
        return anchored

    def _entry(self, mapping: Mapping, after: Entry, credentials: Credentials) -> AddEntry:
        key = credentials.key
        anchored = self._anchors_of(credentials)
        if anchored and self._style != "inline":
            if node := anchored.value_for(after.value.end):
                return AddEntry(mapping, key, Reference(node), after)
            node = anchored.holder_for(after.value.end)
            if node and not self._config.lookup.has_merge(mapping):
                return AddEntry(mapping, "<<", Reference(node), after)
        elif self._style == "anchor":
            return AddEntry(mapping, key, Anchored(self._free_name(credentials), credentials.value), after)
        return AddEntry(mapping, key, credentials.value, after)

    def _free_name(self, credentials: Credentials) -> str:
        stem = "docker-hub" if credentials.host == "docker.io" else credentials.host.lower().replace(".", "-")
        name = f"{stem}-auth".replace(":", "-")
        number = 2
        while self._config.uses.has_anchor(name):
            name = f"{name.rstrip('0123456789').rstrip('-')}-{number}"
            number += 1
        return name
