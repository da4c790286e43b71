"""Which strings of a script are YAML of a config, with what the script does to each before it is one."""

from __future__ import annotations

import libcst as cst

from migrator.documents.python.reading.embedded import Embedded, embedded_yaml, may_be_config
from migrator.documents.python.reading.scope import Kind, Scope
from migrator.documents.python.reading.texts import Texts
from migrator.documents.python.reading.uses import StringUses
from migrator.documents.python.reading.values import Values


class YamlStrings:
    def __init__(self, values: Values, texts: Texts) -> None:
        self._values = values
        self._texts = texts
        self._uses = StringUses(values.names, values.labels)
        self._known: dict[int, Embedded | None] = {}

    def of(self, expression: cst.BaseExpression, scope: Scope) -> Embedded | None:
        """The YAML of a string that is, or a name that certainly means, a part of a config."""
        if isinstance(expression, cst.Name):
            binding = scope.lookup(expression.value)
            if binding is None or binding.kind is not Kind.VALUE or binding.value is None:
                return None
            expression, scope = binding.value, binding.scope
        if isinstance(expression, cst.Call) and isinstance(expression.func, cst.Attribute):
            expression = expression.func.value  # of `"...".format(...)`
        if id(expression) not in self._known:
            found = self._known[id(expression)] = self._read(expression, scope)
            if found is not None:
                self._values.embedded.append(found)
        return self._known[id(expression)]

    def _read(self, expression: cst.BaseExpression, scope: Scope) -> Embedded | None:
        layout = self._texts.layout(expression, scope)
        if layout is None or not may_be_config(layout):
            return None
        use = self._uses.of(expression)
        filled = self._texts.filled(expression, use.format, scope) if use.format is not None else layout
        return embedded_yaml(self._values.source, expression, filled or layout, use.changed_by)
