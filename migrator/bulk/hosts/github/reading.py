"""Listing and reading by GraphQL, many repositories a query, without a clone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from migrator.bulk.blobs import blob_id
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File, wanted
from migrator.bulk.host import Discovered, Read
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.halving import by_halves
from migrator.bulk.hosts.github.queries import ONE, OWNED, TIPS, TREE, Query, read_query
from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError
from migrator.files.links import led_to
from migrator.files.names import FOLDER
from migrator.services.faults import Fault

_LINK, _MOST_LINKS = 0o120000, 8
_EXECUTABLE, _TREE, _FILES = 0o100755, "tree", (0o100644, 0o100755, 0o100664)


def discover(place: str, api: Api) -> Iterator[Discovered]:
    """All repositories of an owner, page by page, or one."""
    owner, _, name = place.partition("/")
    if name:
        found = api.query(ONE, {"owner": owner, "name": name}).get("repository")
        if found is None:
            raise UsageError(f"--source github:{place}: no such repository, or the token has no access to it")
        yield _listed(found)
        return
    after, seen = None, set()
    while True:
        listing = api.query(OWNED, {"owner": owner, "after": after}).get("repositoryOwner")
        if listing is None:
            raise UsageError(f"--source github:{place}: no such user or organisation, or the token has no access to it")
        page = listing["repositories"]
        yield from (_listed(node) for node in page["nodes"] if node)
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]
        if after is None or after in seen:
            raise RepositoryError(
                Fault.SERVER,
                f"--source github:{place}: GitHub lists the same page again and again; what was listed is kept",
            )
        seen.add(after)


def _listed(node: dict[str, Any]) -> Discovered:
    reasons = (
        ("isArchived", "is archived"),
        ("isDisabled", "is disabled"),
        ("isFork", "is a fork"),
        ("isEmpty", "is empty"),
    )
    skip = next((reason for name, reason in reasons if node[name]), "")
    branch = node["defaultBranchRef"]
    error = None
    if not skip and branch is None:
        error = RepositoryError(Fault.NO_BRANCH, "has no default branch")
    topics = tuple(each["topic"]["name"] for each in node["repositoryTopics"]["nodes"])
    return Discovered(
        node["nameWithOwner"], node["url"], skip, error, node["id"], node["visibility"] == "PUBLIC",
        base_branch=branch["name"] if branch else "", topics=topics,
    )  # fmt: skip


class Reader:
    """Reads the `.circleci` folders of many repositories with one query."""

    def __init__(self, api: Api, base_branch: str) -> None:
        self._api = api
        self._commit = f"refs/heads/{base_branch}" if base_branch else "HEAD"

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        try:
            known = self._known([entry for entry in entries if entry.result])
        except RepositoryError:
            known = {}  # One of them breaks the query: all are read, to find out which.
        fresh = [entry for entry in entries if entry.id not in known]
        return [*known.values(), *self._fresh(fresh)]

    def _known(self, entries: Sequence[Entry]) -> dict[int, Read]:
        """Those whose folder is the one that was planned."""
        if not entries:
            return {}
        nodes, _ = self._ask(TIPS, entries)
        found = {}
        for entry in entries:
            node = nodes.get(entry.host_id)
            if node and node["tip"] and entry.tree == (node["folder"] or {}).get("oid", ""):
                found[entry.id] = Read(entry, entry.base, entry.tree, is_known=True)
        return found

    def _ask(
        self, query: Query, entries: Sequence[Entry]
    ) -> tuple[dict[str, dict[str, Any]], dict[str, RepositoryError]]:
        """What is known of each, by its id on the host, and of others why nothing is."""
        data, refused = self._api.query_many(
            query,
            {"ids": [e.host_id for e in entries], "commit": self._commit, "folder": f"{self._commit}:{FOLDER}"},
        )
        asked = [entry.host_id for entry in entries]
        why = {("nodes", str(place)): number for place, number in enumerate(asked)}
        nodes = {node["id"]: node for node in data["nodes"] if node}
        return nodes, {why[path]: error for path, error in refused.items() if path in why}

    def _fresh(self, entries: Sequence[Entry]) -> list[Read]:
        found = []
        for some, answer in by_halves(entries, lambda some: self._ask(read_query(), some)):
            if isinstance(answer, RepositoryError):
                found += [Read(entry, error=answer) for entry in some]
                continue
            nodes, refused = answer
            for entry in some:
                error = refused.get(entry.host_id)
                found.append(Read(entry, error=error) if error else self._one(entry, nodes.get(entry.host_id)))
        return found

    def _one(self, entry: Entry, node: dict[str, Any] | None) -> Read:
        if node is None:
            return Read(entry, error=RepositoryError(Fault.NOT_FOUND, "is gone, or the token has no access to it"))
        if node["tip"] is None:
            return Read(entry, error=RepositoryError(Fault.NO_BRANCH, "has no default branch"))
        folder = node["folder"]
        try:
            links: dict[str, str] = {}
            files = list(self._files(entry, FOLDER, folder, links)) if folder else []
            known = {file.path for file in files}
            if links:
                files += [each for each in self._linked(entry, node["tip"]["oid"], links) if each.path not in known]
        except RepositoryError as error:
            return Read(entry, error=error)
        # What links lead to may change where the folder does not: then it is read each time.
        tree = (folder["oid"] if folder else "") + ("+" if links else "")
        return Read(entry, node["tip"]["oid"], tree, tuple(files))

    def _files(self, entry: Entry, folder: str, tree: dict[str, Any], links: dict[str, str]) -> Iterator[File]:
        """The files of a folder and those below it; what its links hold is put into `links`."""
        for each in tree.get("entries") or ():
            path = f"{folder}/{each['name']}"
            if each["type"] == _TREE:
                below = each["object"]
                if below and below.get("entries") is not None:
                    yield from self._files(entry, path, below, links)
                else:
                    yield from self._deep(entry, path, each["oid"])
            elif each["mode"] in _FILES and wanted(path):
                yield self._file(entry, path, each["mode"], each["oid"], each["object"] or {})
            elif each["mode"] == _LINK:
                links[path] = (each["object"] or {}).get("text") or ""

    def _linked(self, entry: Entry, commit: str, links: dict[str, str]) -> Iterator[File]:
        """What links within the repository lead to, by its own path; of a folder all that is in it."""
        tree = self._api.rest("GET", f"/repos/{entry.name}/git/trees/{commit}", TREE, recursive="1")["tree"]
        at = {each["path"]: each for each in tree}
        found: dict[str, File] = {}
        for named, target in links.items():
            real = led_to(named, target)
            for _ in range(_MOST_LINKS):
                if real not in at or int(at[real]["mode"], 8) != _LINK:
                    break
                blob = self._api.raw(f"/repos/{entry.name}/git/blobs/{at[real]['sha']}")
                real = led_to(real, blob.decode("utf-8", "surrogateescape"))
            for path, each in at.items() if real in at else ():
                name = named + path.removeprefix(real)
                if (path == real or path.startswith(f"{real}/")) and each["type"] == "blob" and path not in found:
                    mode = int(each["mode"], 8)
                    if mode in _FILES and wanted(name):
                        found[path] = self._file(entry, path, mode, each["sha"], {})
        yield from found.values()

    def _file(self, entry: Entry, path: str, mode: int, oid: str, blob: dict[str, Any]) -> File:
        text = blob.get("text")
        data = b"" if text is None else text.encode("utf-8", "surrogatepass")
        # What GraphQL gives is text: cut short, without a byte order mark, or with what it could not decode replaced.
        if text is None or blob.get("isTruncated") or blob.get("isBinary") or blob_id(data) != oid:
            data = self._api.raw(f"/repos/{entry.name}/git/blobs/{oid}")
            if blob_id(data) != oid:
                raise RepositoryError(Fault.SERVER, f"{path}: GitHub returned bytes that differ from blob {oid[:10]}")
        return File(path, data, "100755" if mode == _EXECUTABLE else "100644")

    def _deep(self, entry: Entry, folder: str, oid: str) -> Iterator[File]:
        tree = self._api.rest("GET", f"/repos/{entry.name}/git/trees/{oid}", TREE, recursive="1")
        for each in tree["tree"]:
            path = f"{folder}/{each['path']}"
            if each["type"] == "blob" and int(each["mode"], 8) in _FILES and wanted(path):
                yield self._file(entry, path, int(each["mode"], 8), each["sha"], {})
