"""From the literals of a Python module to a tree. Nothing is run: what only a run would say is `Opaque`.

Every dict and list of the module is in the tree once. Under the root are, in the order of the source, those that no
other literal holds. A name that certainly means one of them, a call of a function that certainly returns one, and an
element that is unpacked into another list are aliases of it, so that an edit lands where it is written.
"""

from __future__ import annotations

import ast

import libcst as cst

from migrator.documents.python.reading.calls import Calls
from migrator.documents.python.reading.collections import Collections
from migrator.documents.python.reading.gather import gather
from migrator.documents.python.reading.later import Later
from migrator.documents.python.reading.nodes import LIST, STRING, WORD
from migrator.documents.python.reading.processes import read_processes
from migrator.documents.python.reading.references import References
from migrator.documents.python.reading.scope import Kind, Scope
from migrator.documents.python.reading.source import PythonSource
from migrator.documents.python.reading.strings import Layout
from migrator.documents.python.reading.targets import Targets
from migrator.documents.python.reading.texts import Texts
from migrator.documents.python.reading.values import Values
from migrator.documents.python.reading.yaml_strings import YamlStrings
from migrator.tree import STR, Node, Opaque, Sequence, Text


class PythonReader:
    """The tree of a script, and what else its edits ask: names, what they mean, where each node is written."""

    def __init__(self, source: PythonSource) -> None:
        self.source = source
        self.names = gather(source.module)
        self.values = Values(source, self.names, self._evaluate)
        self._texts = Texts(self.values)
        self._yaml = YamlStrings(self.values, self._texts)
        self._targets = Targets(self.values)
        self._collections = Collections(self.values, self._targets)
        self.references = References(self.values, self._texts, self._targets)
        self._calls = Calls(self.values, self._targets, self.references, self._collections, self._yaml)
        self.later = Later(self.values, self._targets, self._collections, self.references)
        self._read()
        self.processes = read_processes(self.values)
        self.later.apply()
        self.later.loosen(self._tree())
        self.root = self._tree()

    def _read(self) -> None:
        values, names = self.values, self.names
        for expression, scope in names.literals:
            if id(expression) not in self._targets.appended:
                values.of(expression, scope)
        for scope in names.scopes:
            for bindings in scope.bindings.values():
                if len(bindings) == 1 and bindings[0].kind is Kind.VALUE:
                    self.references.meaning(bindings[0])
            for expression in scope.returns:
                values.of(expression, scope)
            if isinstance(scope.node, cst.FunctionDef):
                self._calls.returned(scope, scope.node.name.value)
        for call in names.calls:
            if isinstance(call.node.func, cst.Name):
                function = call.scope.lookup(call.node.func.value)
                if function is not None and function.kind is Kind.FUNCTION:
                    for argument in call.node.args:
                        values.of(argument.value, call.scope)
        for expression, scope in names.strings:
            self._yaml.of(expression, scope)

    def _tree(self) -> Sequence:
        items = [node for node in self.values.kept if id(node) not in self.values.owned]
        items += [each.root for each in self.values.embedded]
        items.sort(key=lambda node: (node.start, -node.end))
        root = Sequence(0, len(self.source.text), 0, LIST, None, None)
        root.items = items
        return root

    def _evaluate(self, expression: cst.BaseExpression, scope: Scope) -> Node:
        match expression:
            case cst.Dict():
                return self._collections.dict(expression, scope)
            case cst.List() | cst.Tuple():
                return self._collections.list(expression, scope)
            case cst.ListComp() | cst.DictComp():
                return self._collections.comprehension(expression)
            case cst.Name():
                return self.references.name(expression, scope)
            case cst.Integer() | cst.Float() | cst.UnaryOperation():
                return self._number(expression, scope)
            case cst.IfExp():
                return self._choice(expression, [expression.body, expression.orelse], scope)
            case cst.Subscript():
                return self.references.subscript(expression, scope)
            case cst.NamedExpr():
                return self.values.of(expression.value, scope)
            case cst.BinaryOperation(operator=cst.BitOr()):
                return self._collections.union(expression, scope)
            case cst.BinaryOperation(operator=cst.Add()) if self._collections.is_list(expression, scope):
                return self._collections.joined(expression, scope)
        layout = self._texts.layout(expression, scope)
        if layout is not None:
            return self._text(expression, layout, scope)
        if isinstance(expression, cst.Call):
            return self._calls.call(expression, scope)
        return self.values.opaque(expression, "is computed")

    def _text(self, expression: cst.BaseExpression, layout: Layout, scope: Scope) -> Text | Opaque:
        if "\n" in layout.value and self._yaml.of(expression, scope) is not None:
            return self.values.opaque(expression, "is YAML in a string")
        start, end = self.source.span(expression)
        options = None if layout.is_plain else layout.texts()
        if options is not None and len(options) < 2:
            options = None
        node = Text(layout.value, start, end, start, STRING, kind=STR)
        node.options = options
        self.values.keep(node, expression, scope, layout)
        return node

    def _number(self, expression: cst.BaseExpression, scope: Scope) -> Node:
        try:
            value = ast.literal_eval(self.source.code(expression))
        except (ValueError, SyntaxError, TypeError, MemoryError):
            return self.values.opaque(expression, "is computed")
        start, end = self.source.span(expression)
        node = Text(repr(value), start, end, start, WORD)
        self.values.keep(node, expression, scope)
        return node

    def _choice(self, expression: cst.BaseExpression, parts: list[cst.BaseExpression], scope: Scope) -> Node:
        """One of several values: a text whose options are known, else `Opaque`."""
        options: list[str] = []
        for part in parts:
            texts = self._texts.options(part, scope)
            if texts is None:
                return self.values.opaque(expression, "is one of several values")
            options.extend(texts)
        return self.values.chosen(expression, options, scope)
