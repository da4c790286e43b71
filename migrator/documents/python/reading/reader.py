"""From the literals of a Python module to a tree. Nothing is run: what only a run would tell is `Opaque`.

Every dict and list of the module is in the tree once. Under the root stand, in the order of the source, those that no
other literal holds. A name that certainly means one of them, a call of a function that certainly returns one, and an
element that is unpacked into another list are aliases of it, so that an edit lands where it is written.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

import libcst as cst

from migrator.changes import Variable
from migrator.documents.python.reading.collections import Collections, are_pairs
from migrator.documents.python.reading.embedded import Embedded, embedded_yaml, may_be_config
from migrator.documents.python.reading.later import Later
from migrator.documents.python.reading.names import Names
from migrator.documents.python.reading.nodes import CHOICE, LIST, STRING, TUPLE, WORD, Site
from migrator.documents.python.reading.processes import read_processes
from migrator.documents.python.reading.scope import DICTS, LOADS, Binding, Kind, Scope, last_name
from migrator.documents.python.reading.source import PythonSource
from migrator.documents.python.reading.strings import Layout
from migrator.documents.python.reading.texts import Labels, Texts
from migrator.documents.python.reading.uses import StringUses
from migrator.tree import STR, Alias, Mapping, Node, Opaque, Sequence, Span, Text, resolve

_LISTS: Final = frozenset({"list", "tuple", "CommentedSeq"})
_COPIES: Final = frozenset({"deepcopy", "copy"})
_CONSTANTS: Final = {"True": "true", "False": "false", "None": "null"}


class PythonReader:
    def __init__(self, source: PythonSource) -> None:
        self.source = source
        self.names = Names(source.module)
        self.labels = Labels()
        self.texts = Texts(self)
        self.uses = StringUses(self)
        self.collections = Collections(self)
        self.sites: dict[int, Site] = {}
        self.embedded: list[Embedded] = []
        self.nodes: dict[int, Node] = {}
        self._busy: set[int] = set()
        self._kept: list[Node] = []
        self.owned: set[int] = set()
        self._yaml: dict[int, Embedded | None] = {}
        self.later = Later(self)
        self.root = self._read()

    def _read(self) -> Sequence:
        for expression, scope in self.names.literals:
            if id(expression) not in self.later.appended:
                self.value(expression, scope)
        for scope in self.names.scopes:
            for bindings in scope.bindings.values():
                if len(bindings) == 1 and bindings[0].kind is Kind.VALUE:
                    self.meaning(bindings[0])
            for expression in scope.returns:
                self.value(expression, scope)
            if isinstance(scope.node, cst.FunctionDef):
                self._returned(scope, scope.node.name.value)
        for call in self.names.calls:
            if isinstance(call.node.func, cst.Name):
                function = call.scope.lookup(call.node.func.value)
                if function is not None and function.kind is Kind.FUNCTION:
                    for argument in call.node.args:
                        self.value(argument.value, call.scope)
        for expression, scope in self.names.strings:
            self.yaml_in(expression, scope)
        self.processes = read_processes(self)
        self.later.apply()
        self.later.loosen(self._root())
        return self._root()

    def _root(self) -> Sequence:
        items = [node for node in self._kept if id(node) not in self.owned]
        items += [each.root for each in self.embedded]
        items.sort(key=lambda node: (node.start, -node.end))
        root = Sequence(0, len(self.source.text), 0, LIST, None, None)
        root.items = items
        return root

    def mappings(self) -> list[Mapping]:
        """Every dict of the script."""
        return [node for node in self._kept if isinstance(node, Mapping)]

    def value(self, expression: cst.BaseExpression, scope: Scope) -> Node:
        """The node of an expression, the same one each time; an alias, or `Opaque`, for what is no literal."""
        known = self.nodes.get(id(expression))
        if known is not None:
            return known
        if id(expression) in self._busy:
            return self.opaque(expression, "is defined by itself")
        self._busy.add(id(expression))
        try:
            node = self._evaluate(expression, scope)
        finally:
            self._busy.discard(id(expression))
        self.nodes[id(expression)] = node
        site = self.sites.get(id(node))
        if site is not None and site.node is expression and node.style != CHOICE:
            self._kept.append(node)
        return node

    def hang(self, node: Node, expression: cst.BaseExpression) -> None:
        """Let the tree have a node that no other holds."""
        self.nodes[id(expression)] = node
        self._kept.append(node)

    def child(self, expression: cst.BaseExpression, scope: Scope) -> Node:
        node = self.value(expression, scope)
        return self.own(node, self.source.span(expression))

    def own(self, node: Node, span: Span) -> Node:
        """The node as a part of another one: an alias of it where it is a part of something already."""
        if isinstance(node, Alias | Opaque):
            return node
        if id(node) in self.owned or self.is_yaml(node):
            return Alias(node.anchor or "", node, *span)
        self.owned.add(id(node))
        return node

    def key(self, expression: cst.BaseExpression, scope: Scope, mapping: Mapping) -> Node:
        """A key of a dict; one that is computed reads `<<{name}>>`, and no two of a dict read alike."""
        key = self.child(expression, scope)
        if isinstance(key, Opaque):
            key = self._chosen(expression, (), scope)
            key.options = None
        name = resolve(key)
        if not isinstance(name, Text) or "<<{" not in name.value or mapping.entry(name.value) is None:
            return key
        self.disown(key)
        again = self._chosen(expression, name.options or (), scope)
        again.options = name.options
        number = sum(each.name is not None and "<<{" in each.name for each in mapping.entries)
        again.value = name.value.replace("}>>", f"#{number + 1}}}>>", 1)
        return again

    def is_yaml(self, node: Node) -> bool:
        return any(id(node) in each.nodes for each in self.embedded)

    def opaque(self, expression: cst.BaseExpression, why: str) -> Opaque:
        return Opaque(f"`{self.labels.of(expression)}` {why}", *self.source.span(expression))

    def keep(self, node: Node, expression: cst.BaseExpression, scope: Scope, layout: Layout | None = None) -> Site:
        site = self.sites[id(node)] = Site(expression, scope, layout)
        return site

    def _evaluate(self, expression: cst.BaseExpression, scope: Scope) -> Node:
        match expression:
            case cst.Dict():
                return self.collections.dict(expression, scope)
            case cst.List() | cst.Tuple():
                return self.collections.list(expression, scope)
            case cst.ListComp() | cst.DictComp():
                return self.collections.comprehension(expression)
            case cst.Name():
                return self._name(expression, scope)
            case cst.Integer() | cst.Float() | cst.UnaryOperation():
                return self._number(expression, scope)
            case cst.IfExp():
                return self._choice(expression, [expression.body, expression.orelse], scope)
            case cst.Subscript():
                return self._subscript(expression, scope)
            case cst.NamedExpr():
                return self.value(expression.value, scope)
            case cst.BinaryOperation(operator=cst.BitOr()):
                return self.collections.union(expression, scope)
            case cst.BinaryOperation(operator=cst.Add()) if self.collections.is_list(expression, scope):
                return self.collections.joined(expression, scope)
        layout = self.texts.layout(expression, scope)
        if layout is not None:
            return self._text(expression, layout, scope)
        if isinstance(expression, cst.Call):
            return self._call(expression, scope)
        return self.opaque(expression, "is computed")

    def _text(self, expression: cst.BaseExpression, layout: Layout, scope: Scope) -> Text | Opaque:
        if "\n" in layout.value and self.yaml_in(expression, scope) is not None:
            return self.opaque(expression, "is YAML in a string")
        start, end = self.source.span(expression)
        options = None if layout.is_plain else layout.texts()
        if options is not None and len(options) < 2:
            options = None
        node = Text(layout.value, start, end, start, STRING, kind=STR)
        node.options = options
        self.keep(node, expression, scope, layout)
        return node

    def _number(self, expression: cst.BaseExpression, scope: Scope) -> Node:
        try:
            value = ast.literal_eval(self.source.code(expression))
        except (ValueError, SyntaxError, TypeError, MemoryError):
            return self.opaque(expression, "is computed")
        start, end = self.source.span(expression)
        node = Text(repr(value), start, end, start, WORD)
        self.keep(node, expression, scope)
        return node

    def disown(self, node: Node) -> None:
        self.owned.discard(id(node))

    def _choice(self, expression: cst.BaseExpression, parts: list[cst.BaseExpression], scope: Scope) -> Node:
        """One of several values: a text whose options are known, else `Opaque`."""
        options: list[str] = []
        for part in parts:
            texts = self.texts.options(part, scope)
            if texts is None:
                return self.opaque(expression, "is one of several values")
            options.extend(texts)
        return self._chosen(expression, options, scope)

    def _chosen(self, expression: cst.BaseExpression, options: Iterable[str], scope: Scope) -> Text:
        """A text that code chooses among several, or always the same one that stands in several places."""
        start, end = self.source.span(expression)
        node = Text(f"<<{{{self.labels.of(expression)}}}>>", start, end, start, CHOICE, kind=STR)
        node.options = tuple(dict.fromkeys(options))
        self.keep(node, expression, scope)
        return node

    def _name(self, expression: cst.Name, scope: Scope) -> Node:
        if expression.value in _CONSTANTS:
            start, end = self.source.span(expression)
            kind = None if expression.value == "None" else "bool"
            node = Text(_CONSTANTS[expression.value], start, end, start, WORD, kind=kind)
            self.keep(node, expression, scope)
            return node
        binding = scope.lookup(expression.value)
        if binding is None:
            return self.opaque(expression, "has no value that is certain")
        if binding.kind is Kind.PARAMETER:
            return self._parameter(expression, binding)
        if binding.kind is Kind.LOOP:
            return self._loop(expression, binding)
        if binding.kind is not Kind.VALUE:
            return self.opaque(expression, "is not defined by a literal here")
        return self._alias(expression.value, self.meaning(binding), expression)

    def meaning(self, binding: Binding) -> Node:
        """What a name that is bound once means; its literal gets the name as its anchor."""
        assert binding.value is not None
        node = self.value(binding.value, binding.scope)
        site = self.sites.get(id(node))
        if site is not None and site.node is binding.value and node.anchor is None:
            outer = binding.scope is self.names.module
            # No other function can name what one function defines.
            node.anchor = binding.name if outer else f"{_named(binding.scope)}:{binding.name}"
        return node

    def constants(self) -> list[Node]:
        """The dicts that names of the module certainly mean."""
        found = [each[0] for each in self.names.module.bindings.values() if len(each) == 1]
        nodes = [self.meaning(binding) for binding in found if binding.kind is Kind.VALUE]
        return [node for node in nodes if isinstance(node, Mapping) and node.anchor is not None]

    def _alias(self, name: str, node: Node, expression: cst.BaseExpression) -> Node:
        target = resolve(node)
        if isinstance(target, Opaque):
            return self.opaque(expression, "is computed")
        if isinstance(target, Text) and target.style == CHOICE:
            return self._chosen(expression, target.options or (), self.sites[id(target)].scope)
        return Alias(name, target, *self.source.span(expression))

    def _parameter(self, expression: cst.Name, binding: Binding) -> Node:
        given = self.arguments(binding)
        if given is None:
            return self.opaque(expression, "is an argument that only running the script tells")
        if len(given) == 1:
            return self._alias(binding.name, self.value(*given[0]), expression)
        options: list[str] = []
        for part, scope in given:
            texts = self.texts.options(part, scope)
            if texts is None:
                return self.opaque(expression, "is given in several ways")
            options.extend(texts)
        return self._chosen(expression, options, binding.scope)

    def arguments(self, binding: Binding) -> list[tuple[cst.BaseExpression, Scope]] | None:
        """What every call gives a parameter; `None` where some call is not known, or unpacks its arguments."""
        inner = binding.function
        if (
            inner is None
            or not isinstance(inner.node, cst.FunctionDef)
            or inner.parent is None
            or inner.parent.is_class
        ):
            return None
        function = inner.parent.lookup(inner.node.name.value)
        calls = self.names.calls_of(function) if function is not None else None
        if not calls:
            return None
        parameters = inner.node.params
        plain = [p.name.value for p in (*parameters.posonly_params, *parameters.params)]
        given: list[tuple[cst.BaseExpression, Scope]] = []
        for call in calls:
            if any(argument.star for argument in call.node.args):
                return None
            by_name = {a.keyword.value: a.value for a in call.node.args if a.keyword is not None}
            positional = [a.value for a in call.node.args if a.keyword is None]
            by_name.update(zip(plain, positional, strict=False))
            if binding.name in by_name:
                given.append((by_name[binding.name], call.scope))
            elif binding.value is not None and inner.parent is not None:
                given.append((binding.value, inner.parent))
            else:
                return None
        return given

    def _loop(self, expression: cst.Name, binding: Binding) -> Node:
        """A name that runs over a list of texts which are known."""
        assert binding.value is not None
        values = resolve(self.value(binding.value, binding.scope))
        if isinstance(values, Sequence) and values.style in (LIST, TUPLE) and not self.later.is_mutated(values):
            texts = [resolve(item) for item in values.items]
            if texts and all(isinstance(t, Text) and t.kind == STR and t.options is None for t in texts):
                return self._chosen(expression, [t.value for t in texts if isinstance(t, Text)], binding.scope)
        return self.opaque(expression, "takes values that only running the script tells")

    def _subscript(self, expression: cst.Subscript, scope: Scope) -> Node:
        if self.source.code(expression.value) == "os.environ":
            index = expression.slice[0].slice
            name = self.texts.layout(index.value, scope) if isinstance(index, cst.Index) else None
            if name is not None and name.is_plain:
                return Opaque(Variable(name.value).why, *self.source.span(expression))
        if len(expression.slice) == 1 and isinstance(index := expression.slice[0].slice, cst.Index):
            mapping = resolve(self.value(expression.value, scope))
            key = resolve(self.value(index.value, scope))
            if isinstance(mapping, Mapping) and isinstance(key, Text) and key.kind == STR and key.options is None:
                site = self.sites.get(id(mapping))
                entry = mapping.entry(key.value)
                if entry is not None and site is not None and not self.later.is_mutated(mapping):
                    return self._alias(f"{self.labels.of(expression)}", entry.value, expression)
        return self.opaque(expression, "is computed")

    def _call(self, expression: cst.Call, scope: Scope) -> Node:
        if isinstance(expression.func, cst.Attribute) and expression.func.attr.value == "encode":
            inner = self.value(expression.func.value, scope)
            if isinstance(inner, Opaque):
                return Opaque(inner.why, *self.source.span(expression))
        name = last_name(expression.func)
        arguments = expression.args
        alone = arguments[0].value if len(arguments) == 1 and not arguments[0].star else None
        if alone is not None and arguments[0].keyword is None:
            if name in _COPIES and self._is_foreign(expression.func, scope):
                return self._through(expression, alone, scope)
            if name in _LISTS and isinstance(alone, cst.List | cst.Tuple | cst.ListComp):
                return self.value(alone, scope)
            if name in DICTS and isinstance(alone, cst.Dict | cst.DictComp):
                return self.value(alone, scope)
            if name in DICTS and isinstance(alone, cst.List | cst.Tuple) and are_pairs(alone):
                return self.collections.pairs(expression, alone, scope)
        if name in LOADS and arguments and (found := self.yaml_in(arguments[0].value, scope)):
            return Alias("", found.root, *self.source.span(expression))
        if not arguments and name == "copy" and isinstance(expression.func, cst.Attribute):
            return self._through(expression, expression.func.value, scope)
        if name in DICTS and isinstance(expression.func, cst.Name | cst.Attribute):
            return self.collections.keywords(expression, scope)
        if isinstance(expression.func, cst.Name):
            function = scope.lookup(expression.func.value)
            if function is not None and function.kind is Kind.FUNCTION and function.function is not None:
                returned = self._returned(function.function, function.name)
                if returned is not None:
                    alias = self._alias(f"{function.name}()", returned, expression)
                    return self._fresh(expression, alias, scope)
        return self.opaque(expression, "is computed")

    def _is_foreign(self, function: cst.BaseExpression, scope: Scope) -> bool:
        binding = scope.lookup(function.value) if isinstance(function, cst.Name) else None
        return binding is None or binding.kind is Kind.OTHER

    def _through(self, expression: cst.Call, original: cst.BaseExpression, scope: Scope) -> Node:
        node = self.value(original, scope)
        if isinstance(node, Alias | Opaque):
            return self._fresh(expression, self._alias("", node, expression), scope)
        return node

    def _fresh(self, expression: cst.Call, node: Node, scope: Scope) -> Node:
        """What a call gives: another dict or list than the one that it is like, if something is done to it later."""
        if id(expression) in self.later.changed and isinstance(node, Alias):
            return self.collections.copied(expression, node, scope)
        return node

    def _returned(self, function: Scope, name: str) -> Node | None:
        """What every call of a function gives: the literal that it returns, which gets its name as its anchor."""
        if function.yields or function.decorated or len(function.returns) != 1:
            return None
        node = resolve(self.value(function.returns[0], function))
        site = self.sites.get(id(node))
        if site is not None and node.anchor is None and site.node is function.returns[0]:
            node.anchor = f"{name}()"
        return node

    def yaml_in(self, expression: cst.BaseExpression, scope: Scope) -> Embedded | None:
        """The YAML of a string that is, or a name that certainly means, a part of a config."""
        if isinstance(expression, cst.Name):
            binding = scope.lookup(expression.value)
            if binding is None or binding.kind is not Kind.VALUE or binding.value is None:
                return None
            expression, scope = binding.value, binding.scope
        if isinstance(expression, cst.Call) and isinstance(expression.func, cst.Attribute):
            expression = expression.func.value  # of `"...".format(...)`
        if id(expression) not in self._yaml:
            layout = self.texts.layout(expression, scope)
            found = None
            if layout is not None and may_be_config(layout):
                use = self.uses.of(expression)
                filled = self.texts.filled(expression, use.format, scope) if use.format is not None else layout
                found = embedded_yaml(self.source, expression, filled or layout, use.changed_by)
            self._yaml[id(expression)] = found
            if found is not None:
                self.embedded.append(found)
        return self._yaml[id(expression)]


def _named(scope: Scope) -> str:
    return scope.node.name.value if isinstance(scope.node, cst.FunctionDef | cst.ClassDef) else "lambda"
