"""The nodes below a node that mean something, and the names that a node binds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import libcst as cst

_SKIPPED: Final = frozenset(
    [
        "lpar",
        "rpar",
        "comma",
        "semicolon",
        "leading_lines",
        "lines_after_decorators",
        "header",
        "footer",
        "trailing_whitespace",
        "equal",
        "lbrace",
        "rbrace",
        "lbracket",
        "rbracket",
        "annotation",
        "returns",
        "type_parameters",
        "type_params",
        "colon",
        "dot",
        "asynchronous",
        "star",
    ]
)


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = kind.__dataclass_fields__
    return tuple(name for name in names if name not in _SKIPPED and not name.startswith(("whitespace", "_")))


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes below one that mean something: no whitespace, commas, brackets and annotations."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, tuple | list):
            for item in value:
                if isinstance(item, cst.CSTNode):
                    yield item


def bound_names(node: cst.CSTNode) -> Iterator[str]:
    """The names that a target, an import or a pattern binds."""
    if isinstance(node, cst.Name):
        yield node.value
    elif isinstance(node, cst.Tuple | cst.List):
        for element in node.elements:
            yield from bound_names(element.value)
    elif isinstance(node, cst.StarredElement):
        yield from bound_names(node.value)
    elif isinstance(node, cst.AsName):
        yield from bound_names(node.name)
    elif isinstance(node, cst.Del):
        yield from bound_names(node.target)
    elif isinstance(node, cst.MatchAs | cst.MatchStar):
        if node.name is not None:
            yield node.name.value
    elif isinstance(node, cst.MatchMapping):
        if node.rest is not None:
            yield node.rest.value
    elif isinstance(node, cst.Import | cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
        for alias in node.names:
            if alias.asname is not None:
                yield from bound_names(alias.asname.name)
            else:
                name: cst.BaseExpression = alias.name
                while isinstance(name, cst.Attribute):
                    name = name.value
                yield from bound_names(name)
