"""Writing a value of `migrator.changes` as a Python literal, on one line where it fits, else an entry a line."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import TypeAlias

from migrator.changes import MERGE, Anchored, Plain, Reference, Value, Variable
from migrator.documents.holes import refuse_holes
from migrator.documents.python.reading.strings import written
from migrator.documents.python.style import Hand
from migrator.errors import EditError
from migrator.tree import BOOL, FLOAT, INT, NULL, Node, plain_type

Name: TypeAlias = Callable[[Node], str]
"""How a node that something else defines is written: the name of a constant."""

_WORDS = {"true": "True", "false": "False", "null": "None"}


def on_one_line(value: Value, hand: Hand, name: Name) -> str:
    match value:
        case str():
            refuse_holes(value)
            return written(value, hand.quote)
        case Plain(text):
            return _plain(text)
        case Variable(variable):
            return f"os.environ[{written(variable, hand.quote)}]"
        case Reference(node):
            return name(node)
        case Anchored():
            raise EditError("Python has no anchors: define a constant for it, or set auth-style to inline")
        case list():
            return "[" + ", ".join(on_one_line(item, hand, name) for item in value) + "]"
        case dict():
            return "{" + ", ".join(entry(key, item, hand, name) for key, item in value.items()) + "}"


def entry(key: str, value: Value, hand: Hand, name: Name) -> str:
    """`"key": value` on one line."""
    return _key(key, hand) + on_one_line(value, hand, name)


def fitted(value: Value, hand: Hand, name: Name, pad: str, before: int, behind: int = 1) -> str:
    """The value as it fits behind `before` characters of a line that is indented by `pad`."""
    line = on_one_line(value, hand, name)
    if (
        hand.width is None
        or before + len(line) + behind <= hand.width
        or not isinstance(value, list | dict)
        or not value
    ):
        return line
    inner = pad + hand.step
    if isinstance(value, dict):
        lines = [fitted_entry(key, item, hand, name, inner) for key, item in value.items()]
    else:
        lines = [fitted(item, hand, name, inner, len(inner)) for item in value]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    return hand.newline.join([opened, *(f"{inner}{line}," for line in lines), pad + closed])


def fitted_entry(key: str, value: Value, hand: Hand, name: Name, pad: str) -> str:
    """`"key": value` as it fits on a line of its own that is indented by `pad`."""
    head = _key(key, hand)
    return head + fitted(value, hand, name, pad, len(pad) + len(head))


def _key(key: str, hand: Hand) -> str:
    refuse_holes(key)
    return "**" if key == MERGE else written(key, hand.quote) + ": "


def is_keyword_name(key: str) -> bool:
    """Whether a key can be written as `key=value` in a call."""
    return key.isidentifier() and not keyword.iskeyword(key)


def _plain(text: str) -> str:
    kind = plain_type(text)
    if text in _WORDS:
        return _WORDS[text]
    if kind in (INT, FLOAT) and kind not in (BOOL, NULL):
        try:
            if repr(float(text) if kind == FLOAT else int(text)) == text:
                return text
        except ValueError:
            pass
    raise EditError("a value of this type is not written in a script")
