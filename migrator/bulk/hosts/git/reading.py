"""Listing a file of git URLs, and reading what each has. Credentials reach git through its environment alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from migrator.bulk.entry import Entry
from migrator.bulk.git import Url, fault_of, git, read_url
from migrator.bulk.host import Discovered, Read
from migrator.bulk.states import RepositoryError
from migrator.bulk.world import World
from migrator.errors import UsageError
from migrator.services.budget import again
from migrator.services.faults import Fault


def listed(urls: Sequence[Url]) -> Iterator[Discovered]:
    """The repositories of a list, in its order."""
    return (Discovered(_name(url.plain), url.plain) for url in urls)


def read_list(path: Path) -> list[Url]:
    """The URLs of a list; blank lines and those that begin with # are left out."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise UsageError(f"--source file:{path}: cannot be read: {why}") from None
    found = []
    for line in map(str.strip, lines):
        if line and not line.startswith("#"):
            local = path.parent / line
            found.append(read_url(str(local.resolve()) if "://" not in line and local.exists() else line))
    return found


def _name(url: str) -> str:
    parts = urlsplit(url) if "://" in url else None
    text = f"{parts.hostname or ''}{parts.path}" if parts else url.rpartition("@")[2].replace(":", "/")
    return text.strip("/").removesuffix(".git")


class Reader:
    """Fetches one commit of each repository, without its history and without a work tree."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._what = f"refs/heads/{world.base_branch}" if world.base_branch else "HEAD"

    def read(self, entry: Entry, url: Url) -> Read:
        try:
            return self._fetched(entry, url)
        except RepositoryError as error:
            if error.fault is Fault.NO_BRANCH:
                return self._without_head(entry, url, error)
            return Read(entry, error=error)

    def _fetched(self, entry: Entry, url: Url) -> Read:
        if entry.base and entry.result and entry.base == self._tip(url):
            return Read(entry, entry.base, entry.tree, store=entry.store, is_known=True)
        store = self._world.stores.take()
        try:
            base = again(lambda: store.fetch(url, entry.id, self._what), 2)
            tree, files = store.files(base)
            return Read(entry, base, tree, tuple(files), store.number)
        finally:
            self._world.stores.give_back(store)

    def _tip(self, url: Url) -> str:
        answer = git(None, "ls-remote", "--", url.plain, self._what, url=url)
        if answer.code:
            raise fault_of(answer, url)
        return answer.out.partition(b"\t")[0].decode()

    def _without_head(self, entry: Entry, url: Url, error: RepositoryError) -> Read:
        answer = git(None, "ls-remote", "--", url.plain, url=url)
        if answer.code == 0 and not answer.out:
            return Read(entry, skip="is empty")
        return Read(entry, error=error)
