"""Which node each expression of a script has, where it is written, and which nodes another one holds already.

What reads the several kinds of expressions shares this: they ask each other for nodes through it, and put theirs here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import libcst as cst

from migrator.documents.python.reading.embedded import Embedded
from migrator.documents.python.reading.labels import Labels
from migrator.documents.python.reading.names import Names
from migrator.documents.python.reading.nodes import CHOICE, Site
from migrator.documents.python.reading.scope import Scope
from migrator.documents.python.reading.source import PythonSource
from migrator.documents.python.reading.strings import Layout
from migrator.tree import STR, Alias, Mapping, Node, Opaque, Span, Text, resolve


class Values:
    """`evaluate` makes the node of an expression that has none yet; it is called once for each."""

    def __init__(
        self, source: PythonSource, names: Names, evaluate: Callable[[cst.BaseExpression, Scope], Node]
    ) -> None:
        self.source = source
        self.names = names
        self.labels = Labels()
        self.sites: dict[int, Site] = {}
        """Where each node is written, by its id."""

        self.nodes: dict[int, Node] = {}
        """The nodes, by the ids of their expressions."""

        self.embedded: list[Embedded] = []
        self.owned: set[int] = set()
        """Nodes that another one holds."""

        self.kept: list[Node] = []
        """Nodes that are written as literals, and what else the tree is to have."""

        self._evaluate = evaluate
        self._busy: set[int] = set()

    def of(self, expression: cst.BaseExpression, scope: Scope) -> Node:
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
            self.kept.append(node)
        return node

    def hang(self, node: Node, expression: cst.BaseExpression) -> None:
        """Let the tree have a node that no other holds."""
        self.nodes[id(expression)] = node
        self.kept.append(node)

    def keep(self, node: Node, expression: cst.BaseExpression, scope: Scope, layout: Layout | None = None) -> Site:
        """Note where a node is written."""
        site = self.sites[id(node)] = Site(expression, scope, layout)
        return site

    def mappings(self) -> list[Mapping]:
        """Every dict of the script."""
        return [node for node in self.kept if isinstance(node, Mapping)]

    def child(self, expression: cst.BaseExpression, scope: Scope) -> Node:
        """The node of an expression as a part of another one."""
        node = self.of(expression, scope)
        return self._own(node, self.source.span(expression))

    def _own(self, node: Node, span: Span) -> Node:
        """The node as a part of another one: an alias of it where it is a part of something already."""
        if isinstance(node, Alias | Opaque):
            return node
        if id(node) in self.owned or self.is_yaml(node):
            return Alias(node.anchor or "", node, *span)
        self.owned.add(id(node))
        return node

    def disown(self, node: Node) -> None:
        self.owned.discard(id(node))

    def key(self, expression: cst.BaseExpression, scope: Scope, mapping: Mapping) -> Node:
        """A key of a dict; one that is computed reads `<<{name}>>`, and no two of a dict read alike."""
        key = self.child(expression, scope)
        if isinstance(key, Opaque):
            key = self.chosen(expression, (), scope)
            key.options = None
        name = resolve(key)
        if not isinstance(name, Text) or "<<{" not in name.value or mapping.entry(name.value) is None:
            return key
        self.disown(key)
        again = self.chosen(expression, name.options or (), scope)
        again.options = name.options
        number = sum(each.name is not None and "<<{" in each.name for each in mapping.entries)
        again.value = name.value.replace("}>>", f"#{number + 1}}}>>", 1)
        return again

    def chosen(self, expression: cst.BaseExpression, options: Iterable[str], scope: Scope) -> Text:
        """A text that code chooses among several, or always the same one that is in several places."""
        start, end = self.source.span(expression)
        node = Text(f"<<{{{self.labels.of(expression)}}}>>", start, end, start, CHOICE, kind=STR)
        node.options = tuple(dict.fromkeys(options))
        self.keep(node, expression, scope)
        return node

    def opaque(self, expression: cst.BaseExpression, why: str) -> Opaque:
        """What only a run would say."""
        return Opaque(f"`{self.labels.of(expression)}` {why}", *self.source.span(expression))

    def is_yaml(self, node: Node) -> bool:
        """Whether a node is in YAML in a string."""
        return any(id(node) in each.nodes for each in self.embedded)
