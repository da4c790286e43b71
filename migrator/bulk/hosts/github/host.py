"""GitHub as a host of a campaign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.bulk.entry import Entry
from migrator.bulk.host import Discovered, Job, OnHost, Read, Request, Terms
from migrator.bulk.hosts.github import merging, reading, requests
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.pushing import Pusher
from migrator.bulk.hosts.with_api import WithApi
from migrator.bulk.states import RepositoryError


class Host(WithApi[Api]):
    """One GitHub, with the token of the user."""

    def open_api(self) -> Api:
        url, token = self.token()
        return Api(url, token.value, self.budget, timeout=self.world.timeout, renew=lambda: self.token()[1].value)

    def discover(self, place: str) -> Iterator[Discovered]:
        return reading.discover(place, self.api)

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        return reading.Reader(self.api, self.world.base_branch).read(entries)

    def push(self, job: Job, terms: Terms) -> OnHost:
        return Pusher(self, self.api, terms).push(job)

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        return Pusher(self, self.api, terms).close_one(entry)

    def follow(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
        return requests.pulls(self.api, entries)

    def make_ready(self, entry: Entry) -> OnHost:
        return merging.make_ready(self.api, entry)

    def merge(self, entry: Entry, method: str) -> OnHost:
        return merging.merge(self.api, entry, method)
