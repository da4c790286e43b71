"""Giving contexts to invocations, so that none is given to an invocation that has no use for it.

Each change is the smallest one in its place: an item at the end of a list, a text turned into a list, a new first
key. What an anchor shares is edited there if all who see it need the context, else written out where it is needed.
Order matters to CircleCI, a later context wins (docs: contexts), so new ones go last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from migrator.changes import AddEntry, AddItem, Change, Reference, ReplaceValue, Value, WrapAsMapping, WrapAsSequence
from migrator.circleci.credentials.sharing import Sharing, shares_item, sources_of
from migrator.circleci.lookup import Found
from migrator.circleci.workflows import Invocation
from migrator.tree import Alias, Mapping, Node, Sequence, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

Names: TypeAlias = tuple[str, ...]

OF_REGISTRIES: Final = ("docker", "hub", "registry", "quay", "ecr")
"""Words in names of contexts that say that these are for registries."""

_SHARED: Final = "its body is shared, by an anchor, with jobs that do not need the context"


class Attachment(NamedTuple):
    """What gives an invocation its contexts. `problem` says why nothing does; it is empty where all is well."""

    changes: tuple[Change, ...] = ()
    had: tuple[str, ...] = ()
    """The contexts that it had before."""

    problem: str = ""
    expression: bool = False
    """The problem is an expression in place of the contexts: only its author can say what to append."""

    reads: tuple[Node, ...] = ()
    """What the changes repeat or count on, where an anchor shares it: no other fix may change it at the same time."""


class ContextPlan:
    """Attaches contexts in view of all invocations that need one: `needs` names them for each context.

    Those of another plan, `beside`, need theirs as well. `sharing` is that of the config, where the caller has it.
    """

    def __init__(
        self,
        config: Config,
        needs: dict[str, list[Invocation]],
        sharing: Sharing | None = None,
        beside: ContextPlan | None = None,
    ) -> None:
        self._lookup = config.lookup
        self._sharing = sharing or Sharing(config)
        self._own = {name: {id(invocation) for invocation in invocations} for name, invocations in needs.items()}
        self._beside = beside
        others = beside.names if beside is not None else ()
        self.names: Names = (
            (*others, *(name for name in self._own if name not in others)) if others else tuple(self._own)
        )
        # What was found out about shared nodes is kept: thousands of invocations may share one.
        self._blocked: dict[tuple[int, Names], bool] = {}
        self._editable: dict[tuple[int, Names], bool] = {}
        self._growing: dict[tuple[int, Names], tuple[Change, ...] | None] = {}

    def needs(self, invocation: int, name: str) -> bool:
        """Whether an invocation, by its `id`, needs a context."""
        if invocation in self._own.get(name, ()):
            return True
        return self._beside is not None and self._beside.needs(invocation, name)

    def attach(self, invocation: Invocation, names: Names) -> Attachment:
        """The changes that give an invocation these contexts, those that it has left out.

        Where it shares what would be edited, it is given all that it needs at once: what one change writes out
        must not miss what another adds to the place it was shared from.
        """
        body = invocation.body
        if body is None:
            return self._to_bare(invocation, names)
        found = self._lookup.find(body, "context")
        if not self._sharing.shares(invocation, body, found):
            return self._to_body(invocation, body, found, names)
        wanted = set(names)
        names = tuple(name for name in self.names if name in wanted or self.needs(id(invocation), name))
        attachment = self._to_body(invocation, body, found, names)
        return attachment._replace(reads=tuple(sources_of(invocation))) if attachment.changes else attachment

    def _to_body(self, invocation: Invocation, body: Mapping, found: Found | None, names: Names) -> Attachment:
        if found is None:
            if self._lookup.ambiguous(body, "context"):
                return Attachment(problem="its merge keys disagree on `context`")
            if self._may_edit(invocation, body, names) and not self._sharing.would_hide(body):
                return Attachment((AddEntry(body, "context", _new(names)),))
            return self._override(invocation, names, ())
        had = contexts_of(found.entry.value)
        if had is None:
            node = resolve(found.entry.value)
            if isinstance(node, Text):
                return Attachment(problem="its contexts are an expression", expression=True)
            return Attachment(problem="its `context` is not a list of names")
        missing = tuple(name for name in names if name not in had)
        if not missing:
            return Attachment(had=had)
        return self._append(invocation, found, had, missing)

    def _to_bare(self, invocation: Invocation, names: Names) -> Attachment:
        value: Value = {"context": _new(names)}
        item, entry = invocation.item, invocation.entry
        if entry is None:
            if isinstance(item, Text):
                return Attachment((WrapAsMapping(item, value),))
            return Attachment((ReplaceValue(item, {invocation.name: value}),))
        node = entry.value
        if not (isinstance(resolve(node), Text) and isinstance(node, Text | Alias) and _is_null(node)):
            return Attachment(problem="its body is not a mapping")
        if not self._may_edit(invocation, resolve(node) if isinstance(node, Text) else node, names):
            return Attachment(problem=_SHARED)
        return Attachment((ReplaceValue(node, value),))

    def _append(self, invocation: Invocation, found: Found, had: Names, missing: Names) -> Attachment:
        if not self._may_edit(invocation, found.owner, missing):
            return self._override(invocation, missing, had)
        node = found.entry.value
        target = resolve(node)
        if isinstance(target, Text):
            if target.is_null:
                return Attachment((ReplaceValue(node, _new(missing)),), had)
            return Attachment((WrapAsSequence(node, missing),), had)
        assert isinstance(target, Sequence)
        if node is target and target.anchor is None:
            return Attachment(_items(target, missing), had)
        key = (id(target), missing)
        if key not in self._growing:
            grows = self._grows(target, missing)
            self._growing[key] = (*_items(target, missing), *self._write_out(target, had, missing)) if grows else None
        if changes := self._growing[key]:
            return Attachment(changes, had)
        if node is target:
            return Attachment(had=had, problem=_SHARED)
        return Attachment((ReplaceValue(node, [*had, *missing]),), had)

    def _override(self, invocation: Invocation, missing: Names, had: Names) -> Attachment:
        """Contexts of its own for an invocation that shares a body with others."""
        body, entry = invocation.body, invocation.entry
        assert body is not None
        assert entry is not None
        contexts: Value = [*had, *missing]
        if isinstance(entry.value, Alias):
            if self._is_seen_by_others(entry.value, missing):
                return Attachment(problem=_SHARED)
            merge = entry.value.target if isinstance(entry.value.target, Mapping) else body
            return Attachment((ReplaceValue(entry.value, {"<<": Reference(merge), "context": contexts}),), had)
        if (
            self._may_edit(invocation, body, missing)
            and not any(e.name == "context" for e in body.entries)
            and not self._sharing.would_hide(body)
        ):
            return Attachment((AddEntry(body, "context", contexts),), had)
        return Attachment(problem=_SHARED)

    def _may_edit(self, invocation: Invocation, node: Node, names: Names) -> bool:
        """Whether everyone who sees this node needs the contexts."""
        if node.anchor is None and node is invocation.body and not shares_item(invocation):
            return True
        return self._is_seen_by_none_else(node, names)

    def _is_seen_by_none_else(self, node: Node, names: Names) -> bool:
        key = (id(node), names)
        if key not in self._editable:
            self._editable[key] = not self._is_seen_by_others(node, names) and all(
                id(alias) in self._sharing.accounted for alias in self._sharing.uses.aliases(node)
            )
        return self._editable[key]

    def _is_seen_by_others(self, node: Node, names: Names) -> bool:
        """Whether a node gives contexts to an invocation that does not need one of these."""
        key = (id(node), names)
        if key not in self._blocked:
            seers = self._sharing.seers.get(id(node), ())
            self._blocked[key] = any(not self.needs(seer, name) for seer in seers for name in names)
        return self._blocked[key]

    def _grows(self, contexts: Sequence, names: Names) -> bool:
        """Whether an anchored list gets the contexts itself: all who see it need them, or it is where they are."""
        if self._is_seen_by_none_else(contexts, names):
            return True
        for alias in self._sharing.uses.aliases(contexts) if len(self.names) > 1 else ():
            if len({self._is_seen_by_others(alias, (name,)) for name in self.names}) > 1:
                return False  # who needs another context there would lose what is written out, or get too much
        for invocation, owner in self._sharing.definers.get(id(contexts), ()):
            if all(self.needs(id(invocation), name) for name in names):
                return self._may_edit(invocation, owner, names)
        return False

    def _write_out(self, contexts: Sequence, had: Names, names: Names) -> tuple[Change, ...]:
        """The list as it was, in place of each alias that someone sees who does not need what is added."""
        accounted = self._sharing.accounted
        return tuple(
            ReplaceValue(alias, list(had))
            for alias in self._sharing.uses.aliases(contexts)
            if self._is_seen_by_others(alias, names) or id(alias) not in accounted
        )


def has_expression(config: Config, invocation: Invocation) -> bool:
    """Whether an expression is in place of an invocation's contexts."""
    found = config.lookup.find(invocation.body, "context") if invocation.body is not None else None
    return found is not None and contexts_of(found.entry.value) is None and isinstance(resolve(found.entry.value), Text)


def contexts_of(node: Node) -> tuple[str, ...] | None:
    """The contexts that a value names; `None` for an expression and for what is no list of names."""
    node = resolve(node)
    if isinstance(node, Text):
        if node.is_null:
            return ()
        return None if "<<" in node.value else (node.value,)
    if not isinstance(node, Sequence):
        return None
    names = [item.value for entry in node.items if isinstance(item := resolve(entry), Text)]
    return tuple(names) if len(names) == len(node.items) else None


def contexts_had_by(invocation: Invocation) -> tuple[str, ...] | None:
    """The contexts that an invocation names; `None` for an expression, and for what is no list of names."""
    value = invocation.argument("context")
    return contexts_of(value) if value is not None else ()


def _is_null(node: Node) -> bool:
    node = resolve(node)
    return isinstance(node, Text) and node.is_null


def _new(names: Names) -> Value:
    return list(names)


def _items(contexts: Sequence, names: Names) -> tuple[Change, ...]:
    if not contexts.items and len(names) > 1:  # an empty list has one place for one item
        return (ReplaceValue(contexts, _new(names)),)
    return tuple(AddItem(contexts, len(contexts.items), name) for name in names)
