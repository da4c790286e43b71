"""What the statements that change a dict or a list are done to, where that is certain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst

from migrator.documents.python.reading.mutations import How, Mutation
from migrator.documents.python.reading.scope import Binding, Kind, Scope
from migrator.documents.python.reading.values import Values
from migrator.tree import Node, resolve


class Target(NamedTuple):
    """What a mutation certainly is done to: the value of a name, or what every call hands to a function."""

    expression: cst.BaseExpression
    scope: Scope
    mutation: Mutation
    binding: Binding | None
    sure: bool


class Targets:
    """Of all mutations of a script."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self.certain: list[Target] = []
        self.unknown: list[Mutation] = []
        """Mutations of what nobody can say."""

        for mutation in values.names.mutations:
            found = list(self._found(mutation))
            self.certain += found
            if not found:
                self.unknown.append(mutation)
        lists = (t.mutation for t in self.certain if t.mutation.how is How.EXTEND)
        self.appended = {id(m.value) for m in lists if isinstance(m.value, cst.List)}
        """List literals whose items are put behind those of another list."""

        self.changed = {id(target.expression) for target in self.certain if target.binding is not None}
        """The values of names that something is done to."""

    def _found(self, mutation: Mutation) -> Iterator[Target]:
        base = mutation.base
        binding = mutation.scope.lookup(base.value) if isinstance(base, cst.Name) else None
        if binding is None:
            return
        if binding.kind is Kind.VALUE and binding.value is not None:
            sure = mutation.blocks == binding.blocks and mutation.scope is binding.scope
            yield Target(binding.value, binding.scope, mutation, binding, sure)
        elif binding.kind is Kind.PARAMETER:
            for expression, scope in self._values.names.arguments_of(binding) or ():
                yield Target(expression, scope, mutation, None, sure=False)

    def reach(self, node: Node) -> bool:
        """Whether something is done to a node later."""
        return any(self._means(target, node) for target in self.certain)

    def _means(self, target: Target, node: Node) -> bool:
        known = self._values.nodes.get(id(target.expression))
        if known is None and isinstance(target.expression, cst.Name):
            known = self._values.of(target.expression, target.scope)
        return known is not None and resolve(known) is node
