"""Bare git stores of bounded size, given out to one thread each.

One store belongs to one thread at a time: concurrent shallow fetches of a store collide on its `shallow.lock`. It
takes a bounded number of repositories: every fetch of git's own reads all refs, and every look into it all packs.
"""

from __future__ import annotations

import errno
import shutil
import threading
from pathlib import Path

from migrator.bulk.store import Store, broken, clear, full

ROOM = 50
"""How many repositories one store takes. Measured: 25 to 100 are alike, 1,000 take three times as long each."""


class Stores:
    """All stores of a campaign, given out to one thread each."""

    def __init__(self, folder: Path, room: int = ROOM) -> None:
        self.folder = folder
        self._room = room
        self._lock = threading.Lock()
        self._free: list[Store] = []
        self._next = 1 + max((int(p.name) for p in folder.glob("*") if p.name.isdigit()), default=0)

    def take(self) -> Store:
        """A store with room for one more repository. Give it back."""
        with self._lock:
            if self._free:
                store = self._free.pop()
                store.taken += 1
                return store
            number, self._next = self._next, self._next + 1
        path = self.folder / str(number)
        _make(path)
        store = Store(path, number)
        store.taken = 1
        return store

    def give_back(self, store: Store) -> None:
        if store.taken < self._room:
            with self._lock:
                self._free.append(store)
        else:
            store.close()

    def open(self, number: int) -> Store:
        """A store by its number, whether or not it exists; for a thread that has it to itself."""
        return Store(self.folder / str(number), number)

    def close(self) -> None:
        for store in self._free:
            store.close()
        self._free.clear()

    def clear_locks(self) -> None:
        """Remove what a killed run left behind. Only for the process that holds the ledger's lock."""
        for store in self.folder.glob("*"):
            clear(store)


def _make(path: Path) -> None:
    """An empty bare repository: https://git-scm.com/docs/gitrepository-layout"""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (path / folder).mkdir(parents=True, exist_ok=True)
        (path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n")
        (path / "HEAD").write_text("ref: refs/heads/main\n")
    except OSError as error:
        raise (full(path) if error.errno == errno.ENOSPC else broken(path)) from None


def remove_stores(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
