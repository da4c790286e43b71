"""What statements and calls do to a dict or a list that was written before, as data. Nothing is looked up here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import libcst as cst

from migrator.documents.python.reading.scope import Scope


class How(Enum):
    ASSIGN = "assign"
    DEFAULT = "default"
    APPEND = "append"
    EXTEND = "extend"
    UPDATE = "update"
    CHANGE = "change"
    """What is under the last key is another value afterwards."""

    REMOVE = "remove"

    DISTURB = "disturb"
    """Anything in the collection may be another afterwards."""


_ENTRY = frozenset([How.ASSIGN, How.DEFAULT, How.CHANGE, How.REMOVE])


@dataclass(slots=True, eq=False)
class Mutation:
    """What is done later to a dict or a list that `base` means.

    `keys` lead from there to the collection that changes; where one entry is set, the last of them is its key.
    `statement` is the one that does nothing else, if there is one; only then can an edit be made beside it.
    """

    how: How
    base: cst.BaseExpression
    keys: tuple[cst.BaseExpression, ...]
    value: cst.BaseExpression | None
    target: cst.BaseExpression
    scope: Scope
    blocks: tuple[cst.CSTNode, ...]
    """The conditions and loops around it, the outermost first."""

    statement: cst.SimpleStatementLine | None = None

    @property
    def path(self) -> tuple[cst.BaseExpression, ...]:
        """The keys to the collection that changes."""
        return self.keys[:-1] if self.how in _ENTRY else self.keys

    @property
    def key(self) -> cst.BaseExpression | None:
        return self.keys[-1] if self.how in _ENTRY else None


class Effect(NamedTuple):
    how: How
    target: cst.BaseExpression
    key: cst.BaseExpression | None = None
    value: cst.BaseExpression | None = None


def effect_of(call: cst.Call) -> Effect | None:
    """What the call of a method does to what it is a method of, by the methods of `dict` and `list`."""
    if not isinstance(call.func, cst.Attribute):
        return None
    target, method = call.func.value, call.func.attr.value
    plain = [a.value for a in call.args if a.keyword is None and not a.star]
    is_plain = len(plain) == len(call.args)
    match method, plain:
        case ("append", [value]) | ("insert", [_, value]) if is_plain:
            return Effect(How.APPEND, target, None, value)
        case ("extend", [value]) if is_plain:
            return Effect(How.EXTEND, target, None, value)
        case ("update", [value]) if is_plain:
            return Effect(How.UPDATE, target, None, value)
        case ("update", _):
            return Effect(How.UPDATE, target, None, call)
        case ("setdefault", [key, value]) if is_plain:
            return Effect(How.DEFAULT, target, key, value)
        case ("pop" | "__delitem__", [key, *_]):
            return Effect(How.REMOVE, target, key)
        case "__setitem__", [key, _]:
            return Effect(How.CHANGE, target, key)
        case (("pop" | "popitem" | "clear" | "remove" | "sort" | "reverse" | "append" | "insert" | "extend"), _):
            return Effect(How.DISTURB, target)
    return None


def steps_of(target: cst.BaseExpression) -> tuple[cst.BaseExpression, tuple[cst.BaseExpression, ...]] | None:
    """What a subscript such as `jobs["a"]["docker"]` begins with, and its keys; `None` for one with a slice."""
    keys: list[cst.BaseExpression] = []
    while True:
        if isinstance(target, cst.Subscript):
            if len(target.slice) != 1 or not isinstance(target.slice[0].slice, cst.Index):
                return None
            keys.append(target.slice[0].slice.value)
            target = target.value
        elif (
            isinstance(target, cst.Call)
            and isinstance(target.func, cst.Attribute)
            and target.func.attr.value in ("setdefault", "get")
            and target.args
            and not target.args[0].star
        ):
            keys.append(target.args[0].value)
            target = target.func.value
        else:
            return target, tuple(reversed(keys))
