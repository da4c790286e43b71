"""Pushing to a plain git URL: the branch only, with a lease on what was seen there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from migrator.bulk.contents import new_files, planned_files
from migrator.bulk.git import Url, fault_of, git
from migrator.bulk.ledger import Entry
from migrator.bulk.ours import our_change
from migrator.bulk.pushing import Job, Pushed, Terms, human
from migrator.bulk.sources import World
from migrator.bulk.states import Fault, RepositoryError, State
from migrator.bulk.store import Message, Store
from migrator.bulk.texts import write_texts

_AGAIN = frozenset((Fault.TIMEOUT, Fault.UNREACHABLE, Fault.SERVER, Fault.STALE))
TRIES = 2


class Pusher:
    """Commits in our stores and pushes from there. A store belongs to one thread, and so do its repositories."""

    def __init__(self, world: World, terms: Terms) -> None:
        self._world, self._terms = world, terms
        self._stores: dict[int, Store] = {}
        self._what = f"refs/heads/{terms.base}" if terms.base else "HEAD"

    def groups(self, jobs: Sequence[Job]) -> list[list[Job]]:
        by_store: dict[int, list[Job]] = {}
        for job in jobs:
            by_store.setdefault(job.entry.store, []).append(job)
        return list(by_store.values())

    def finish(self, jobs: Sequence[Job]) -> None:
        for number in {job.entry.store for job in jobs}:
            if (store := self._stores.pop(number, None)) is not None:
                store.close()

    def push(self, job: Job) -> Pushed:
        for tries in range(1, TRIES + 1):
            try:
                return self._push(job)
            except RepositoryError as error:
                if error.fault not in _AGAIN or tries == TRIES:
                    raise
        raise AssertionError

    def _push(self, job: Job) -> Pushed:
        entry, terms = job.entry, self._terms
        url = self._world.url(entry.source)
        tip, there = self._look(url)
        store = self._store(entry)
        if there and (change := self._ours(store, url, entry, there)) is None:
            raise human(terms.branch)
        if there and change == entry.change:
            return Pushed(entry, head=there, message="was there already")
        base = self._base(store, url, job, tip)
        # Read again and proven, whatever the base is now: an approval is of these bytes.
        files = new_files(terms.plan, job.result, planned_files(entry, job.result, self._world, store), entry.name)
        text = write_texts(entry, job.result, terms.campaign, terms.plan.policy, terms.wording).message
        commit = store.commit(base, f"refs/commits/{entry.id}", Message(text, terms.identity, entry.planned_at), files)
        answer = store.push(url, terms.branch, commit, there)
        if answer.code:
            raise fault_of(answer, url)
        return Pushed(entry, head=commit)

    def _look(self, url: Url) -> tuple[str, str]:
        """The commits of the default branch and of our branch, empty where there is none."""
        ref = f"refs/heads/{self._terms.branch}"
        answer = git(Path.cwd(), "ls-remote", "--", url.plain, self._what, ref, url=url)
        if answer.code:
            raise fault_of(answer, url)
        found = {name: oid for oid, _, name in (line.partition("\t") for line in answer.out.decode().splitlines())}
        if self._what not in found:
            raise RepositoryError(Fault.NO_BRANCH, "has no default branch any more")
        return found[self._what], found.get(ref, "")

    def _store(self, entry: Entry) -> Store:
        store = self._stores.get(entry.store)
        if store is None:
            store = self._stores[entry.store] = self._world.stores.open(entry.store)
            if not store.path.is_dir():
                del self._stores[entry.store]
                raise RepositoryError(Fault.STALE, f"{store.path} is gone; `migrate bulk plan` fetches it again")
        return store

    def _ours(self, store: Store, url: Url, entry: Entry, there: str) -> str | None:
        """The change on the branch, or `None` where it is not ours."""
        if there == entry.head and entry.pushed:
            return entry.pushed
        # One level deeper than the commit, to see what it changes.
        store.fetch(url, entry.id, f"refs/heads/{self._terms.branch}", "branch", depth=2)
        return our_change(store, there, self._terms.campaign)

    def _base(self, store: Store, url: Url, job: Job, tip: str) -> str:
        """The commit to build on: the tip, if the files that change are there as they were planned."""
        if tip != job.entry.base:
            tip = store.fetch(url, job.entry.id, self._what, "tip")
            for edited in job.result.edited:
                found = store.object(f"{tip}:{edited.path}")
                if found is None or found[0] != edited.before:
                    raise RepositoryError(Fault.STALE, f"{edited.path} changed since it was planned; plan again")
        return tip

    def close_one(self, entry: Entry) -> Pushed:
        """Delete our branch, unless a person has committed to it."""
        url = self._world.url(entry.source)
        _, there = self._look(url)
        if not there:
            return Pushed(entry, State.CLOSED, message="its branch was gone")
        store = self._store(entry)
        if self._ours(store, url, entry, there) is None:
            raise human(self._terms.branch)
        answer = store.push(url, self._terms.branch, "", there)
        if answer.code:
            raise fault_of(answer, url)
        return Pushed(entry, State.CLOSED, message="its branch was deleted")
