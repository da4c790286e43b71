"""Bitbucket Cloud as a host of a campaign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from migrator.bulk.by_git.conflicts import has_conflicts
from migrator.bulk.by_git.host import GitHost
from migrator.bulk.contents import keep_blobs
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.git import Login, Url
from migrator.bulk.host import Discovered, Job, Kind, OnHost, Read, Request, Terms
from migrator.bulk.hosts.bitbucket import listing, requests
from migrator.bulk.hosts.bitbucket.api import Api, at
from migrator.bulk.hosts.bitbucket.credentials import CLOUD, credentials_of, git_root
from migrator.bulk.hosts.bitbucket.pushing import Author, Pusher
from migrator.bulk.hosts.bitbucket.reading import FEW, Reader
from migrator.bulk.hosts.bitbucket.shapes import REPOSITORY
from migrator.bulk.hosts.with_api import WithApi
from migrator.bulk.states import RepositoryError
from migrator.bulk.world import World
from migrator.services.answers import RefusedError
from migrator.services.budget import HOUR
from migrator.services.faults import Fault


class Host(WithApi[Api], GitHost):
    """Bitbucket, with the token of the user: its repositories by git, its pull requests by the API."""

    def __init__(self, kind: Kind, world: World) -> None:
        super().__init__(kind, world)
        self._root = git_root(self.api_url or CLOUD)
        self._login: Login | None = None
        self._author = Author()
        self._listed, self._is_told = 0, False

    def open_api(self) -> Api:
        url, token = self.token()
        found = credentials_of(token)
        self._login = found.login
        return Api(url, found, self.budget, timeout=self.world.timeout)

    def url_of(self, entry: Entry) -> Url:
        """By its name, below what the API's URL says: a ledger may have come from elsewhere."""
        assert self.api  # which knows the login
        return Url(f"{self._root}/{entry.name}.git", self._login)

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        found = self._read_by_api(entries) if 0 < self._listed <= FEW else []
        found += super().read([entry for entry in entries if entry.id not in {read.entry.id for read in found}])
        for read in found:
            if read.error is not None and read.error.fault is Fault.FORBIDDEN:
                # Of a rejected token the API says so, which ends the run; git's refusal may be of this one alone.
                with suppress(RefusedError):
                    self.api.get(at(read.entry), REPOSITORY)
        return found

    def _read_by_api(self, entries: Sequence[Entry]) -> list[Read]:
        """What the API can read of those that no store has; the others are left out."""
        reader = Reader(self.api, self.world.base_branch)
        return [read for entry in entries if not entry.store and (read := reader.read(entry)) is not None]

    def keep(self, files: Sequence[File]) -> None:
        """What the API read is kept; what git read is in the stores as well."""
        if self._listed <= FEW:
            keep_blobs(files, self.world)

    def discover(self, place: str) -> Iterator[Discovered]:
        for each in listing.discover(place, self.api, self._root):
            self._listed += not each.skip
            yield each

    def ready(self) -> None:
        super().ready()
        if self._listed and not self._is_told:
            self._is_told = True
            how = "by its API" if self._listed <= FEW else "by git, as its API allows 1,000 requests an hour"
            self.budget.tell(f"{self.kind.title}: repositories are read {how} ({self._listed} listed)")

    def push(self, job: Job, terms: Terms) -> OnHost:
        return self._pusher(job.entry, terms).push(job, self.url_of(job.entry))

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        return self._pusher(entry, terms).close_one(entry, self.url_of(entry))

    def _pusher(self, entry: Entry, terms: Terms) -> Pusher:
        return Pusher(self, self.api, terms, self.pusher(entry, terms), self._author)

    def follow(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
        return requests.follow(self.api, entries, self._has_conflicts)

    def between_looks(self, requests: int) -> float:
        """So that looking uses half of what is allowed."""
        return 2 * requests * HOUR / (self.budget.per_hour / 2) if self.budget.per_hour else 0.0

    def _has_conflicts(self, entry: Entry) -> bool:
        what = f"refs/heads/{self.world.base_branch}" if self.world.base_branch else "HEAD"
        store = self.world.stores.take()
        try:
            return has_conflicts(store, self.url_of(entry), entry, what)
        except RepositoryError:
            return False  # Bitbucket itself says it where a merge is tried.
        finally:
            self.world.stores.give_back(store)

    def make_ready(self, entry: Entry) -> OnHost:
        return requests.make_ready(self.api, entry)

    def merge(self, entry: Entry, method: str) -> OnHost:
        return requests.merge(self.api, entry, method)
