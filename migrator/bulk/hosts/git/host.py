"""git URLs as a host of a campaign: stores and logins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from migrator.bulk.contents import from_git
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.git import Url
from migrator.bulk.host import Discovered, Job, Kind, OnHost, Read, Terms
from migrator.bulk.host import Host as Protocol
from migrator.bulk.hosts.git.pushing import Pusher
from migrator.bulk.hosts.git.reading import Reader, listed, read_list
from migrator.bulk.store import Store
from migrator.bulk.work import Result
from migrator.bulk.world import World
from migrator.errors import UsageError


class Host(Protocol):
    """Whatever git reaches by a URL."""

    def __init__(self, kind: Kind, world: World) -> None:
        super().__init__(kind, world)
        self._urls: dict[str, Url] = {}
        self._stores: dict[int, Store] = {}

    def _url(self, entry: Entry) -> Url:
        """The URL of a repository with its login, if it has one."""
        return self._urls.get(entry.source) or Url(entry.source)

    def discover(self, place: str) -> Iterator[Discovered]:
        urls = read_list(Path(place))
        self._urls.update((url.plain, url) for url in urls)
        return listed(urls)

    def resume(self, place: str) -> None:
        """Logins are in the user's list. Without it, git's own credential helpers are asked."""
        with suppress(UsageError):
            self._urls.update((url.plain, url) for url in read_list(Path(place)))

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        reader = Reader(self.world)
        return [reader.read(entry, self._url(entry)) for entry in entries]

    def keep(self, files: Sequence[File]) -> None:
        """They are in the stores."""

    def planned(self, entry: Entry, result: Result) -> list[File]:
        return from_git(self.world.stores.folder / str(entry.store), entry, result)

    def lane(self, entry: Entry) -> int:
        """A store belongs to one thread at a time."""
        return entry.store

    def leave(self, lane: int) -> None:
        if (store := self._stores.pop(lane, None)) is not None:
            store.close()

    def _store(self, number: int) -> Store | None:
        if number not in self._stores:
            store = self.world.stores.open(number)
            if not store.path.is_dir():
                return None
            self._stores[number] = store
        return self._stores[number]

    def push(self, job: Job, terms: Terms) -> OnHost:
        return Pusher(self, self._store(job.entry.store), terms).push(job, self._url(job.entry))

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        return Pusher(self, self._store(entry.store), terms).close_one(entry, self._url(entry))
