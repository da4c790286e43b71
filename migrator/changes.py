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

from migrator.startup.records import record
from migrator.tree import Alias, Entry, Mapping, Node, Opaque, Sequence, Text

MERGE = "<<"


def _hash(self: object) -> int:
    """By the class and the first field, a node or a text: a value may be a list, which has no hash."""
    first: object = getattr(self, type(self).__match_args__[0])  # type: ignore[attr-defined]
    return hash((type(self), first))


@record
class Plain:
    text: str


@record
class Reference:
    node: Node


@record
class Variable:
    """A variable of the environment: `$NAME` in a config, `os.environ["NAME"]` in a script that runs with it."""

    name: str

    @property
    def why(self) -> str:
        """What is opaque about it in the tree of a script."""
        return f"is the variable {self.name} of the environment"


@record
class Anchored:
    name: str
    value: Value

    __hash__ = _hash


Value: TypeAlias = Union[str, Plain, Variable, Reference, Anchored, "list[Value]", "dict[str, Value]"]


@record
class SetText:
    """Give a text other words, in the quotes it has. A string stays a string; a number takes the type of its words."""

    node: Text
    value: str


@record
class RenameKey:
    mapping: Mapping
    entry: Entry
    name: str


@record
class AddEntry:
    """Add `name: value` after the entry `after`, or as the mapping's first entry."""

    mapping: Mapping
    name: str
    value: Value
    after: Entry | None = None

    __hash__ = _hash


@record
class RemoveEntry:
    """Remove an entry with the lines it fills. The last entry of a mapping leaves an empty mapping."""

    mapping: Mapping
    entry: Entry


@record
class AddItem:
    """Add an item before the one that now has that index; the length of the sequence appends."""

    sequence: Sequence
    index: int
    value: Value

    __hash__ = _hash


@record
class RemoveItem:
    """Remove an item with the lines it fills. The last item of a sequence leaves an empty sequence."""

    sequence: Sequence
    item: Node


@record
class ReplaceValue:
    """Put another value in the place of a node; an anchor on the node stays on what replaces it."""

    node: Node
    value: Value

    __hash__ = _hash


@record
class WrapAsMapping:
    """Make a text the one key of a mapping in its place: `- build` becomes `- build:` with the value."""

    node: Text
    value: Value

    __hash__ = _hash


@record
class WrapAsSequence:
    """Make a node the first item of a sequence in its place, its anchor with it, the values after it."""

    node: Node
    values: tuple[Value, ...]

    __hash__ = _hash


@record
class Reads:
    """What a fix counts on beside what it changes: `nodes` whose values it repeats, or that others share with it.

    Two fixes of which one changes what the other reads are made one after the other, each found in the text that the
    one before it left; unless both are of one `plan`, which knows of both.
    """

    nodes: tuple[Node, ...]
    plan: object = None

    __hash__ = _hash


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
    """A node written out: aliases resolved, merge keys kept as references, so that it can be put elsewhere.

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
