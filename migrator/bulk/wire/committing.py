"""The objects of a commit that changes files which are there: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from migrator.bulk.wire.talking import OddError

Look = Callable[[str], tuple[str, str, bytes] | None]
"""Id, kind and content of an object by its name."""
_LENGTH = 20


class Made(NamedTuple):
    """A commit, and all that it needs beside what its parent has."""

    commit: str
    objects: tuple[tuple[str, bytes], ...]


def changed(look: Look, base: str, head: bytes, files: Mapping[str, tuple[str, bytes]]) -> Made:
    """A commit on top of `base` with other files, each a mode and its content; `head` is what follows its parent.

    `OddError` where one of them is not there, or a folder is too large to be read whole.
    """
    objects: list[tuple[str, bytes]] = []
    tree = _tree(look, f"{base}^{{tree}}", {tuple(path.split("/")): file for path, file in files.items()}, objects)
    commit = b"tree %s\nparent %s\n%s" % (tree.encode(), base.encode(), head)
    objects.append(("commit", commit))
    return Made(object_id("commit", commit), tuple(objects))


def object_id(kind: str, data: bytes) -> str:
    """The id of an object whose ids have 40 digits."""
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


def _tree(
    look: Look, name: str, files: Mapping[tuple[str, ...], tuple[str, bytes]], objects: list[tuple[str, bytes]]
) -> str:
    found = look(name)
    if found is None or found[1] != "tree" or object_id("tree", found[2]) != found[0]:
        raise OddError
    tree, parts, place, left = found[2], [], 0, {path[0] for path in files}
    while place < len(tree):
        end = tree.index(b"\0", place) + 1
        mode, _, word = tree[place : end - 1].partition(b" ")
        oid = tree[end : end + _LENGTH]
        place = end + _LENGTH
        if (entry := word.decode("utf-8", "surrogateescape")) in left:
            left.discard(entry)
            mode, oid = _entry(look, mode, oid, entry, files, objects)
        parts.append(b"%s %s\0%s" % (mode, word, oid))
    if left:
        raise OddError
    made = b"".join(parts)
    objects.append(("tree", made))
    return object_id("tree", made)


def _entry(
    look: Look, mode: bytes, oid: bytes, name: str, files: Mapping[tuple[str, ...], tuple[str, bytes]],
    objects: list[tuple[str, bytes]],
) -> tuple[bytes, bytes]:  # fmt: skip
    below = {path[1:]: file for path, file in files.items() if path[0] == name and len(path) > 1}
    if below:
        if mode != b"40000" or (name,) in files:
            raise OddError
        return mode, bytes.fromhex(_tree(look, oid.hex(), below, objects))
    wished, data = files[name,]
    if not mode.startswith(b"100"):
        raise OddError
    objects.append(("blob", data))
    return wished.encode(), bytes.fromhex(object_id("blob", data))
