"""What calls give: copies, new dicts and lists, YAML that is loaded, and what functions of the script return."""

from __future__ import annotations

from typing import Final

import libcst as cst

from migrator.documents.python.reading.collections import Collections, are_pairs
from migrator.documents.python.reading.references import References
from migrator.documents.python.reading.scope import DICTS, LOADS, Kind, Scope, last_name
from migrator.documents.python.reading.targets import Targets
from migrator.documents.python.reading.values import Values
from migrator.documents.python.reading.yaml_strings import YamlStrings
from migrator.tree import Alias, Node, Opaque, resolve

_LISTS: Final = frozenset({"list", "tuple", "CommentedSeq"})
_COPIES: Final = frozenset({"deepcopy", "copy"})


class Calls:
    def __init__(
        self, values: Values, targets: Targets, references: References, collections: Collections, yaml: YamlStrings
    ) -> None:
        self._values = values
        self._targets = targets
        self._references = references
        self._collections = collections
        self._yaml = yaml

    def call(self, expression: cst.Call, scope: Scope) -> Node:
        if isinstance(expression.func, cst.Attribute) and expression.func.attr.value == "encode":
            inner = self._values.of(expression.func.value, scope)
            if isinstance(inner, Opaque):
                return Opaque(inner.why, *self._values.source.span(expression))
        name = last_name(expression.func)
        arguments = expression.args
        if len(arguments) == 1 and not arguments[0].star and arguments[0].keyword is None:
            built = self._of_one(name, expression, arguments[0].value, scope)
            if built is not None:
                return built
        if name in LOADS and arguments and (found := self._yaml.of(arguments[0].value, scope)):
            return Alias("", found.root, *self._values.source.span(expression))
        if not arguments and name == "copy" and isinstance(expression.func, cst.Attribute):
            return self._through(expression, expression.func.value, scope)
        if name in DICTS and isinstance(expression.func, cst.Name | cst.Attribute):
            return self._collections.keywords(expression, scope)
        if isinstance(expression.func, cst.Name):
            function = scope.lookup(expression.func.value)
            if function is not None and function.kind is Kind.FUNCTION and function.function is not None:
                returned = self.returned(function.function, function.name)
                if returned is not None:
                    alias = self._references.alias(f"{function.name}()", returned, expression)
                    return self._fresh(expression, alias, scope)
        return self._values.opaque(expression, "is computed")

    def _of_one(self, name: str, expression: cst.Call, argument: cst.BaseExpression, scope: Scope) -> Node | None:
        """What a call gives that copies its one argument, or builds a dict or a list of it."""
        if name in _COPIES and self._is_foreign(expression.func, scope):
            return self._through(expression, argument, scope)
        if name in _LISTS and isinstance(argument, cst.List | cst.Tuple | cst.ListComp):
            return self._values.of(argument, scope)
        if name in DICTS and isinstance(argument, cst.Dict | cst.DictComp):
            return self._values.of(argument, scope)
        if name in DICTS and isinstance(argument, cst.List | cst.Tuple) and are_pairs(argument):
            return self._collections.pairs(expression, argument, scope)
        return None

    def _is_foreign(self, function: cst.BaseExpression, scope: Scope) -> bool:
        binding = scope.lookup(function.value) if isinstance(function, cst.Name) else None
        return binding is None or binding.kind is Kind.OTHER

    def _through(self, expression: cst.Call, original: cst.BaseExpression, scope: Scope) -> Node:
        node = self._values.of(original, scope)
        if isinstance(node, Alias | Opaque):
            return self._fresh(expression, self._references.alias("", node, expression), scope)
        return node

    def _fresh(self, expression: cst.Call, node: Node, scope: Scope) -> Node:
        """What a call gives: another dict or list than the one that it is like, if something is done to it later."""
        if id(expression) in self._targets.changed and isinstance(node, Alias):
            return self._collections.copied(expression, node, scope)
        return node

    def returned(self, function: Scope, name: str) -> Node | None:
        """What every call of a function gives: the literal that it returns, which gets its name as its anchor."""
        if function.yields or function.decorated or len(function.returns) != 1:
            return None
        node = resolve(self._values.of(function.returns[0], function))
        site = self._values.sites.get(id(node))
        if site is not None and node.anchor is None and site.node is function.returns[0]:
            node.anchor = f"{name}()"
        return node
