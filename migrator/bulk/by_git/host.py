"""A host whose repositories are read by git and whose branches git pushes: the part that all such hosts share."""

from __future__ import annotations

import abc
from collections.abc import Sequence

from migrator.bulk.by_git.pushing import Pusher
from migrator.bulk.by_git.reading import Reader
from migrator.bulk.contents import from_git
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.git import Url
from migrator.bulk.host import Host, Job, Kind, OnHost, Read, Terms
from migrator.bulk.store import Store
from migrator.bulk.work import Result
from migrator.bulk.world import World


class GitHost(Host):
    """What was fetched is in stores; a store belongs to one thread at a time, and so do its repositories.

    A repository without a store, which was read in another way, is a lane by itself and gets one for a moment.
    """

    def __init__(self, kind: Kind, world: World) -> None:
        super().__init__(kind, world)
        self._stores: dict[int, Store] = {}

    @abc.abstractmethod
    def url_of(self, entry: Entry) -> Url:
        """The git URL of a repository, with its login if it has one."""

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        reader = Reader(self.world)
        return [reader.read(entry, self.url_of(entry)) for entry in entries]

    def keep(self, files: Sequence[File]) -> None:
        """They are in the stores."""

    def planned(self, entry: Entry, result: Result) -> list[File]:
        if not entry.store:
            return super().planned(entry, result)
        return from_git(self.world.stores.folder / str(entry.store), entry, result)

    def lane(self, entry: Entry) -> int:
        return entry.store or -entry.id

    def leave(self, lane: int) -> None:
        if (store := self._stores.pop(lane, None)) is not None:
            if lane < 0:
                self.world.stores.give_back(store)
            else:
                store.close()

    def push(self, job: Job, terms: Terms) -> OnHost:
        return self.pusher(job.entry, terms).push(job, self.url_of(job.entry))

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        return self.pusher(entry, terms).close_one(entry, self.url_of(entry))

    def pusher(self, entry: Entry, terms: Terms) -> Pusher:
        """What pushes from the store of a repository. Only for the thread that works on its lane."""
        return Pusher(self, self._store(self.lane(entry)), terms)

    def _store(self, number: int) -> Store | None:
        if number not in self._stores:
            store = self.world.stores.open(number) if number > 0 else self.world.stores.take()
            if not store.path.is_dir():
                return None
            self._stores[number] = store
        return self._stores[number]
