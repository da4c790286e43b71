"""Reading a repository by the API, without cloning it, where there are few of them.

It takes some six requests of the thousand that Bitbucket allows an hour. What the API does not show as git has it,
such as links and large files, is left to git: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from migrator.bulk.entry import Entry
from migrator.bulk.generated import File, is_of_interest
from migrator.bulk.host import Read
from migrator.bulk.hosts.bitbucket.api import Api, at
from migrator.bulk.hosts.bitbucket.shapes import BRANCH, SOURCE
from migrator.bulk.outside.asking import complete
from migrator.documents import MAX_BYTES
from migrator.files.names import FOLDER, FOREIGN
from migrator.services.answers import LINE, RefusedError

FEW = 50
"""So many repositories are read by the API: half of what it allows an hour, with a pull request for each."""
_MOST = 300
"""So many entries of a folder are asked for; git tells more of them at once."""
_FILE, _FOLDER = "commit_file", "commit_directory"


class ForGitError(Exception):
    """Something of a repository that git has to read."""


class Reader:
    """Reads one repository after the other, on any number of threads."""

    def __init__(self, api: Api, base_branch: str) -> None:
        self._api, self._base_branch = api, base_branch

    def read(self, entry: Entry) -> Read | None:
        """What is in a repository, or `None` where git has to read it."""
        name = self._base_branch or entry.base_branch
        try:
            base = self._api.get(at(entry, "refs", "branches", name), BRANCH)["target"]["hash"] if name else ""
            if base and entry.result and entry.base == base:
                return Read(entry, base, entry.tree, store=entry.store, is_known=True)
            return self._read(entry, base) if base else None
        except (ForGitError, RefusedError):
            return None  # git says also why one is refused, in the words of every other host.

    def _read(self, entry: Entry, base: str) -> Read:
        place = Committed(self._api, entry, base)
        files = complete(place.files(f"{FOLDER}/") if FOLDER in place.folders else (), place)
        return Read(entry, base, files=tuple(files))


class Committed:
    """What a commit has, as a place to ask."""

    def __init__(self, api: Api, entry: Entry, commit: str) -> None:
        self._api, self._entry, self._commit = api, entry, commit
        self._top = {each["path"]: each for each in self._listed("", 2)}
        self.folders = {path for path, each in self._top.items() if each["type"] == _FOLDER}
        if FOLDER in self._top and FOLDER not in self.folders:
            raise ForGitError  # a link

    def listed(self) -> Collection[str]:
        left_out = (*FOREIGN, FOLDER)
        paths = (path for path, each in self._top.items() if each["type"] == _FILE)
        return {path for path in paths if path.partition("/")[0] not in left_out or "/" not in path}

    def files(self, path: str) -> Iterator[File]:
        if path.endswith("/"):
            top = path.split("/")[0]
            if top in self.folders:
                below = self._listed(path, 20)
                yield from (
                    self._file(each) for each in below if each["type"] == _FILE and is_of_interest(each["path"])
                )
        elif path.count("/") > 1:
            raise ForGitError
        elif (found := self._top.get(path)) is not None and found["type"] == _FILE:
            yield self._file(found)

    def _listed(self, path: str, depth: int) -> Iterator[dict[str, Any]]:
        query = [("max_depth", str(depth)), ("pagelen", "100")]
        for number, each in enumerate(self._api.pages(self._at(path), SOURCE, query)):
            odd = "link" in (each["attributes"] or ()) and (path or each["path"] == FOLDER)
            if number == _MOST or odd or LINE(each["path"], ""):
                raise ForGitError
            yield each

    def _at(self, path: str) -> str:
        return at(self._entry, "src", self._commit, path)

    def _file(self, each: dict[str, Any]) -> File:
        if "link" in (each["attributes"] or ()) or (each["size"] or 0) > MAX_BYTES:
            raise ForGitError
        data = self._api.raw(self._at(each["path"]))
        if len(data) != each["size"]:
            raise ForGitError  # as of what Git LFS keeps elsewhere
        mode = "100755" if "executable" in (each["attributes"] or ()) else "100644"
        return File(each["path"], data, mode)
