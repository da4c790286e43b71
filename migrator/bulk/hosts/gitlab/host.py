"""GitLab as a host of a campaign."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from migrator.bulk.entry import Entry
from migrator.bulk.host import Discovered, Job, Kind, OnHost, Read, Request, Terms
from migrator.bulk.host import Host as Protocol
from migrator.bulk.hosts.gitlab import following, listing, merging
from migrator.bulk.hosts.gitlab.api import Api
from migrator.bulk.hosts.gitlab.pushing import Pusher
from migrator.bulk.hosts.gitlab.reading import Reader
from migrator.bulk.states import RepositoryError
from migrator.bulk.world import World


class Host(Protocol):
    """One GitLab, with the token of the user."""

    def __init__(self, kind: Kind, world: World) -> None:
        super().__init__(kind, world)
        self._opened: Api | None = None
        self._lock = threading.Lock()
        self._writes = [True]
        self._pusher: tuple[Terms, Pusher] | None = None

    @property
    def _api(self) -> Api:
        """Its API; the first use looks for credentials."""
        with self._lock:
            if self._opened is None:
                url, token = self.token()
                self._opened = Api(url, token.value, self.budget, timeout=self.world.timeout)
            return self._opened

    def ready(self) -> None:
        assert self._api

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def discover(self, place: str) -> Iterator[Discovered]:
        return listing.discover(place, self._api)

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        return Reader(self._api, self.world.base_branch).read(entries)

    def push(self, job: Job, terms: Terms) -> OnHost:
        return self._for(terms).push(job)

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        return self._for(terms).close_one(entry)

    def _for(self, terms: Terms) -> Pusher:
        """The one that pushes with these terms: it remembers who is who."""
        api = self._api
        with self._lock:
            if self._pusher is None or self._pusher[0] is not terms:
                self._pusher = terms, Pusher(self, api, terms, self._writes)
            return self._pusher[1]

    def follow(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
        return following.requests(self._api, entries)

    def make_ready(self, entry: Entry) -> OnHost:
        return merging.make_ready(self._api, entry)

    def merge(self, entry: Entry, method: str) -> OnHost:
        return merging.merge(self._api, entry, method)
