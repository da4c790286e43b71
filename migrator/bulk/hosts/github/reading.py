"""Listing and reading by GraphQL, many repositories a query, without a clone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from migrator.bulk.blobs import blob_id
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File, is_of_interest
from migrator.bulk.host import Discovered, Read
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.outside import Begun, listed_at, top_of, tree_of
from migrator.bulk.hosts.github.queries import INSTALLED, ONE, OWNED, TIPS, TREE, Query, paths_query, read_query
from migrator.bulk.outside.asking import asking
from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError
from migrator.files.links import MOST_LINKS, led_to
from migrator.files.names import FOLDER, RECIPES
from migrator.services.faults import Fault
from migrator.services.halving import by_halves

_LINK = 0o120000
_EXECUTABLE, _TREE, _FILES = 0o100755, "tree", (0o100644, 0o100755, 0o100664)


def discover(place: str, api: Api) -> Iterator[Discovered]:
    """All repositories of an owner, page by page, or one."""
    owner, _, name = place.partition("/")
    allowed = installed(api)
    if name:
        found = api.query(ONE, {"owner": owner, "name": name}).get("repository")
        if found is None:
            raise UsageError(f"--source github:{place}: no such repository, or the token has no access to it")
        yield _listed(found, allowed)
        return
    after, seen = None, set()
    while True:
        listing = api.query(OWNED, {"owner": owner, "after": after}).get("repositoryOwner")
        if listing is None:
            raise UsageError(f"--source github:{place}: no such user or organisation, or the token has no access to it")
        page = listing["repositories"]
        yield from (_listed(node, allowed) for node in page["nodes"] if node)
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]
        if after is None or after in seen:
            raise RepositoryError(
                Fault.SERVER,
                f"--source github:{place}: GitHub lists the same page again and again; what was listed is kept",
            )
        seen.add(after)


def installed(api: Api) -> frozenset[str] | None:
    """The repositories that the token of a GitHub App may write to, `None` for any other token
    (https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation)."""
    if not api.is_app:
        return None
    found: set[str] = set()
    for page in itertools.count(1):
        listed = api.rest("GET", "/installation/repositories", INSTALLED, per_page="100", page=str(page))
        before = len(found)
        found.update(each["full_name"] for each in listed["repositories"])
        if len(found) >= listed["total_count"] or len(found) == before:
            break
    return frozenset(found)


def _listed(node: dict[str, Any], allowed: frozenset[str] | None) -> Discovered:
    reasons = (
        ("isArchived", "is archived"),
        ("isDisabled", "is disabled"),
        ("isFork", "is a fork"),
        ("isEmpty", "is empty"),
    )
    skip = next((reason for name, reason in reasons if node[name]), "")
    if not skip and allowed is not None and node["nameWithOwner"] not in allowed:
        skip = "the GitHub App is not installed on it"
    branch = node["defaultBranchRef"]
    error = None
    if not skip and branch is None:
        error = RepositoryError(Fault.NO_BRANCH, "has no default branch")
    topics = tuple(each["topic"]["name"] for each in node["repositoryTopics"]["nodes"])
    return Discovered(
        node["nameWithOwner"], node["url"], skip, error, node["id"], node["visibility"] == "PUBLIC",
        base_branch=branch["name"] if branch else "", topics=topics,
    )  # fmt: skip


_AT_ONCE = 50
"""So many paths are asked for in one query."""


class Reader:
    """Reads the `.circleci` folders of many repositories with one query."""

    def __init__(self, api: Api, base_branch: str) -> None:
        self._api = api
        self._commit = f"refs/heads/{base_branch}" if base_branch else "HEAD"
        self._names: dict[int, str] = {}
        """What each is called now: REST redirects former names
        (https://docs.github.com/repositories/creating-and-managing-repositories/renaming-a-repository)."""

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        try:
            known = self._known([entry for entry in entries if entry.result])
        except RepositoryError:
            known = {}  # One of them breaks the query: all are read, to find out which.
        fresh = [entry for entry in entries if entry.id not in known]
        return [*known.values(), *self._fresh(fresh)]

    def _known(self, entries: Sequence[Entry]) -> dict[int, Read]:
        """Those that have, where a plan looks, what was planned."""
        if not entries:
            return {}
        nodes, _ = self._ask(TIPS, entries)
        found = {}
        for entry in entries:
            node = nodes.get(entry.host_id)
            if node and node["tip"] and entry.tree == tree_of(node, is_sure=True):
                found[entry.id] = Read(entry, entry.base, entry.tree, is_known=True)
        return found

    def _ask(
        self, query: Query, entries: Sequence[Entry]
    ) -> tuple[dict[str, dict[str, Any]], dict[str, RepositoryError]]:
        """What is known of each, by its id on the host, and of others why nothing is."""
        data, refused = self._api.query_many(
            query,
            {
                "ids": [e.host_id for e in entries],
                "commit": self._commit,
                "folder": f"{self._commit}:{FOLDER}",
                "top": f"{self._commit}:",
                **{f"r{number}": f"{self._commit}:{name}" for number, name in enumerate(RECIPES) if query is not TIPS},
            },
        )
        asked = [entry.host_id for entry in entries]
        why = {("nodes", str(place)): number for place, number in enumerate(asked)}
        nodes = {node["id"]: node for node in data["nodes"] if node}
        return nodes, {why[path]: error for path, error in refused.items() if path in why}

    def _fresh(self, entries: Sequence[Entry]) -> list[Read]:
        found: list[Read] = []
        for some, answer in by_halves(entries, lambda some: self._ask(read_query(len(RECIPES)), some)):
            if isinstance(answer, RepositoryError):
                found += [Read(entry, error=answer) for entry in some]
                continue
            nodes, refused = answer
            waiting = []
            for entry in some:
                try:
                    if error := refused.get(entry.host_id):
                        raise error
                    waiting.append(self._begun(entry, nodes.get(entry.host_id)))
                except RepositoryError as error:
                    found.append(Read(entry, error=error))
            found += self._outside(waiting)
        return found

    def _at(self, entry: Entry) -> str:
        return f"/repos/{self._names.get(entry.id, entry.name)}"

    def _begun(self, entry: Entry, node: dict[str, Any] | None) -> Begun:
        """A repository with what is in its `.circleci`."""
        if node is None:
            raise RepositoryError(Fault.NOT_FOUND, "is gone, or the token has no access to it")
        if node["tip"] is None:
            raise RepositoryError(Fault.NO_BRANCH, "has no default branch")
        self._names[entry.id] = node["nameWithOwner"]
        links: dict[str, str] = {}
        folder, modes = node["folder"], {each["name"]: each["mode"] for each in top_of(node)}
        files = list(self._files(entry, FOLDER, folder, links)) if folder else []
        if folder and modes.get(FOLDER) == _LINK:
            links[FOLDER] = folder["text"] or ""
        files += self._linked_beside(entry, node["tip"]["oid"], links, files)
        recipes = {name: node[f"r{number}"] for number, name in enumerate(RECIPES)}
        for name, blob in recipes.items():
            if blob and modes.get(name) in _FILES:
                files.append(self._file(entry, name, modes[name], blob["oid"], blob)._replace(is_beside=True))
        begun = Begun(entry, node, asking(files, listed_at(node)), is_sure=not links)
        begun.leads = {name: led_to(name, (recipes[name] or {}).get("text") or "") for name in recipes}
        begun.leads = {name: real for name, real in begun.leads.items() if modes.get(name) == _LINK}
        return begun

    def _outside(self, waiting: list[Begun]) -> list[Read]:
        """Answer what repositories ask for, each time that of all of them together."""
        found: list[Read] = []
        while True:
            found += [each.read() for each in waiting if each.is_done]
            waiting = [each for each in waiting if not each.is_done]
            if not waiting:
                return found
            pairs = [(each, path) for each in waiting for path in each.asked]
            answers: dict[int, list[File]] = {id(each): [] for each in waiting}
            for place in range(0, len(pairs), _AT_ONCE):
                for some, nodes in by_halves(pairs[place : place + _AT_ONCE], self._ask_paths):
                    for number, (each, path) in enumerate(some):
                        try:
                            if isinstance(nodes, RepositoryError):
                                raise nodes
                            answers[id(each)] += self._answered(each, path, nodes[number])
                        except RepositoryError as error:
                            each.error = error
            for each in waiting:
                each.take(answers[id(each)])

    def _ask_paths(self, pairs: Sequence[tuple[Begun, str]]) -> list[dict[str, Any] | None]:
        """The object at each path."""
        given = {f"i{number}": each.entry.host_id for number, (each, _) in enumerate(pairs)}
        for number, (each, path) in enumerate(pairs):
            given[f"e{number}"] = f"{each.commit}:{each.leads.get(path, path).rstrip('/')}"
        data, refused = self._api.query_many(paths_query(len(pairs)), given)
        if refused:
            raise next(iter(refused.values()))
        return [(data[f"n{number}"] or {}).get("object") for number in range(len(pairs))]

    def _answered(self, of: Begun, path: str, node: dict[str, Any] | None) -> Iterator[File]:
        if node is None or (node["entries"] is None) == path.endswith("/"):
            return
        if not path.endswith("/"):
            yield self._file(of.entry, path, _FILES[0], node["oid"], node)
            return
        links: dict[str, str] = {}
        files = list(self._files(of.entry, path.rstrip("/"), node, links))
        of.is_sure = of.is_sure and not links
        yield from files
        yield from self._linked_beside(of.entry, of.commit, links, files)

    def _linked_beside(self, entry: Entry, commit: str, links: dict[str, str], files: Sequence[File]) -> Iterator[File]:
        """What links lead to, but for what was read already."""
        known = {file.path for file in files}
        if links:
            yield from (each for each in self._linked(entry, commit, links) if each.path not in known)

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
            elif each["mode"] in _FILES and is_of_interest(path):
                yield self._file(entry, path, each["mode"], each["oid"], each["object"] or {})
            elif each["mode"] == _LINK:
                links[path] = (each["object"] or {}).get("text") or ""

    def _linked(self, entry: Entry, commit: str, links: dict[str, str]) -> Iterator[File]:
        """What links within the repository lead to, by its own path; of a folder all that is in it."""
        tree = self._api.rest("GET", f"{self._at(entry)}/git/trees/{commit}", TREE, recursive="1")["tree"]
        at = {each["path"]: each for each in tree}
        found: dict[str, File] = {}
        for named, target in links.items():
            real = led_to(named, target)
            for _ in range(MOST_LINKS):
                if real not in at or int(at[real]["mode"], 8) != _LINK:
                    break
                blob = self._api.raw(f"{self._at(entry)}/git/blobs/{at[real]['sha']}")
                real = led_to(real, blob.decode("utf-8", "surrogateescape"))
            for path, each in at.items() if real in at else ():
                name = named + path.removeprefix(real)
                if (path == real or path.startswith(f"{real}/")) and each["type"] == "blob" and path not in found:
                    mode = int(each["mode"], 8)
                    if mode in _FILES and is_of_interest(name):
                        found[path] = self._file(entry, path, mode, each["sha"], {})
        yield from found.values()

    def _file(self, entry: Entry, path: str, mode: int, oid: str, blob: dict[str, Any]) -> File:
        text = blob.get("text")
        data = b"" if text is None else text.encode("utf-8", "surrogatepass")
        # What GraphQL gives is text: cut short, without a byte order mark, or with what it could not decode replaced.
        if text is None or blob.get("isTruncated") or blob.get("isBinary") or blob_id(data) != oid:
            data = self._api.raw(f"{self._at(entry)}/git/blobs/{oid}")
            if blob_id(data) != oid:
                raise RepositoryError(Fault.SERVER, f"{path}: GitHub returned bytes that differ from blob {oid[:10]}")
        return File(path, data, "100755" if mode == _EXECUTABLE else "100644")

    def _deep(self, entry: Entry, folder: str, oid: str) -> Iterator[File]:
        tree = self._api.rest("GET", f"{self._at(entry)}/git/trees/{oid}", TREE, recursive="1")
        for each in tree["tree"]:
            path = f"{folder}/{each['path']}"
            if each["type"] == "blob" and int(each["mode"], 8) in _FILES and is_of_interest(path):
                yield self._file(entry, path, int(each["mode"], 8), each["sha"], {})
