"""Dicts and lists of a script, however they are written: in brackets, by `dict(a=1)`, `+`, `|` or unpacking."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.documents.python.reading.nodes import COMPREHENSION, DICT, JOINED, KEYWORDS, LIST, PAIRS, TUPLE, Member
from migrator.documents.python.reading.scope import Scope
from migrator.documents.python.reading.targets import Targets
from migrator.documents.python.reading.values import Values
from migrator.tree import STR, Alias, Entry, Mapping, Node, Opaque, Sequence, Span, Text, resolve


class Collections:
    def __init__(self, values: Values, targets: Targets) -> None:
        self._values = values
        self._targets = targets

    def dict(self, expression: cst.Dict, scope: Scope) -> Mapping:
        start, end = self._values.source.span(expression)
        node = Mapping(start, end, start, DICT, None, None)
        self._values.keep(node, expression, scope)
        self._put(node, expression, scope)
        return node

    def _put(self, node: Mapping, expression: cst.Dict, scope: Scope) -> None:
        site = self._values.sites[id(node)]
        for element in expression.elements:
            place = self._values.source.span(element)
            if isinstance(element, cst.StarredDictElement):
                self.merge(node, element.value, scope, place.start)
            else:
                assert isinstance(element, cst.DictElement)
                key = self._values.key(element.key, scope, node)
                node.entries.append(Entry(key, self._values.child(element.value, scope)))
            site.members.append(Member(*place, expression))

    def merge(self, node: Mapping, expression: cst.BaseExpression, scope: Scope, start: int) -> None:
        """Unpack a dict: a merge key. What it overrides of the entries before it is not known by their literals."""
        value = self._values.child(expression, scope)
        if not isinstance(resolve(value), Mapping | Opaque):
            self._values.disown(value)
            value = self._values.opaque(expression, "contains entries that are known only when the script runs")
        names = {e.name for e in target.entries} if isinstance(target := resolve(value), Mapping) else set()
        for entry in node.entries:
            if entry.name in names and not entry.is_merge:
                self._values.disown(entry.value)
                entry.value = Opaque("is overridden by what is unpacked after it", entry.value.start, entry.value.end)
        node.entries.append(Entry(Text("<<", start, start, start, "merge"), value))

    def list(self, expression: cst.List | cst.Tuple, scope: Scope) -> Sequence:
        start, end = self._values.source.span(expression)
        node = Sequence(start, end, start, LIST if isinstance(expression, cst.List) else TUPLE, None, None)
        self._values.keep(node, expression, scope)
        self.fill(node, expression, scope)
        return node

    def fill(self, node: Sequence, expression: cst.List | cst.Tuple, scope: Scope) -> None:
        site = self._values.sites[id(node)]
        for element in expression.elements:
            if isinstance(element, cst.StarredElement):
                before = len(node.items)
                self.splice(node, element.value, scope)
                member = Member(*self._values.source.span(element), expression)
                site.members[before:] = [member] * (len(node.items) - before)
                continue
            node.items.append(self._values.child(element.value, scope))
            site.members.append(Member(*self._values.source.span(element), expression))

    def splice(self, node: Sequence, expression: cst.BaseExpression, scope: Scope) -> None:
        """The items of another list, as aliases; one `Opaque` where they are not known."""
        value = self._values.of(expression, scope)
        target = resolve(value)
        place = self._values.source.span(expression)
        site = self._values.sites[id(node)]
        if not isinstance(target, Sequence) or id(target) not in self._values.sites or self._targets.reach(target):
            self._values.owned.add(id(value))
            node.items.append(
                self._values.opaque(expression, "contains items that are known only when the script runs")
            )
            site.members.append(Member(*place))
            if isinstance(target, Sequence) and not isinstance(value, Alias):
                self._values.disown(value)
            return
        self._share(node, target, place)

    def is_list(self, expression: cst.BaseExpression, scope: Scope) -> bool:
        """Whether one operand of a chain of `+` is a list."""
        if isinstance(expression, cst.BinaryOperation):
            return self.is_list(expression.left, scope) or self.is_list(expression.right, scope)
        if isinstance(expression, cst.List | cst.Tuple | cst.ListComp):
            return True
        return isinstance(expression, cst.Name | cst.Call) and isinstance(
            resolve(self._values.of(expression, scope)), Sequence
        )

    def joined(self, expression: cst.BinaryOperation, scope: Scope) -> Sequence:
        start, end = self._values.source.span(expression)
        node = Sequence(start, end, start, JOINED, None, None)
        self._values.keep(node, expression, scope)
        for operand in self._operands(expression, cst.Add, node):
            if isinstance(operand, cst.List | cst.Tuple):
                # The brackets are this list's own, however many there are.
                self.fill(node, operand, scope)
                part = self._values.nodes[id(operand)] = node
                assert part is node
            else:
                self.splice(node, operand, scope)
        return node

    def union(self, expression: cst.BinaryOperation, scope: Scope) -> Node:
        if not self._joins_dicts(expression, scope):
            return self._values.opaque(expression, "is computed")
        start, end = self._values.source.span(expression)
        node = Mapping(start, end, start, JOINED, None, None)
        site = self._values.keep(node, expression, scope)
        for operand in self._operands(expression, cst.BitOr, node):
            if isinstance(operand, cst.Dict):
                self._put(node, operand, scope)
                self._values.nodes[id(operand)] = node
                continue
            place = self._values.source.span(operand)
            self.merge(node, operand, scope, place.start)
            site.members.append(Member(*place))
        return node

    def _operands(
        self, expression: cst.BaseExpression, operator: type[cst.BaseBinaryOp], node: Node
    ) -> Iterator[cst.BaseExpression]:
        """The operands of a chain, whose every operation means the node."""
        if isinstance(expression, cst.BinaryOperation) and isinstance(expression.operator, operator):
            self._values.nodes[id(expression)] = node
            yield from self._operands(expression.left, operator, node)
            yield from self._operands(expression.right, operator, node)
        else:
            yield expression

    def _joins_dicts(self, expression: cst.BaseExpression, scope: Scope) -> bool:
        if isinstance(expression, cst.BinaryOperation):
            return self._joins_dicts(expression.left, scope) or self._joins_dicts(expression.right, scope)
        if isinstance(expression, cst.Dict | cst.DictComp):
            return True
        return isinstance(resolve(self._values.of(expression, scope)), Mapping)

    def comprehension(self, expression: cst.ListComp | cst.DictComp) -> Node:
        start, end = self._values.source.span(expression)
        scope = next(each for each in self._values.names.scopes if each.node is expression)
        if isinstance(expression, cst.ListComp):
            items = Sequence(start, end, start, COMPREHENSION, None, None)
            site = self._values.keep(items, expression, scope)
            items.items.append(self._values.child(expression.elt, scope))
            site.members.append(Member(*self._values.source.span(expression.elt)))
            return items
        node = Mapping(start, end, start, COMPREHENSION, None, None)
        site = self._values.keep(node, expression, scope)
        key = self._values.key(expression.key, scope, node)
        node.entries.append(Entry(key, self._values.child(expression.value, scope)))
        place = Span(self._values.source.span(expression.key).start, self._values.source.span(expression.value).end)
        site.members.append(Member(*place))
        return node

    def copied(self, expression: cst.Call, alias: Alias, scope: Scope) -> Node:
        """A dict or a list that begins as another one."""
        target = resolve(alias)
        start, end = alias.span
        if isinstance(target, Mapping):
            copy = Mapping(start, end, start, JOINED, None, None)
            self._values.keep(copy, expression, scope).members.append(Member(start, end))
            copy.entries.append(Entry(Text("<<", start, start, start, "merge"), alias))
            return copy
        source = self._values.sites.get(id(target))
        if not isinstance(target, Sequence) or source is None:
            return alias
        items = Sequence(start, end, start, JOINED, None, None)
        self._values.keep(items, expression, scope)
        self._share(items, target, alias.span)
        return items

    def _share(self, node: Sequence, target: Sequence, place: Span) -> None:
        """The items of a list as aliases in another one."""
        self._values.sites[id(target)].spliced = True
        for item in target.items:
            shared = resolve(item)
            node.items.append(item if isinstance(item, Opaque) else Alias(shared.anchor or "", shared, *place))
            self._values.sites[id(node)].members.append(Member(*place))

    def pairs(self, expression: cst.Call, pairs: cst.List | cst.Tuple, scope: Scope) -> Mapping:
        start, end = self._values.source.span(expression)
        node = Mapping(start, end, start, PAIRS, None, None)
        site = self._values.keep(node, expression, scope)
        for element in pairs.elements:
            assert isinstance(element.value, cst.Tuple | cst.List)
            key, value = (each.value for each in element.value.elements)
            node.entries.append(Entry(self._values.key(key, scope, node), self._values.child(value, scope)))
            site.members.append(Member(*self._values.source.span(element), pairs))
            self._values.nodes[id(element.value)] = node
        self._values.nodes[id(pairs)] = node
        return node

    def keywords(self, expression: cst.Call, scope: Scope) -> Node:
        start, end = self._values.source.span(expression)
        node = Mapping(start, end, start, KEYWORDS, None, None)
        site = self._values.keep(node, expression, scope)
        for argument in expression.args:
            place = self._values.source.span(argument)
            if argument.keyword is not None:
                span = self._values.source.span(argument.keyword)
                key = Text(argument.keyword.value, *span, span.start, "name", kind=STR)
                node.entries.append(Entry(key, self._values.child(argument.value, scope)))
            elif argument.star == "**" or (argument.star == "" and not site.members):
                self.merge(node, argument.value, scope, place.start)
            else:
                return self._values.opaque(expression, "is computed")
            site.members.append(Member(*place, expression))
        return node


def are_pairs(node: cst.List | cst.Tuple) -> bool:
    return all(
        isinstance(element, cst.Element)
        and isinstance(element.value, cst.Tuple | cst.List)
        and len(element.value.elements) == 2
        and all(isinstance(each, cst.Element) for each in element.value.elements)
        for element in node.elements
    )
