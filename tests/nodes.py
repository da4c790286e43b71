"""A node of a tree by its path of keys and numbers, seen through aliases; a test fails where there is none."""

from __future__ import annotations

from migrator.tree import Entry, Mapping, Node, Sequence, Text, resolve


def at(node: Node, *path: str | int) -> Node:
    for step in path:
        node = resolve(node)
        if isinstance(step, int):
            assert isinstance(node, Sequence)
            node = node.items[step]
        else:
            assert isinstance(node, Mapping)
            found = node.get(step)
            assert found is not None, step
            node = found
    return node


def mapping(node: Node, *path: str | int) -> Mapping:
    found = at(node, *path)
    assert isinstance(found, Mapping)
    return found


def sequence(node: Node, *path: str | int) -> Sequence:
    found = at(node, *path)
    assert isinstance(found, Sequence)
    return found


def text(node: Node, *path: str | int) -> Text:
    found = at(node, *path)
    assert isinstance(found, Text)
    return found


def entry(node: Mapping, name: str) -> Entry:
    found = node.entry(name)
    assert found is not None
    return found
