"""What names and subscripts mean: the literal of the one value that a name has, a constant, an entry of a dict."""

from __future__ import annotations

from typing import Final

import libcst as cst

from migrator.changes import Variable
from migrator.documents.python.reading.nodes import CHOICE, LIST, TUPLE, WORD
from migrator.documents.python.reading.scope import Binding, Kind, Scope
from migrator.documents.python.reading.targets import Targets
from migrator.documents.python.reading.texts import Texts
from migrator.documents.python.reading.values import Values
from migrator.tree import STR, Alias, Mapping, Node, Opaque, Sequence, Text, resolve

_CONSTANTS: Final = {"True": "true", "False": "false", "None": "null"}


class References:
    def __init__(self, values: Values, texts: Texts, targets: Targets) -> None:
        self._values = values
        self._texts = texts
        self._targets = targets

    def name(self, expression: cst.Name, scope: Scope) -> Node:
        values = self._values
        if expression.value in _CONSTANTS:
            start, end = values.source.span(expression)
            kind = None if expression.value == "None" else "bool"
            node = Text(_CONSTANTS[expression.value], start, end, start, WORD, kind=kind)
            values.keep(node, expression, scope)
            return node
        binding = scope.lookup(expression.value)
        if binding is None:
            return values.opaque(expression, "has no value that is certain")
        if binding.kind is Kind.PARAMETER:
            return self._parameter(expression, binding)
        if binding.kind is Kind.LOOP:
            return self._loop(expression, binding)
        if binding.kind is not Kind.VALUE:
            return values.opaque(expression, "is not defined by a literal here")
        return self.alias(expression.value, self.meaning(binding), expression)

    def meaning(self, binding: Binding) -> Node:
        """What a name that is bound once means; its literal gets the name as its anchor."""
        assert binding.value is not None
        node = self._values.of(binding.value, binding.scope)
        site = self._values.sites.get(id(node))
        if site is not None and site.node is binding.value and node.anchor is None:
            outer = binding.scope is self._values.names.module
            # No other function can name what one function defines.
            node.anchor = binding.name if outer else f"{_named(binding.scope)}:{binding.name}"
        return node

    def constants(self) -> list[Node]:
        """The dicts that names of the module certainly mean."""
        found = [each[0] for each in self._values.names.module.bindings.values() if len(each) == 1]
        nodes = [self.meaning(binding) for binding in found if binding.kind is Kind.VALUE]
        return [node for node in nodes if isinstance(node, Mapping) and node.anchor is not None]

    def alias(self, name: str, node: Node, expression: cst.BaseExpression) -> Node:
        """What an expression gives that means a node which is written elsewhere."""
        target = resolve(node)
        if isinstance(target, Opaque):
            return self._values.opaque(expression, "is computed")
        if isinstance(target, Text) and target.style == CHOICE:
            return self._values.chosen(expression, target.options or (), self._values.sites[id(target)].scope)
        return Alias(name, target, *self._values.source.span(expression))

    def _parameter(self, expression: cst.Name, binding: Binding) -> Node:
        given = self._values.names.arguments_of(binding)
        if given is None:
            return self._values.opaque(expression, "is an argument that is known only when the script runs")
        if len(given) == 1:
            return self.alias(binding.name, self._values.of(*given[0]), expression)
        options: list[str] = []
        for part, scope in given:
            texts = self._texts.options(part, scope)
            if texts is None:
                return self._values.opaque(expression, "is given in several ways")
            options.extend(texts)
        return self._values.chosen(expression, options, binding.scope)

    def _loop(self, expression: cst.Name, binding: Binding) -> Node:
        """A name that runs over a list of texts which are known."""
        assert binding.value is not None
        values = resolve(self._values.of(binding.value, binding.scope))
        if isinstance(values, Sequence) and values.style in (LIST, TUPLE) and not self._targets.reach(values):
            texts = [resolve(item) for item in values.items]
            if texts and all(isinstance(t, Text) and t.kind == STR and t.options is None for t in texts):
                return self._values.chosen(expression, [t.value for t in texts if isinstance(t, Text)], binding.scope)
        return self._values.opaque(expression, "takes values that are known only when the script runs")

    def subscript(self, expression: cst.Subscript, scope: Scope) -> Node:
        values = self._values
        if values.source.code(expression.value) == "os.environ":
            index = expression.slice[0].slice
            name = self._texts.layout(index.value, scope) if isinstance(index, cst.Index) else None
            if name is not None and name.is_plain:
                return Opaque(Variable(name.value).why, *values.source.span(expression))
        if len(expression.slice) == 1 and isinstance(index := expression.slice[0].slice, cst.Index):
            mapping = resolve(values.of(expression.value, scope))
            key = resolve(values.of(index.value, scope))
            if isinstance(mapping, Mapping) and isinstance(key, Text) and key.kind == STR and key.options is None:
                entry = mapping.entry(key.value)
                if entry is not None and id(mapping) in values.sites and not self._targets.reach(mapping):
                    return self.alias(values.labels.of(expression), entry.value, expression)
        return values.opaque(expression, "is computed")


def _named(scope: Scope) -> str:
    return scope.node.name.value if isinstance(scope.node, cst.FunctionDef | cst.ClassDef) else "lambda"
