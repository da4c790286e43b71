"""`file:LIST`: git URLs, one a line. Credentials in them reach git through its environment and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from migrator.bulk.git import Url, fault_of, git, read_url
from migrator.bulk.ledger import Entry
from migrator.bulk.sources import Discovered, Read, World
from migrator.bulk.states import Fault, RepositoryError
from migrator.errors import UsageError

_AGAIN = frozenset((Fault.TIMEOUT, Fault.UNREACHABLE, Fault.SERVER))


def discover(place: str, world: World) -> Iterator[Discovered]:
    """The repositories of a list, in its order; blank lines and those that begin with # are left out."""
    for url in read_list(Path(place)):
        world.urls[url.plain] = url
        yield Discovered(_name(url.plain), "git", url.plain)


def read_list(path: Path) -> list[Url]:
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

    batch = 1

    def __init__(self, world: World) -> None:
        self._world = world
        self._what = f"refs/heads/{world.base_branch}" if world.base_branch else "HEAD"

    def read(self, entries: Sequence[Entry]) -> list[Read]:
        return [self._read(entry) for entry in entries]

    def close(self) -> None:
        self._world.stores.close()

    def _read(self, entry: Entry) -> Read:
        url = self._world.url(entry.source)
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
            try:
                base = store.fetch(url, entry.id, self._what)
            except RepositoryError as error:
                if error.fault not in _AGAIN:
                    raise
                base = store.fetch(url, entry.id, self._what)
            tree, files = store.files(base)
            return Read(entry, base, tree, tuple(files), store.number)
        finally:
            self._world.stores.give_back(store)

    def _tip(self, url: Url) -> str:
        answer = git(Path.cwd(), "ls-remote", "--", url.plain, self._what, url=url)
        if answer.code:
            raise fault_of(answer, url)
        return answer.out.partition(b"\t")[0].decode()

    def _without_head(self, entry: Entry, url: Url, error: RepositoryError) -> Read:
        answer = git(Path.cwd(), "ls-remote", "--", url.plain, url=url)
        if answer.code == 0 and not answer.out:
            return Read(entry, skip="is empty")
        return Read(entry, error=error)
