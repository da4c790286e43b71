"""What one walk over a module found: its scopes, calls and literals, and how they hang together."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from migrator.documents.python.reading.mutations import Mutation
from migrator.documents.python.reading.scope import Binding, Call, Scope


@dataclass(slots=True, eq=False)
class Names:
    """The scopes of one module, and where its functions are called."""

    module: Scope
    scopes: list[Scope] = field(init=False)
    calls: list[Call] = field(default_factory=list)
    mutations: list[Mutation] = field(default_factory=list)
    literals: list[tuple[cst.BaseExpression, Scope]] = field(default_factory=list)
    """Every dict, list and what may join or build one, outer ones before those inside."""

    strings: list[tuple[cst.BaseExpression, Scope]] = field(default_factory=list)
    """Strings that may be YAML."""

    users: dict[int, list[cst.BaseExpression]] = field(default_factory=dict)
    """The calls and operations that an expression is an argument, the object or an operand of."""

    references: dict[str, list[tuple[cst.Name, Scope]]] = field(default_factory=dict)
    alone: set[int] = field(default_factory=set)
    """Statements that are all there is in their block."""

    def __post_init__(self) -> None:
        self.scopes = [self.module]

    def calls_of(self, function: Binding) -> list[Call] | None:
        """Every call of a function of this module; `None` where it is also handed on, so that others may call it."""
        if function.name in self.references:
            return None
        found = [
            call
            for call in self.calls
            if isinstance(call.node.func, cst.Name) and call.node.func.value == function.name
        ]
        if any(call.scope.lookup(function.name) is not function for call in found):
            return None
        return found

    def arguments_of(self, parameter: Binding) -> list[tuple[cst.BaseExpression, Scope]] | None:
        """What every call gives a parameter; `None` where some call is not known, or unpacks its arguments."""
        inner = parameter.function
        if (
            inner is None
            or not isinstance(inner.node, cst.FunctionDef)
            or inner.parent is None
            or inner.parent.is_class
        ):
            return None
        function = inner.parent.lookup(inner.node.name.value)
        calls = self.calls_of(function) if function is not None else None
        if not calls:
            return None
        plain = plain_parameters(inner.node)
        given: list[tuple[cst.BaseExpression, Scope]] = []
        for call in calls:
            if any(argument.star for argument in call.node.args):
                return None
            by_name = {a.keyword.value: a.value for a in call.node.args if a.keyword is not None}
            positional = [a.value for a in call.node.args if a.keyword is None]
            by_name.update(zip(plain, positional, strict=False))
            if parameter.name in by_name:
                given.append((by_name[parameter.name], call.scope))
            elif parameter.value is not None:
                given.append((parameter.value, inner.parent))
            else:
                return None
        return given


def plain_parameters(function: cst.FunctionDef) -> list[str]:
    """The parameters of a function that arguments without a name are given to."""
    return [p.name.value for p in (*function.params.posonly_params, *function.params.params)]
