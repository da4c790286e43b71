"""A project at one commit, read by REST where GraphQL has not told already."""

from __future__ import annotations

import base64
import binascii
import posixpath
from typing import Any

from migrator.bulk.hosts.gitlab.api import Api, project, segment
from migrator.bulk.hosts.gitlab.shapes import ENTRY, FILE
from migrator.bulk.hosts.remote import Node, Remote
from migrator.bulk.states import RepositoryError
from migrator.files.names import FOLDER
from migrator.services.answers import RefusedError
from migrator.services.faults import Fault

_TREE = "40000"


class Project(Remote):
    """The commit of a project, by its number on the host."""

    def __init__(self, api: Api, host_id: str, commit: str) -> None:
        super().__init__(commit)
        self._api, self._id = api, host_id

    def list_folder(self, path: str) -> list[Node] | None:
        asked = {"ref": self.commit_id, "pagination": "keyset", **({"path": path} if path else {})}
        try:
            entries = list(self._api.pages(project(self._id, "/repository/tree"), ENTRY, **asked))
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise
        return [Node(entry["mode"].lstrip("0"), entry["name"], entry["id"]) for entry in entries]

    def load(self, path: str, oid: str) -> bytes:
        found = self._api.rest("GET", project(self._id, f"/repository/files/{segment(path)}"), FILE, ref=self.commit_id)
        return content_of(found, path)

    def take_listing(self, top: str, listing: dict[str, Any] | None) -> None:
        """Take in what GraphQL lists of a folder, and of those below it where it was asked for all. What was cut short
        is left to be listed page by page."""
        if listing is None or any(listing[kind]["pageInfo"]["hasNextPage"] for kind in ("trees", "blobs")):
            return
        entries = [(each["path"], _TREE, each["sha"]) for each in listing["trees"]["nodes"] or () if each]
        entries += [
            (each["path"], each["mode"].lstrip("0"), each["sha"]) for each in listing["blobs"]["nodes"] or () if each
        ]
        found: dict[str, list[Node]] = {top: []}
        for path, mode, _ in entries:
            if mode == _TREE and top == FOLDER:
                found.setdefault(path, [])
        for path, mode, oid in entries:
            folder, name = posixpath.split(path)
            if folder not in found:
                return  # Not what was asked for.
            found[folder].append(Node(mode, name, oid))
        self.folders.update(found)


def content_of(found: dict[str, Any], path: str) -> bytes:
    """The bytes of a file as `repository/files` answers it."""
    try:
        return base64.b64decode(found["content"], validate=found["encoding"] == "base64")
    except (binascii.Error, ValueError):
        raise RepositoryError(Fault.SERVER, f"{path}: GitLab returned no base64") from None
