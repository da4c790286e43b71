"""A repository of GitHub that is being read, and what names all that its plan depends on."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence
from typing import Any

from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.host import Read
from migrator.bulk.outside.asking import Asking
from migrator.bulk.states import RepositoryError
from migrator.files.names import FOLDER, RECIPES
from migrator.files.packed import is_packed

_TREE = "tree"


def top_of(node: dict[str, Any]) -> list[dict[str, Any]]:
    return (node["top"] or {}).get("entries") or []


def listed_at(node: dict[str, Any]) -> set[str]:
    """The paths of the files at the top of a repository and in the folders there."""
    found = {each["name"] for each in top_of(node) if each["type"] != _TREE}
    for each in top_of(node):
        below = (each["object"] or {}).get("entries") or () if each["name"] != FOLDER else ()
        found |= {f"{each['name']}/{one['name']}" for one in below if one["type"] != _TREE}
    return found


def tree_of(node: dict[str, Any], *, is_sure: bool) -> str:
    """What names all that a plan depends on: the folder, recipes and packed trees at the top. What links lead to, or
    another file names, may change where these do not: then it ends so that the repository is read each time."""
    packed = {posixpath.dirname(path) for path in listed_at(node) if is_packed([posixpath.basename(path)])}
    beside = sorted(f"{each['name']} {each['oid']}" for each in top_of(node) if each["name"] in {*RECIPES, *packed})
    named = f":{hashlib.sha256(chr(10).join(beside).encode()).hexdigest()[:16]}" if beside else ""
    return f"{(node['folder'] or {}).get('oid', '')}{named}{'' if is_sure else '+'}"


class Begun:
    """A repository that is being read: what it asks for until it has all. `leads`: where links lead."""

    def __init__(self, entry: Entry, node: dict[str, Any], steps: Asking, *, is_sure: bool) -> None:
        self.entry, self._node, self._steps, self.is_sure = entry, node, steps, is_sure
        self.commit: str = node["tip"]["oid"]
        self.asked: list[str] = []
        self.leads: dict[str, str] = {}
        self.error: RepositoryError | None = None
        self._files: list[File] | None = None
        self._packed = {f"{posixpath.dirname(path)}/" for path in listed_at(node) if is_packed([path.split("/")[-1]])}
        self._step(None)

    def take(self, files: Sequence[File]) -> None:
        self._step(files)

    def _step(self, answer: Sequence[File] | None) -> None:
        try:
            self.asked = next(self._steps) if answer is None else self._steps.send(answer)
            self.is_sure = self.is_sure and self._packed.issuperset(self.asked)
        except StopIteration as stop:
            self._files = stop.value

    @property
    def is_done(self) -> bool:
        return self.error is not None or self._files is not None

    def read(self) -> Read:
        if self.error is not None:
            return Read(self.entry, error=self.error)
        return Read(self.entry, self.commit, tree_of(self._node, is_sure=self.is_sure), tuple(self._files or ()))
