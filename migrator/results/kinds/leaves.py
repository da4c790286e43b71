"""The leaves of a config's tree, each with whose it is and where, so that equal things written differently are equal.

A job in one line and one in ten, a context as a text and as a list, an alias of credentials and the credentials
themselves have the same leaves. Names that somebody made up are beside the path of a leaf, not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from migrator.circleci.images import AUTH_KEYS
from migrator.tree import Alias, Entry, Mapping, Node, Sequence, Text, resolve

_STEPS: Final = ("steps", "pre-steps", "post-steps")
_OWNERS: Final = {"jobs": "job", "executors": "executor", "commands": "command"}
_GROUPS: Final = ("workflows", "job-groups")
_FOLLOWED: Final = (*AUTH_KEYS, "context", "run", "command")
_SMALL: Final = 12
_SHORT: Final = 2000
"""An alias is read as what it stands for where that is small: work would grow with what is written out."""


class Leaf(NamedTuple):
    """One value. `subject` is what it belongs to (`image`, `invocation`, `step`, ...) and `label` that thing's name;
    `path` leads from there to it. `owner` is the kind and the name of the definition around it.

    `start` and `end` are its place in the text. One without a path and a value is the key of a collection only.
    """

    start: int
    end: int
    subject: str
    label: str
    path: tuple[str, ...]
    value: str
    owner: tuple[str, str] = ("", "")

    @property
    def concrete(self) -> tuple[str, str, tuple[str, ...], str]:
        """What makes it the same before and after."""
        return self.subject, self.label, self.path, self.value


class _Where(NamedTuple):
    """The place that a node is met at. `key` is the last key above it, `at` the place of an alias that led there."""

    subject: str = "config"
    label: str = ""
    path: tuple[str, ...] = ()
    owner: tuple[str, str] = ("", "")
    key: str = ""
    at: tuple[int, int] | None = None

    def below(self, key: str) -> _Where:
        return self._replace(path=(*self.path, key), key=key)


_KEY: Final = "key"
"""The subject of a leaf that only says that a line has a key."""


def leaves_of(root: Node) -> Iterator[Leaf]:
    """Every leaf of a tree, in the order of the source; aliases of large values are leaves."""
    waiting: list[tuple[Node, _Where]] = [(root, _Where())]
    while waiting:
        node, where = waiting.pop()
        if type(node) is Alias:
            if where.key in _FOLLOWED and _is_small(node.target):
                waiting.append((node.target, where._replace(at=(node.start, node.end))))
            else:
                yield _leaf(node, where, f"*{node.name}")
        elif type(node) is Mapping:
            if not node.entries and (where.subject, where.path) != ("invocation", ()):
                yield _leaf(node, where, "{}")
            yield from _entries(node, where, waiting)
        elif type(node) is Sequence:
            if not node.items:
                yield _leaf(node, where, "[]")
            waiting += [(item, where) for item in reversed(node.items)]
        else:
            yield _leaf(node, where, node.value if type(node) is Text else "")


def is_key(leaf: Leaf) -> bool:
    """Whether it only says that a line has a key."""
    return leaf.subject == _KEY


def _entries(node: Mapping, where: _Where, waiting: list[tuple[Node, _Where]]) -> Iterator[Leaf]:
    if _is_image(node, where):
        where = where._replace(subject="image", label=_image(node), path=())
    elif where.subject == "config" and any(name == "run" or "/" in name for name in _names(node)):
        where = where._replace(subject="step", label="", path=())  # an anchor that steps are aliases of
    more: list[tuple[Node, _Where]] = []
    for entry in node.entries:
        name = entry.name
        if name is None:
            more.append((entry.value, where.below("?")))
            continue
        if type(entry.value) in (Mapping, Sequence, Alias):
            at = where.at or (entry.key.start, entry.key.end)
            yield Leaf(*at, _KEY, "", (), "")
        more += _below(entry, name, where)
    waiting += reversed(more)


def _below(entry: Entry, name: str, where: _Where) -> Iterator[tuple[Node, _Where]]:
    """Where the value of an entry is met, or the items of its list."""
    value = entry.value
    inside = where.below(name)
    if name == "context" and where.subject in ("invocation", "config"):
        yield value, inside._replace(subject="invocation", path=("context[]",))
    elif type(value) is Sequence and value.items:
        if name == "docker" and where.subject != "step":
            yield from ((item, _of_image(item, inside)) for item in value.items)
        elif name in _STEPS:
            yield from ((item, inside._replace(subject="step", label="", path=())) for item in value.items)
        elif name == "jobs" and where.subject != "step":
            for item in value.items:
                yield from _invocation(item, inside)
        else:
            yield value, where._replace(path=(*where.path, f"{name}[]"), key=name)
    elif name == "environment":
        parent = where.subject if where.subject in ("image", "step", "invocation") else where.owner[0] or "job"
        yield value, inside._replace(subject="environment", label=parent, path=())
    elif type(value) is Mapping and where.subject == "config":
        yield from _of_section(value, name, inside)
    elif name == "run" and where.subject == "step" and type(resolve(value)) is Text:
        yield value, inside.below("command")
    else:
        yield value, inside


def _of_section(value: Mapping, name: str, inside: _Where) -> Iterator[tuple[Node, _Where]]:
    if name in _OWNERS:
        for entry in value.entries:
            owner = _OWNERS[name], entry.name or ""
            yield entry.value, inside._replace(subject=owner[0], label=owner[1], path=(), owner=owner)
    elif name in _GROUPS:
        for entry in value.entries:
            yield entry.value, inside._replace(subject="workflow", label=entry.name or "", path=())
    elif name == "orbs":
        for entry in value.entries:
            is_inline = type(entry.value) is Mapping
            yield (
                entry.value,
                _Where() if is_inline else inside._replace(subject="orb", label=entry.name or "", path=()),
            )
    else:
        yield value, inside


def _invocation(item: Node, inside: _Where) -> Iterator[tuple[Node, _Where]]:
    """`- build`, `- build:` and `- build: {...}` begin with the same leaf."""
    where = inside._replace(subject="invocation", path=(), label="")
    if type(item) is Text:
        yield item, where._replace(label=item.value)
    elif type(item) is Mapping and len(item.entries) == 1 and item.entries[0].name is not None:
        key, value = item.entries[0].key, item.entries[0].value
        where = where._replace(label=item.entries[0].name)
        yield key, where
        if type(value) is Alias:
            yield value, where.below("<<")
        elif type(value) is not Text:
            yield value, where
    else:
        yield item, where


def _of_image(item: Node, inside: _Where) -> _Where:
    """An alias as an item is what a mapping that merges it is."""
    where = inside._replace(subject="image", path=())
    return where._replace(label=item.name, path=("<<",)) if type(item) is Alias else where


def _is_image(node: Mapping, where: _Where) -> bool:
    if where.subject == "image":
        return not where.path
    return where.subject in ("config", "job", "executor") and where.key != "machine" and node.entry("image") is not None


def _image(node: Mapping) -> str:
    for entry in node.entries:
        if entry.name == "image":
            value = resolve(entry.value)
            return value.value if isinstance(value, Text) else ""
    merged = next((entry.value for entry in node.entries if entry.is_merge), None)
    return merged.name if isinstance(merged, Alias) else ""


def _names(node: Mapping) -> list[str]:
    return [entry.name or "" for entry in node.entries[:_SMALL]]


def _is_small(node: Node) -> bool:
    if isinstance(node, Mapping):
        nodes = [entry.value for entry in node.entries[: _SMALL + 1]]
    else:
        nodes = node.items[: _SMALL + 1] if isinstance(node, Sequence) else [node]
    return len(nodes) <= _SMALL and all(type(each) is Text and len(each.value) <= _SHORT for each in nodes)


def _leaf(node: Node, where: _Where, value: str) -> Leaf:
    start, end = where.at or (node.start, max(node.end, node.start + 1))
    return Leaf(start, end, where.subject, where.label, where.path, value, where.owner)
