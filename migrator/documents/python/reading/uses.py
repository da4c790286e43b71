"""What a script does with a string before it is a config: whether its words stay as they are written."""

from __future__ import annotations

from typing import Final, NamedTuple

import libcst as cst

from migrator.documents.python.reading.labels import Labels
from migrator.documents.python.reading.names import Names, plain_parameters
from migrator.documents.python.reading.scope import LOADS, Kind, Scope, last_name

# What gives a string with the same words, and what takes one as it is.
_KEEPING: Final = frozenset({"strip", "lstrip", "rstrip", "encode", "dedent", "cleandoc", "str"})
_TAKING: Final = LOADS | {"write", "write_text", "writelines", "print", "echo", "append", "extend", "insert", "join"}
_MAX_CALLS: Final = 4


class Use(NamedTuple):
    """`changed_by` is what may change the words, empty where nothing does; `format` is the one call that fills them."""

    changed_by: str = ""
    format: cst.Call | None = None


class StringUses:
    def __init__(self, names: Names, labels: Labels) -> None:
        self._names = names
        self._labels = labels
        self._bound: dict[int, list[str]] = {}
        for scope in self._names.scopes:
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    if binding.kind is Kind.VALUE:
                        self._bound.setdefault(id(binding.value), []).append(name)

    def of(self, expression: cst.BaseExpression) -> Use:
        uses = list(self._all(expression, 0))
        changed = next((use for use in uses if use.changed_by), None)
        if changed is not None:
            return changed
        formats = [use for use in uses if use.format is not None]
        if not formats:
            return Use()
        # What is written once as it is, or filled in two ways, has no one meaning.
        return formats[0] if len(uses) == 1 else Use(self._label(formats[0].format or expression))

    def _all(self, expression: cst.BaseExpression, depth: int) -> list[Use]:
        """How an expression is used, and each name that is given it."""
        found = [self._one(user, expression, depth) for user in self._names.users.get(id(expression), ())]
        for name in self._bound.get(id(expression), ()):
            for reference, _ in self._names.references.get(name, ()):
                found += self._all(reference, depth + 1) if depth < _MAX_CALLS else [Use(name)]
        return [use for uses in found for use in (uses if isinstance(uses, list) else [uses])]

    def _one(self, user: cst.BaseExpression, expression: cst.BaseExpression, depth: int) -> Use | list[Use]:
        if isinstance(user, cst.BinaryOperation):
            if not isinstance(user.operator, cst.Add):
                return Use(self._label(user) if user.left is expression else "")
            return [use if use.format is None else Use(self._label(user)) for use in self._all(user, depth)]
        assert isinstance(user, cst.Call)
        is_method = isinstance(user.func, cst.Attribute) and user.func.value is expression
        name = last_name(user.func)
        if is_method and name == "format":
            return Use(format=user)
        if name in _KEEPING:
            return self._all(user, depth)
        if not is_method:
            if name in _TAKING:
                return Use()
            if (inner := self._parameter(user, expression)) is not None and depth < _MAX_CALLS:
                parameter, scope = inner
                references = [r for r, where in self._names.references.get(parameter, ()) if where is scope]
                return [use for reference in references for use in self._all(reference, depth + 1)]
        return Use(self._label(user))

    def _parameter(self, call: cst.Call, expression: cst.BaseExpression) -> tuple[str, Scope] | None:
        """The parameter of a function of this module that is given an expression."""
        function = self._names.module.lookup(call.func.value) if isinstance(call.func, cst.Name) else None
        inner = function.function if function is not None else None
        if inner is None or not isinstance(inner.node, cst.FunctionDef) or any(a.star for a in call.args):
            return None
        plain = plain_parameters(inner.node)
        argument = next(a for a in call.args if a.value is expression)
        if argument.keyword is not None:
            return argument.keyword.value, inner
        index = call.args.index(argument)
        return (plain[index], inner) if index < len(plain) else None

    def _label(self, expression: cst.CSTNode) -> str:
        return self._labels.of(expression)
