"""What a rule may ask for, as data on nodes. Documents turn a change into edits in the style of its place.

A `Value` is what a change puts into a tree:

- `str`: a text that must read back as that string, quoted where it has to be;
- `list` and `dict`: a sequence and a mapping, in block or flow as the place is written; the key `"<<"` is a merge key;
- `Plain`: a text whose type is what it says (`2.1`, `true`);
- `Variable`: a variable of the environment;
- `Anchored`: a value that defines an anchor;
- `Reference`: an alias of a node that has an anchor.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TypeAlias, Union

from migrator.tree import Alias, Entry, Mapping, Node, Opaque, Sequence, Text

MERGE = "<<"


class _Record:
    """Plain data with equality by class and fields, never written to once it is made.

    Not a dataclass: making these twelve classes would be a fifth of the time that the command takes to start.
    """

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    def __hash__(self) -> int:
        return hash((type(self), id(getattr(self, self.__slots__[0]))))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"


class Plain(_Record):
    __slots__ = __match_args__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __hash__(self) -> int:
        return hash(self.text)


class Reference(_Record):
    __slots__ = __match_args__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node


class Variable(_Record):
    """A variable of the environment: `$NAME` in a config, `os.environ["NAME"]` in a script that runs with it."""

    __slots__ = __match_args__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def why(self) -> str:
        """What is opaque about it in the tree of a script."""
        return f"is the variable {self.name} of the environment"


class Anchored(_Record):
    __slots__ = __match_args__ = ("name", "value")

    def __init__(self, name: str, value: Value) -> None:
        self.name = name
        self.value = value

    def __hash__(self) -> int:
        return hash(self.name)


Value: TypeAlias = Union[str, Plain, Variable, Reference, Anchored, "list[Value]", "dict[str, Value]"]


class SetText(_Record):
    """Give a text other words, in the quotes it has. A string stays a string; a number takes the type of its words."""

    __slots__ = __match_args__ = ("node", "value")

    def __init__(self, node: Text, value: str) -> None:
        self.node = node
        self.value = value


class RenameKey(_Record):
    __slots__ = __match_args__ = ("mapping", "entry", "name")

    def __init__(self, mapping: Mapping, entry: Entry, name: str) -> None:
        self.mapping = mapping
        self.entry = entry
        self.name = name


class AddEntry(_Record):
    """Add `name: value` after the entry `after`, or as the mapping's first entry."""

    __slots__ = __match_args__ = ("mapping", "name", "value", "after")

    def __init__(self, mapping: Mapping, name: str, value: Value, after: Entry | None = None) -> None:
        self.mapping = mapping
        self.name = name
        self.value = value
        self.after = after


class RemoveEntry(_Record):
    """Remove an entry with the lines it fills. The last entry of a mapping leaves an empty mapping."""

    __slots__ = __match_args__ = ("mapping", "entry")

    def __init__(self, mapping: Mapping, entry: Entry) -> None:
        self.mapping = mapping
        self.entry = entry


class AddItem(_Record):
    """Add an item before the one that now has that index; the length of the sequence appends."""

    __slots__ = __match_args__ = ("sequence", "index", "value")

    def __init__(self, sequence: Sequence, index: int, value: Value) -> None:
        self.sequence = sequence
        self.index = index
        self.value = value


class RemoveItem(_Record):
    """Remove an item with the lines it fills. The last item of a sequence leaves an empty sequence."""

    __slots__ = __match_args__ = ("sequence", "item")

    def __init__(self, sequence: Sequence, item: Node) -> None:
        self.sequence = sequence
        self.item = item


class ReplaceValue(_Record):
    """Put another value in the place of a node; an anchor on the node stays on what replaces it."""

    __slots__ = __match_args__ = ("node", "value")

    def __init__(self, node: Node, value: Value) -> None:
        self.node = node
        self.value = value


class WrapAsMapping(_Record):
    """Make a text the one key of a mapping in its place: `- build` becomes `- build:` with the value."""

    __slots__ = __match_args__ = ("node", "value")

    def __init__(self, node: Text, value: Value) -> None:
        self.node = node
        self.value = value


class WrapAsSequence(_Record):
    """Make a node the first item of a sequence in its place, its anchor with it, the values after it."""

    __slots__ = __match_args__ = ("node", "values")

    def __init__(self, node: Node, values: tuple[Value, ...]) -> None:
        self.node = node
        self.values = values


class Reads(_Record):
    """What a fix counts on beside what it changes: `nodes` whose values it repeats, or that others share with it.

    Two fixes of which one changes what the other reads are made one after the other, each found in the text that the
    one before it left; unless both are of one `plan`, which knows of both.
    """

    __slots__ = __match_args__ = ("nodes", "plan")

    def __init__(self, nodes: tuple[Node, ...], plan: object = None) -> None:
        self.nodes = nodes
        self.plan = plan


Change: TypeAlias = (
    SetText | RenameKey | AddEntry | RemoveEntry | AddItem | RemoveItem | ReplaceValue | WrapAsMapping | WrapAsSequence
)


_PLACES = {
    AddEntry: attrgetter("mapping"),
    RemoveEntry: attrgetter("mapping"),
    RenameKey: attrgetter("mapping"),
    AddItem: attrgetter("sequence"),
    RemoveItem: attrgetter("sequence"),
}
_NODE = attrgetter("node")


def place(change: Change) -> Node:
    """The node that a change is about."""
    found: Node = _PLACES.get(type(change), _NODE)(change)
    return found


def value_of(node: Node) -> Value:
    """A node written out: aliases resolved, merge keys kept as references, so that it can stand elsewhere.

    Raises `ValueError` for what cannot be written out: an opaque value, a key that is no text.
    """
    if isinstance(node, Alias):
        return value_of(node.target)
    if isinstance(node, Text):
        return node.value if node.type == "str" else Plain(node.value)
    if isinstance(node, Sequence):
        return [value_of(item) for item in node.items]
    if isinstance(node, Mapping):
        values: dict[str, Value] = {}
        for entry in node.entries:
            if entry.name is None:
                raise ValueError("a key that is no text cannot be written out")
            merged = isinstance(entry.value, Alias) and entry.is_merge
            values[entry.name] = (
                Reference(entry.value.target) if merged and isinstance(entry.value, Alias) else value_of(entry.value)
            )
        return values
    assert isinstance(node, Opaque)
    raise ValueError(node.why)
