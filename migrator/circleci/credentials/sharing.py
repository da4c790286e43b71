"""Which invocations see which nodes: what an anchor or a merge key shares among the bodies of a config's workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.circleci.lookup import Found, key_of
from migrator.circleci.uses import Uses
from migrator.circleci.workflows import Invocation
from migrator.startup.records import cached_property
from migrator.tree import Alias, Mapping, Node, Sequence, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config


class Sharing:
    """Built once for one `Config`, however often contexts are planned in it."""

    def __init__(self, config: Config) -> None:
        self._lookup = config.lookup
        self._config = config
        self.invocations = config.invocations

    @property
    def uses(self) -> Uses:
        """Walked for only if something is shared."""
        return self._config.uses

    @cached_property
    def seers(self) -> dict[int, list[int]]:
        """By node, the invocations that it gives contexts to, both by their `id`."""
        seers: dict[int, list[int]] = {}
        for invocation in self.invocations:
            for node in sources_of(invocation):
                seers.setdefault(id(node), []).append(id(invocation))
        return seers

    @cached_property
    def accounted(self) -> set[int]:
        """The aliases by which invocations share bodies, merges and contexts. Any other alias is someone else's."""
        aliases: set[int] = set()
        seen: set[int] = set()
        waiting: list[Node] = [i.entry.value for i in self.invocations if i.entry is not None]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Alias):
                aliases.add(id(node))
                node = resolve(node)
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Mapping):
                waiting.extend(e.value for e in node.entries if e.is_merge or key_of(e) == "context")
            elif isinstance(node, Sequence):
                waiting.extend(node.items)
        return aliases

    @cached_property
    def definers(self) -> dict[int, list[tuple[Invocation, Mapping]]]:
        """For each list of contexts, the invocations in whose bodies it is."""
        definers: dict[int, list[tuple[Invocation, Mapping]]] = {}
        for invocation in self.invocations:
            found = self._lookup.find(invocation.body, "context") if invocation.body else None
            if found and isinstance(found.entry.value, Sequence):
                definers.setdefault(id(found.entry.value), []).append((invocation, found.owner))
        return definers

    @cached_property
    def _with_contexts(self) -> set[int]:
        find = self._lookup.find
        return {id(i) for i in self.invocations if i.body is not None and find(i.body, "context") is not None}

    def would_hide(self, body: Mapping) -> bool:
        """Whether a `context` of its own on a body without one would hide that which somebody merges from elsewhere."""
        if body.anchor is None:
            return False
        return any(seer in self._with_contexts for seer in self.seers.get(id(body), ()))

    def shares(self, invocation: Invocation, body: Mapping, found: Found | None) -> bool:
        """Whether an anchor shares the body of an invocation, or the contexts `found` in it."""
        if body.anchor is not None or self._lookup.has_merge(body) or shares_item(invocation):
            return True
        return found is not None and (isinstance(found.entry.value, Alias) or found.entry.value.anchor is not None)


def shares_item(invocation: Invocation) -> bool:
    """Whether the item of a workflow's `jobs` is an alias, has an anchor, or is in several workflows."""
    item = resolve(invocation.item)
    if item is not invocation.item or item.anchor is not None:
        return True
    return isinstance(item, Mapping) and (invocation.entry not in item.entries or len(invocation.workflows) > 1)


def sources_of(invocation: Invocation) -> list[Node]:
    """The nodes that give an invocation its contexts: its body, what that merges, and the contexts themselves."""
    found: dict[int, Node] = {}
    if invocation.entry is not None:
        found[id(invocation.entry.value)] = invocation.entry.value
    waiting: list[Node] = [invocation.body] if invocation.body else []
    while waiting:
        node = resolve(waiting.pop())
        if id(node) in found and node is not invocation.body:
            continue
        found[id(node)] = node
        if isinstance(node, Sequence):
            waiting.extend(node.items)
        elif isinstance(node, Mapping):
            own = next((entry for entry in node.entries if key_of(entry) == "context"), None)
            if own is not None:
                for value in (own.value, resolve(own.value)):
                    found[id(value)] = value
            else:
                waiting.extend(entry.value for entry in node.entries if entry.is_merge)
    return list(found.values())
