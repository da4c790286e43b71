"""Gitea and Forgejo as a host of a campaign: git for what is in a repository, the API for what is about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.bulk.by_git.host import GitHost
from migrator.bulk.entry import Entry
from migrator.bulk.git import Login, Url
from migrator.bulk.host import Discovered, Job, Kind, OnHost, Read, Request, Terms
from migrator.bulk.hosts.gitea import listing, requests
from migrator.bulk.hosts.gitea.api import Api
from migrator.bulk.hosts.gitea.pushing import Pusher
from migrator.bulk.hosts.with_api import WithApi
from migrator.bulk.states import RepositoryError
from migrator.bulk.world import World
from migrator.services.answers import anything
from migrator.services.faults import Fault


class Host(WithApi[Api], GitHost):
    """One server, with the token of the user."""

    def __init__(self, kind: Kind, world: World) -> None:
        super().__init__(kind, world)
        self._login: Login | None = None

    def open_api(self) -> Api:
        url, token = self.token()
        # A token counts as a password, of whatever user: https://docs.gitea.com/development/api-usage
        self._login = Login(token.user or "oauth2", token.value)
        return Api(url, token.value, self.budget, timeout=self.world.timeout)

    def url_of(self, entry: Entry) -> Url:
        return self._url(entry.name)

    def _url(self, name: str) -> Url:
        """On the server that the token is for, whatever URL that gives for itself."""
        return Url(f"{self.api.site}/{name}.git", self._login)

    def discover(self, place: str) -> Iterator[Discovered]:
        return listing.discover(place, self.api)

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        found = super().read(entries)
        for each in found:
            if each.error is not None:
                self._prove(each.error)
        return found

    def push(self, job: Job, terms: Terms) -> OnHost:
        try:
            return self._pusher(job.entry, terms).push(job)
        except RepositoryError as error:
            self._prove(error)
            raise

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        try:
            return self._pusher(entry, terms).close_one(entry)
        except RepositoryError as error:
            self._prove(error)
            raise

    def _pusher(self, entry: Entry, terms: Terms) -> Pusher:
        by_git = self.pusher(entry, terms)
        return Pusher(self, self.api, by_git, self._store(self.lane(entry)), self._url, terms)

    def _prove(self, error: RepositoryError) -> None:
        """Git says of a rejected token that access is denied. Asked for itself the API says so, which ends the run."""
        if error.fault is Fault.FORBIDDEN:
            try:
                self.api.ask("GET", "/user", anything)
            except RepositoryError:
                return

    def follow(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
        return requests.pulls(self.api, self.budget, entries)

    def make_ready(self, entry: Entry) -> OnHost:
        return requests.make_ready(self.api, entry)

    def merge(self, entry: Entry, method: str) -> OnHost:
        return requests.merge(self.api, entry, method)
