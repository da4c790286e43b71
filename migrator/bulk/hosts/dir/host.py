"""Folders as a host of a campaign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from migrator.bulk.contents import from_git
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.host import Discovered, Job, OnHost, Read, Terms
from migrator.bulk.host import Host as Protocol
from migrator.bulk.hosts.dir import reading
from migrator.bulk.hosts.dir.pushing import Pusher
from migrator.bulk.work import Result
from migrator.hosts.pages import pages_of


class Host(Protocol):
    """Repositories of this machine."""

    def discover(self, place: str) -> Iterator[Discovered]:
        return reading.discover(place)

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        return [reading.read(entry, self.world.base_branch) for entry in entries]

    def keep(self, files: Sequence[File]) -> None:
        """They are in the repository."""

    def planned(self, entry: Entry, result: Result) -> list[File]:
        return from_git(Path(entry.source), entry, result, on_disk=True)

    def link(self, entry: Entry, path: str) -> str:
        return pages_of(entry.source).link(path)

    def push(self, job: Job, terms: Terms) -> OnHost:
        return Pusher(self, terms).push(job)

    def close_one(self, entry: Entry, terms: Terms) -> OnHost:
        return Pusher(self, terms).close_one(entry)
