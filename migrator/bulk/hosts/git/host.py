"""git URLs as a host of a campaign: their logins. The work is that of all hosts that git reads and pushes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from migrator.bulk.by_git.host import GitHost
from migrator.bulk.entry import Entry
from migrator.bulk.git import Url
from migrator.bulk.host import Discovered, Kind
from migrator.bulk.hosts.git.listing import listed, read_list
from migrator.bulk.world import World
from migrator.errors import UsageError


class Host(GitHost):
    """Whatever git reaches by a URL."""

    def __init__(self, kind: Kind, world: World) -> None:
        super().__init__(kind, world)
        self._urls: dict[str, Url] = {}

    def url_of(self, entry: Entry) -> Url:
        return self._urls.get(entry.source) or Url(entry.source)

    def discover(self, place: str) -> Iterator[Discovered]:
        urls = read_list(Path(place))
        self._keep_logins(urls)
        return listed(urls)

    def resume(self, place: str) -> None:
        """Logins are in the user's list. Without it, git's own credential helpers are asked."""
        with suppress(UsageError):
            self._keep_logins(read_list(Path(place)))

    def _keep_logins(self, urls: Iterable[Url]) -> None:
        self._urls.update((url.plain, url) for url in urls if url.login is not None)
