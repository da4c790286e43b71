"""The tree that every rule reads: mappings, sequences and texts, each with its place in the source.

The tree knows no syntax and no CircleCI. A document (YAML, a Python script) builds it and is the only one that
reads `Node.style`. Nothing in a tree is ever written to: changes are described with `migrator.changes`.
"""

# Nodes are asked for their type with `is`: these loops meet every node of a file.
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from migrator.startup.patterns import lazy

STR = "str"
NULL = "null"
BOOL = "bool"
INT = "int"
FLOAT = "float"
TIMESTAMP = "timestamp"

# YAML 1.1 types (https://yaml.org/type/), as SnakeYAML gives them to CircleCI's compiler: `y` and `n` are strings.
_PLAIN_TYPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (NULL, lazy(r"~|null|Null|NULL|")),
    (BOOL, lazy(r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF")),
    (INT, lazy(r"[-+]?(?:0b[01_]+|0[0-7_]*|[1-9][\d_]*(?::[0-5]?\d)*|0x[\da-fA-F_]+)")),
    (
        FLOAT,
        lazy(
            r"[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?|\d[\d_]*[eE][-+]?\d+|\.[\d_]+(?:[eE][-+]?\d+)?"
            r"|\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
        ),
    ),
    (
        TIMESTAMP,
        lazy(r"\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?)?"),
    ),
)
_MAY_NOT_BE_STR = frozenset("~nNyYtTfFoO0123456789+-.")


def plain_type(text: str) -> str:
    """The YAML 1.1 type of an unquoted, untagged text: `str`, `null`, `bool`, `int`, `float` or `timestamp`."""
    if text and text[0] not in _MAY_NOT_BE_STR:
        return STR
    for name, pattern in _PLAIN_TYPES:
        if pattern.fullmatch(text):
            return name
    return STR


class Span(NamedTuple):
    """A half-open range of code points in the source text."""

    start: int
    end: int


class Node:
    """One value of the source.

    `start` and `end` enclose the value itself, `head` is where its anchor or tag begins (`start` where it has
    neither). `style` belongs to the document that read the node. Nodes are equal only to themselves.
    """

    __slots__ = ("anchor", "end", "head", "start", "style", "tag")

    def __init__(self, start: int, end: int, head: int, style: str, anchor: str | None, tag: str | None) -> None:
        self.start = start
        self.end = end
        self.head = head
        self.style = style
        self.anchor = anchor
        self.tag = tag

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Text(Node):
    """A scalar. `kind` is its type where quotes, a tag or the syntax fix it, else `None`: the text decides.

    `options` are all texts that it can be where code chooses among texts that are known, else `None`. What code fills
    in reads `<<{name}>>` in the value, like a template of CircleCI.
    """

    __slots__ = ("kind", "options", "value")

    def __init__(
        self,
        value: str,
        start: int,
        end: int,
        head: int,
        style: str = "",
        anchor: str | None = None,
        tag: str | None = None,
        kind: str | None = None,
    ) -> None:
        self.value = value
        self.kind = kind
        self.options: tuple[str, ...] | None = None
        self.start = start
        self.end = end
        self.head = head
        self.style = style
        self.anchor = anchor
        self.tag = tag

    @property
    def type(self) -> str:
        return self.kind or plain_type(self.value)

    @property
    def is_null(self) -> bool:
        return self.kind is None and self.value in ("", "~", "null", "Null", "NULL")

    def __repr__(self) -> str:
        return f"Text({self.value!r}, {self.start}:{self.end})"


class Entry:
    """A key with its value. Entries are equal only to themselves."""

    __slots__ = ("key", "value")

    def __init__(self, key: Node, value: Node) -> None:
        self.key = key
        self.value = value

    @property
    def name(self) -> str | None:
        """The key's text, or `None` for a key that is no text."""
        return self.key.value if type(self.key) is Text else None

    @property
    def end(self) -> int:
        """Where the entry ends: with its key where there is no value."""
        return max(self.key.end, self.value.end)

    @property
    def is_merge(self) -> bool:
        """A YAML 1.1 merge key: an unquoted `<<`."""
        key = self.key
        return type(key) is Text and key.value == "<<" and key.kind is None

    def __repr__(self) -> str:
        return f"Entry({self.key!r}, {self.value!r})"


class Mapping(Node):
    """Entries in the order of the source; merge keys are entries like any other."""

    __slots__ = ("entries",)

    def __init__(self, start: int, end: int, head: int, style: str, anchor: str | None, tag: str | None) -> None:
        self.start = start
        self.end = end
        self.head = head
        self.style = style
        self.anchor = anchor
        self.tag = tag
        self.entries: list[Entry] = []

    def entry(self, name: str) -> Entry | None:
        """The mapping's own entry of that name; merged entries are for the views of `migrator.circleci`."""
        for entry in self.entries:
            key = entry.key
            if type(key) is Text and key.value == name:
                return entry
        return None

    def get(self, name: str) -> Node | None:
        entry = self.entry(name)
        return entry.value if entry else None

    def __repr__(self) -> str:
        return f"Mapping({self.entries!r})"


class Sequence(Node):
    __slots__ = ("items",)

    def __init__(self, start: int, end: int, head: int, style: str, anchor: str | None, tag: str | None) -> None:
        self.start = start
        self.end = end
        self.head = head
        self.style = style
        self.anchor = anchor
        self.tag = tag
        self.items: list[Node] = []

    def __repr__(self) -> str:
        return f"Sequence({self.items!r})"


class Alias(Node):
    """Stands for `target`, which is the last node before it that defines the anchor `name`."""

    __slots__ = ("name", "target")

    def __init__(self, name: str, target: Node, start: int, end: int) -> None:
        super().__init__(start, end, start, "", None, None)
        self.name = name
        self.target = target

    def __repr__(self) -> str:
        return f"Alias({self.name!r})"


class Opaque(Node):
    """A value that only running something would say. Rules may report it and never edit it."""

    __slots__ = ("why",)

    def __init__(self, why: str, start: int, end: int) -> None:
        super().__init__(start, end, start, "", None, None)
        self.why = why

    def __repr__(self) -> str:
        return f"Opaque({self.why!r})"


Step: TypeAlias = str | int


def resolve(node: Node) -> Node:
    """The node itself, or what an alias stands for."""
    while type(node) is Alias:
        node = node.target
    return node


def walk(root: Node) -> Iterator[Node]:
    """Every node below `root`, keys included, in source order; aliases are not followed."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if type(node) is Mapping:
            for entry in reversed(node.entries):
                waiting.append(entry.value)
                waiting.append(entry.key)
        elif type(node) is Sequence:
            waiting.extend(reversed(node.items))


class Parents:
    """Where each node of one tree is. Built in one walk, on the first question."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._parents: dict[int, tuple[Node, Step, Entry | None]] | None = None

    def _table(self) -> dict[int, tuple[Node, Step, Entry | None]]:
        if self._parents is None:
            table: dict[int, tuple[Node, Step, Entry | None]] = {}
            waiting = [self._root]
            while waiting:
                node = waiting.pop()
                if type(node) is Mapping:
                    for index, entry in enumerate(node.entries):
                        key, value = entry.key, entry.value
                        table[id(key)] = (node, index, entry)
                        if type(key) is Text:
                            table[id(value)] = (node, key.value, entry)
                        else:
                            table[id(value)] = (node, index, entry)
                            waiting.append(key)
                        if type(value) is not Text:
                            waiting.append(value)
                elif type(node) is Sequence:
                    for index, item in enumerate(node.items):
                        table[id(item)] = (node, index, None)
                        if type(item) is not Text:
                            waiting.append(item)
            self._parents = table
        return self._parents

    def parent(self, node: Node) -> Node | None:
        found = self._table().get(id(node))
        return found[0] if found else None

    def entry(self, node: Node) -> Entry | None:
        """The entry whose key or value the node is; `None` for an item of a sequence and for the root."""
        found = self._table().get(id(node))
        return found[2] if found else None

    def index(self, node: Node) -> int:
        """The number of an item in its sequence, from 0."""
        step = self._table()[id(node)][1]
        assert isinstance(step, int)
        return step

    def path(self, node: Node) -> tuple[Step, ...]:
        """Keys and indexes from the root to the node."""
        steps: list[Step] = []
        table = self._table()
        found = table.get(id(node))
        while found:
            steps.append(found[1])
            found = table.get(id(found[0]))
        return tuple(reversed(steps))
