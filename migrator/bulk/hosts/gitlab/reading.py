"""Reading projects: many a query by GraphQL as long as this GitLab takes that, and by REST whatever is missing then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from migrator.bulk.blobs import blob_id
from migrator.bulk.entry import Entry
from migrator.bulk.generated import is_of_interest
from migrator.bulk.host import Read
from migrator.bulk.hosts.gitlab.api import Api, project, segment
from migrator.bulk.hosts.gitlab.errors import NoGraphqlError
from migrator.bulk.hosts.gitlab.queries import TIPS, Query, Wanted, contents_query, global_id, number_of
from migrator.bulk.hosts.gitlab.remote import Project
from migrator.bulk.hosts.gitlab.shapes import BRANCH, PROJECT
from migrator.bulk.states import RepositoryError
from migrator.files.names import FOLDER, FOREIGN, RECIPES
from migrator.services.faults import Fault
from migrator.services.halving import by_halves

_TREE, _LINK = "40000", "120000"
_PATHS, _FOLDERS = 40, 15
"""So many of one project are asked for in one query."""


class Reader:
    """Reads the `.circleci` folders of many projects."""

    def __init__(self, api: Api, base_branch: str) -> None:
        self._api, self._base = api, base_branch

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        begun = self._tips(entries)
        known = {
            entry.id: Read(entry, entry.base, entry.tree, is_known=True)
            for entry in entries
            if entry.id in begun and entry.result and entry.base == begun[entry.id].commit_id
        }
        fresh = [entry for entry in entries if entry.id not in known]
        self._contents([(entry, begun[entry.id]) for entry in fresh if entry.id in begun])
        return [*known.values(), *(self._one(entry, begun.get(entry.id)) for entry in fresh)]

    def _one(self, entry: Entry, remote: Project | None) -> Read:
        try:
            remote = remote or Project(self._api, entry.host_id, self._tip(entry))
            if entry.result and entry.base == remote.commit_id:
                return Read(entry, entry.base, entry.tree, is_known=True)
            tree, files = remote.files(remote.commit_id)
            return Read(entry, remote.commit_id, tree, tuple(files))
        except RepositoryError as error:
            return Read(entry, error=error)

    def _tip(self, entry: Entry) -> str:
        """The commit of the branch that is to be changed."""
        branch = self._base or entry.base_branch
        found = self._api.find(project(entry.host_id, f"/repository/branches/{segment(branch)}"), BRANCH)
        if found is None:
            node = self._api.find(project(entry.host_id), PROJECT)
            if node is None:
                raise RepositoryError(Fault.NOT_FOUND, "is gone, or the token has no access to it")
            branch = self._base or node["default_branch"] or ""
            path = project(entry.host_id, f"/repository/branches/{segment(branch)}")
            found = self._api.find(path, BRANCH) if branch else None
        if found is None:
            raise RepositoryError(Fault.NO_BRANCH, f"has no branch {branch}" if branch else "has no default branch")
        return str(found["commit"]["id"])

    # -- by GraphQL

    def _tips(self, entries: Sequence[Entry]) -> dict[int, Project]:
        """The commits of projects with what their tops and their `.circleci` have, as far as GraphQL tells them."""
        by_id = {entry.host_id: entry for entry in entries}
        found: dict[int, Project] = {}

        def ask(some: Sequence[str]) -> dict[str, Any] | None:
            given = {"ids": [global_id(each) for each in some], "many": len(some), "ref": self._base or None}
            return self._ask(TIPS, given, 60 * (1 + len(some) / 100))

        for _, data in by_halves(list(by_id), ask):
            if isinstance(data, RepositoryError) or data is None:
                continue
            for node in _nodes(data["projects"]):
                entry, repository = by_id.get(number_of(node["id"])), node["repository"]
                top = repository and repository["top"]
                if entry is None or not top or not top["lastCommit"]:
                    continue
                remote = Project(self._api, entry.host_id, top["lastCommit"]["sha"])
                remote.take_listing("", top)
                if any(each.name == FOLDER and each.mode == _TREE for each in remote.folders.get("", ())):
                    remote.take_listing(FOLDER, repository["folder"])
                found[entry.id] = remote
        return found

    def _ask(self, query: Query, given: dict[str, Any], estimate: float) -> dict[str, Any] | None:
        try:
            return self._api.query(query, given, estimate)
        except NoGraphqlError:
            return None

    def _contents(self, begun: Sequence[tuple[Entry, Project]]) -> None:
        """Get what all of them need of files and folders."""
        remotes = {entry.host_id: remote for entry, remote in begun}
        waiting = [each for entry, remote in begun for each in _wanted(entry.host_id, remote)]
        while waiting:
            some = [waiting.pop()]
            while waiting and sum(each.points for each in (*some, waiting[-1])) <= self._api.points:
                some.append(waiting.pop())
            for asked, data in by_halves(some, self._ask_contents):
                if isinstance(data, RepositoryError) or data is None:
                    continue
                for number, each in enumerate(asked):
                    for node in _nodes(data[f"r{number}"]):
                        if node["repository"] and node["id"] == global_id(each.id):
                            _take(remotes[each.id], each, node["repository"])

    def _ask_contents(self, some: Sequence[Wanted]) -> dict[str, Any] | None:
        given: dict[str, Any] = {}
        for number, each in enumerate(some):
            given |= {f"i{number}": [global_id(each.id)], f"c{number}": each.commit, f"p{number}": list(each.paths)}
            given |= {f"t{number}_{place}": folder for place, folder in enumerate(each.folders)}
        return self._ask(contents_query(some), given, sum(each.points for each in some))


def _nodes(connection: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    yield from (node for node in (connection or {}).get("nodes") or () if node)


def _wanted(host_id: str, remote: Project) -> Iterator[Wanted]:
    """The files of a project that its plan will ask for, and the folders at its top, whose files are listed."""
    top = remote.folders.get("", ())
    links = [each.name for each in top if each.mode == _LINK and each.name in (FOLDER, *RECIPES)]
    paths = links + [each.name for each in top if each.mode.startswith("100") and each.name in RECIPES]
    for folder, nodes in remote.folders.items():
        if folder.split("/")[0] == FOLDER:
            for each in nodes:
                path = f"{folder}/{each.name}"
                if each.mode == _LINK or (each.mode.startswith("100") and is_of_interest(path)):
                    paths.append(path)
    folders = [each.name for each in top if each.mode == _TREE and each.name not in (*FOREIGN, FOLDER)]
    while paths or folders:
        yield Wanted(host_id, remote.commit_id, tuple(paths[:_PATHS]), tuple(folders[:_FOLDERS]))
        del paths[:_PATHS], folders[:_FOLDERS]


def _take(remote: Project, each: Wanted, repository: dict[str, Any]) -> None:
    """Take in contents: only those that are what their id says, for GraphQL has texts and not bytes."""
    for blob in _nodes(repository["blobs"]):
        data = (blob["rawTextBlob"] or "").encode("utf-8", "surrogatepass")
        if blob_id(data, len(blob["oid"])) == blob["oid"]:
            remote.blobs[blob["oid"]] = data
    for place, folder in enumerate(each.folders):
        remote.take_listing(folder, repository[f"t{place}"])
