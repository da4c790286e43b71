"""GitLab as a host of a campaign."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from migrator.bulk.entry import Entry
from migrator.bulk.host import Discovered, Job, Kind, OnHost, Read, Request, Terms
from migrator.bulk.hosts.gitlab import following, listing, merging
from migrator.bulk.hosts.gitlab.api import Api
from migrator.bulk.hosts.gitlab.pushing import Pusher
from migrator.bulk.hosts.gitlab.reading import Reader
from migrator.bulk.hosts.with_api import WithApi
from migrator.bulk.states import RepositoryError
from migrator.bulk.world import World


class Host(WithApi[Api]):
    """One GitLab, with the token of the user."""

    def __init__(self, kind: Kind, world: World) -> None:
        super().__init__(kind, world)
        self._writes = [True]
        self._pushing = threading.Lock()
        self._pusher: tuple[Terms, Pusher] | None = None

    def open_api(self) -> Api:
        url, token = self.token()
        return Api(url, token.value, self.budget, timeout=self.world.timeout)

    def discover(self, place: str) -> Iterator[Discovered]:
        return listing.discover(place, self.api)

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        return Reader(self.api, self.world.base_branch).read(entries)

    def push(self, job: Job, terms: Terms) -> OnHost:
        return self._for(terms).push(job)

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        return self._for(terms).close_one(entry)

    def _for(self, terms: Terms) -> Pusher:
        """The one that pushes with these terms: it remembers who is who."""
        api = self.api
        with self._pushing:
            if self._pusher is None or self._pusher[0] is not terms:
                self._pusher = terms, Pusher(self, api, terms, self._writes)
            return self._pusher[1]

    def follow(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
        return following.requests(self.api, entries)

    def make_ready(self, entry: Entry) -> OnHost:
        return merging.make_ready(self.api, entry)

    def merge(self, entry: Entry, method: str) -> OnHost:
        return merging.merge(self.api, entry, method)
