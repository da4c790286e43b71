"""The scopes of a Python module: which name means what. A name is certain where its scope binds it exactly once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import libcst as cst


class Kind(Enum):
    VALUE = "value"
    PARAMETER = "parameter"
    LOOP = "loop"
    FUNCTION = "function"
    OTHER = "other"
    """Imported, unpacked, deleted, a class, or declared global: its value is not looked for."""


@dataclass(slots=True, eq=False)
class Binding:
    """`value` is the expression that is bound, the iterable of a loop, or the default of a parameter."""

    kind: Kind
    name: str
    scope: Scope
    value: cst.BaseExpression | None = None
    blocks: tuple[cst.CSTNode, ...] = ()
    function: Scope | None = None
    """The scope that a function definition opens; for a parameter, its own function."""


@dataclass(slots=True, eq=False)
class Scope:
    """A module, a function, a class body, a lambda or a comprehension."""

    node: cst.CSTNode
    parent: Scope | None
    is_class: bool = False
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    returns: list[cst.BaseExpression] = field(default_factory=list)
    yields: bool = False
    decorated: bool = False
    """Something that is not looked at is between a function and its calls."""

    def lookup(self, name: str) -> Binding | None:
        """The one binding of a name as it is seen from here; `None` where there is none, or more than one."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.bindings.get(name)
            if found and (scope is self or not scope.is_class):
                return found[0] if len(found) == 1 else None
            scope = scope.parent
        return None


@dataclass(frozen=True, slots=True)
class Call:
    node: cst.Call
    scope: Scope


DICTS: Final = frozenset({"dict", "OrderedDict", "CommentedMap", "ordereddict"})
"""What builds a dict of what it is called with."""

LOADS: Final = frozenset({"load", "safe_load", "round_trip_load", "full_load", "unsafe_load"})
"""What reads YAML from a string."""


def last_name(node: cst.BaseExpression) -> str:
    """`dump` of `yaml.dump`; empty for what is no name."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""
