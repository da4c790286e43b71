"""Short names of expressions, for messages and for the holes in texts that they fill."""

from __future__ import annotations

import libcst as cst


class Labels:
    """Short names for expressions that hold none of their strings. Two that differ get different ones."""

    def __init__(self) -> None:
        self._codes: dict[str, list[str]] = {}

    def of(self, expression: cst.CSTNode) -> str:
        short = _short(expression)
        if isinstance(expression, cst.Name):
            return short
        codes = self._codes.setdefault(short, [])
        code = cst.Module([]).code_for_node(expression)
        if code not in codes:
            codes.append(code)
        number = codes.index(code)
        return f"{short}#{number + 1}" if number else short


def _short(expression: cst.CSTNode) -> str:
    match expression:
        case cst.Name():
            return expression.value
        case cst.Attribute():
            return f"{_short(expression.value)}.{expression.attr.value}"
        case cst.Call():
            return f"{_short(expression.func)}(...)" if expression.args else f"{_short(expression.func)}()"
        case cst.Subscript():
            return f"{_short(expression.value)}[...]"
        case cst.IfExp():
            return "... if ... else ..."
        case cst.Lambda():
            return "lambda"
    return "..."
