"""A commit that a host tells about piece by piece, read by the code that reads one in git: links and packed trees are
followed alike, so that a repository has the same plan however it is read."""

from __future__ import annotations

import abc
from pathlib import Path
from typing import NamedTuple

from migrator.bulk.blobs import blob_id
from migrator.bulk.states import RepositoryError
from migrator.bulk.store import Repository
from migrator.services.faults import Fault

FOLDER, MODULE = "40000", "160000"


class Node(NamedTuple):
    """An entry of a folder: its mode as git writes it in trees (`40000`, `100644`, `120000`), its name, its id."""

    mode: str
    name: str
    oid: str


class Remote(Repository, abc.ABC):
    """The commit `commit` of a host. What is known already is put into `folders`, by path, and `blobs`, by id; what is
    not is asked for one by one. No git is run."""

    def __init__(self, commit: str) -> None:
        super().__init__(Path())
        self.commit_id = commit
        self.folders: dict[str, list[Node]] = {}
        self.blobs: dict[str, bytes] = {}
        self._paths: dict[str, tuple[str, bool]] = {}

    @abc.abstractmethod
    def list_folder(self, path: str) -> list[Node] | None:
        """The entries of a folder, the top where the path is empty; `None` where there is no such folder."""

    @abc.abstractmethod
    def load(self, path: str, oid: str) -> bytes:
        """The bytes of a file."""

    def object(self, name: str) -> tuple[str, str, bytes] | None:
        """Id, type and content of what is at `COMMIT:PATH`, or has an id that a folder named before."""
        _, colon, path = name.partition(":")
        if colon:
            folder, _, last = path.rpartition("/")
            if not path:
                return self._tree("", self.commit_id)
            node = next((each for each in self._entries(folder) or () if each.name == last), None)
            if node is None:
                return None
            return self._tree(path, node.oid) if node.mode == FOLDER else self._blob(path, node)
        found = self._paths.get(name)
        if found is None:
            return None
        path, is_folder = found
        return self._tree(path, name) if is_folder else self._blob(path, Node("100644", path, name))

    def _entries(self, path: str) -> list[Node] | None:
        if path not in self.folders:
            found = self.list_folder(path)
            if found is None:
                return None
            self.folders[path] = found
        for each in self.folders[path]:
            self._paths[each.oid] = (f"{path}/{each.name}".lstrip("/"), each.mode == FOLDER)
        return self.folders[path]

    def _tree(self, path: str, oid: str) -> tuple[str, str, bytes] | None:
        """A folder as git stores it, which is how the reader takes it."""
        entries = self._entries(path)
        if entries is None:
            return None
        parts = [f"{each.mode} {each.name}\0".encode("utf-8", "surrogateescape") + _raw(each.oid) for each in entries]
        return oid or "0" * 40, "tree", b"".join(parts)

    def _blob(self, path: str, node: Node) -> tuple[str, str, bytes] | None:
        if node.mode == MODULE:
            return None
        data = self.blobs.get(node.oid)
        if data is None:
            data = self.load(path, node.oid)
            if blob_id(data, len(node.oid)) != node.oid:
                raise RepositoryError(Fault.SERVER, f"{path}: the host returned bytes that differ from {node.oid[:10]}")
            self.blobs[node.oid] = data
        return node.oid, "blob", data


def _raw(oid: str) -> bytes:
    return bytes.fromhex(oid)
