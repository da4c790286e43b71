"""String expressions as pieces: literals, f-strings, `+`, `.format`, `%` and `join`."""

from __future__ import annotations

import libcst as cst

from migrator.documents.python.reading.scope import Scope, last_name
from migrator.documents.python.reading.strings import Hole, Layout, Words, read_words, words_between
from migrator.documents.python.reading.values import Values
from migrator.startup.patterns import lazy
from migrator.tree import STR, Opaque, Text, resolve

_FIELD = lazy(r"\{\{|\}\}|\{([^{}!:]*)(?:![rsa])?(?::[^{}]*)?\}")
_PERCENT = lazy(r"%%|%(?:\((\w+)\))?[sd]")
_MAX_PIECES = 200


class Texts:
    def __init__(self, values: Values) -> None:
        self._values = values
        self._source = values.source

    def layout(self, expression: cst.BaseExpression, scope: Scope) -> Layout | None:
        """The pieces of a string expression; `None` for what is no string for certain."""
        pieces = self._pieces(expression, scope)
        return Layout(pieces) if pieces is not None and len(pieces) <= _MAX_PIECES else None

    def options(self, expression: cst.BaseExpression, scope: Scope) -> tuple[str, ...] | None:
        """Every text that an expression can be, where that is known."""
        node = resolve(self._values.of(expression, scope))
        if isinstance(node, Text) and node.kind == STR:
            site = self._values.sites.get(id(node))
            if node.options is not None:
                return node.options
            if site is not None and site.layout is not None and site.layout.texts() is not None:
                return (node.value,)
        return None

    def _pieces(self, expression: cst.BaseExpression, scope: Scope) -> list[Words | Hole] | None:
        match expression:
            case cst.SimpleString():
                if "b" in expression.prefix.lower():
                    return None
                return [read_words(self._source.text, *self._source.span(expression))]
            case cst.ConcatenatedString():
                left, right = self._pieces(expression.left, scope), self._pieces(expression.right, scope)
                return [*left, *right] if left is not None and right is not None else None
            case cst.FormattedString():
                return self._formatted(expression, scope)
            case cst.BinaryOperation(operator=cst.Add()):
                return self._added(expression, scope)
            case cst.BinaryOperation(operator=cst.Modulo()):
                return self._percent(expression, scope)
            case cst.Call():
                return self._called(expression, scope)
        return None

    def _hole(self, expression: cst.BaseExpression, scope: Scope, *, bare: bool = True) -> Hole:
        texts = self.options(expression, scope) if bare else None
        if texts is None and bare:
            node = resolve(self._values.of(expression, scope))
            if isinstance(node, Text) and node.kind is None and node.style == "word" and not node.is_null:
                texts = (node.value,)
        label = self._values.labels.of(expression)
        return Hole(label, *self._source.span(expression), texts or ())

    def _formatted(self, expression: cst.FormattedString, scope: Scope) -> list[Words | Hole]:
        source = self._source
        quote, raw = expression.quote, "r" in expression.prefix.lower()
        start = source.span(expression).start + len(expression.start)
        pieces: list[Words | Hole] = []
        for part in expression.parts:
            place = source.span(part)
            if isinstance(part, cst.FormattedStringText):
                pieces.append(words_between(source.text, *place, quote=quote, raw=raw, formatted=True))
            else:
                assert isinstance(part, cst.FormattedStringExpression)
                if not pieces:  # so that words can be put before the hole
                    pieces.append(Words("", [start], quote, raw, True))
                bare = part.format_spec is None and part.conversion is None and part.equal is None
                hole = self._hole(part.expression, scope, bare=bare)
                pieces.append(Hole(hole.name, *place, hole.texts))
        return pieces or [Words("", [start], quote, raw, True)]

    def _added(self, expression: cst.BinaryOperation, scope: Scope) -> list[Words | Hole] | None:
        """`+` where one operand at least is a string for certain; the others are holes."""
        pieces: list[Words | Hole] = []
        certain = False
        for operand in (expression.left, expression.right):
            found = self._pieces(operand, scope)
            if found is None:
                node = resolve(self._values.of(operand, scope))
                certain = certain or (isinstance(node, Text) and node.kind == STR)
                if not isinstance(node, Text | Opaque):
                    return None
                found = [self._hole(operand, scope)]
            else:
                certain = True
            pieces += found
        return pieces if certain else None

    def _called(self, expression: cst.Call, scope: Scope) -> list[Words | Hole] | None:
        if not isinstance(expression.func, cst.Attribute):
            if last_name(expression.func) == "str" and len(expression.args) == 1 and not expression.args[0].star:
                hole = self._hole(expression.args[0].value, scope)
                return [hole] if hole.texts else None
            return None
        method = expression.func.attr.value
        if method not in ("format", "join"):
            return None
        base = self._pieces(expression.func.value, scope)
        if base is None or len(base) != 1 or not isinstance(base[0], Words):
            return None
        return (
            self._filled(base[0], expression, scope) if method == "format" else self._join(base[0], expression, scope)
        )

    def filled(self, expression: cst.BaseExpression, call: cst.Call, scope: Scope) -> Layout | None:
        """The pieces of a string that a call of `format` somewhere else fills in."""
        if not isinstance(expression, cst.SimpleString):
            return None
        pieces = self._filled(read_words(self._source.text, *self._source.span(expression)), call, scope)
        return Layout(pieces) if pieces is not None and len(pieces) <= _MAX_PIECES else None

    def _filled(self, words: Words, expression: cst.Call, scope: Scope) -> list[Words | Hole] | None:
        if any(argument.star for argument in expression.args):
            return None
        positional = [a.value for a in expression.args if a.keyword is None]
        named = {a.keyword.value: a.value for a in expression.args if a.keyword is not None}
        pieces: list[Words | Hole] = []
        place = count = 0
        value, places = "", [words.places[0]]
        for found in _FIELD.finditer(words.value):
            value += words.value[place : found.start()]
            places[-1:] = words.places[place : found.start() + 1]
            place = found.end()
            if found.group() in ("{{", "}}"):
                value += found.group()[0]
                places.append(words.places[place])
                continue
            name = found.group(1)
            given = positional[count] if name == "" and count < len(positional) else named.get(name)
            if name.isdigit() and int(name) < len(positional):
                given = positional[int(name)]
            count += name == ""
            pieces.append(Words(value, places, words.quote, words.raw, True))
            if given is None:
                pieces.append(Hole(name or "...", words.places[found.start()], words.places[place]))
            else:
                bare = found.group() in ("{}", f"{{{name}}}")
                hole = self._hole(given, scope, bare=bare)
                pieces.append(Hole(hole.name, words.places[found.start()], words.places[place], hole.texts))
            value, places = "", [words.places[place]]
        value += words.value[place:]
        places[-1:] = words.places[place:]
        return [*pieces, Words(value, places, words.quote, words.raw, True)]

    def _percent(self, expression: cst.BinaryOperation, scope: Scope) -> list[Words | Hole] | None:
        base = self._pieces(expression.left, scope)
        if base is None or len(base) != 1 or not isinstance(base[0], Words):
            return None
        words = base[0]
        right = expression.right
        given = [e.value for e in right.elements] if isinstance(right, cst.Tuple) else [right]
        fields = [m for m in _PERCENT.finditer(words.value) if m.group() != "%%"]
        if "%%" in words.value or words.value.count("%") != len(fields) or not fields:
            return None
        named = isinstance(right, cst.Dict)
        if not named and len(given) != len(fields):
            return None
        pieces: list[Words | Hole] = []
        place = 0
        for index, found in enumerate(fields):
            start, end = found.span()
            pieces.append(_part(words, place, start))
            span = words.places[start], words.places[end]
            if named or found.group(1):
                pieces.append(Hole(found.group(1) or "...", *span))
            else:
                hole = self._hole(given[index], scope)
                pieces.append(Hole(hole.name, *span, hole.texts))
            place = end
        return [*pieces, _part(words, place, len(words.value))]

    def _join(self, words: Words, expression: cst.Call, scope: Scope) -> list[Words | Hole] | None:
        items = expression.args[0].value if len(expression.args) == 1 else None
        if not isinstance(items, cst.List | cst.Tuple) or any(
            isinstance(e, cst.StarredElement) for e in items.elements
        ):
            return None
        pieces: list[Words | Hole] = []
        for index, element in enumerate(items.elements):
            if index:
                pieces.append(Hole("separator", words.places[0], words.places[-1], (words.value,)))
            pieces += self._pieces(element.value, scope) or [self._hole(element.value, scope)]
        return pieces


def _part(words: Words, start: int, end: int) -> Words:
    return Words(words.value[start:end], words.places[start : end + 1], words.quote, words.raw, words.formatted)
