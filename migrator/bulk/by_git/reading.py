"""Reading what a repository has by git. Credentials reach git through its environment alone."""

from __future__ import annotations

from migrator.bulk.by_git.listing import refs
from migrator.bulk.entry import Entry
from migrator.bulk.git import Url, git
from migrator.bulk.host import Read
from migrator.bulk.states import RepositoryError
from migrator.bulk.world import World
from migrator.services.budget import again
from migrator.services.faults import Fault


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
        return refs(url, self._what).get(self._what, "")

    def _without_head(self, entry: Entry, url: Url, error: RepositoryError) -> Read:
        answer = git(None, "ls-remote", "--", url.plain, url=url)
        if answer.code == 0 and not answer.out:
            return Read(entry, skip="is empty")
        return Read(entry, error=error)
