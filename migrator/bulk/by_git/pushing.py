"""Pushing a branch by git, with a lease on the commit that was seen there."""

from __future__ import annotations

from collections.abc import Callable

from migrator.bulk.by_git.listing import refs
from migrator.bulk.contents import from_git, new_files
from migrator.bulk.entry import Entry
from migrator.bulk.git import Url, fault_of
from migrator.bulk.host import Host, Job, OnHost, Terms, human
from migrator.bulk.ours import is_alone, our_change
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.store import Message, Store
from migrator.services.faults import Fault


class Pusher:
    """Commits in one of our stores and pushes from there. A store belongs to one thread, and so do its repositories."""

    def __init__(self, host: Host, store: Store | None, terms: Terms) -> None:
        self._host, self._opened, self._terms = host, store, terms
        self._what = f"refs/heads/{terms.base}" if terms.base else "HEAD"

    def push(self, job: Job, url: Url, base_branch: str = "", *, anew: bool = False) -> OnHost:
        """`base_branch` is the branch to change, where the caller has just asked for it and the host is atomic.

        Then the first push is one conversation instead of two: it holds only if our branch is not there and the base
        is the planned one. Where it does not, the host is asked what is there, as it is always else. `anew`: a branch
        that has the change already gets it on the base as that is now.
        """
        entry, terms = job.entry, self._terms
        if base_branch and not entry.head and not entry.pushed:
            store = self._store(entry)
            commit = self._commit(store, job, entry.base)
            if store.push(url, terms.branch, commit, "", unmoved=(base_branch, entry.base)).code == 0:
                return OnHost(entry, head=commit)
        tip, there = self.look(url)
        store = self._store(entry)
        if there and (change := self.ours(store, url, entry, there)) is None:
            raise human(terms.branch)
        if there and change == entry.change and not anew:
            return OnHost(entry, head=there, message="was there already")
        commit = self._commit(store, job, self._base(store, url, job, tip))
        answer = store.push(url, terms.branch, commit, there)
        if answer.code:
            raise fault_of(answer, url)
        return OnHost(entry, head=commit)

    def _commit(self, store: Store, job: Job, base: str) -> str:
        """Our commit on top of a base. The files are read again and proven: an approval is of these bytes."""
        entry, terms = job.entry, self._terms
        # What an API read is in no store.
        read = from_git(store.path, entry, job.result, store) if entry.store else self._host.planned(entry, job.result)
        files = new_files(terms.plan, job.result, read, entry.name)
        message = Message(self._host.texts(entry, job.result, terms).message, terms.identity, entry.planned_at)
        return store.commit(base, f"refs/commits/{entry.id}", message, files)

    def look(self, url: Url) -> tuple[str, str]:
        """The commits of the default branch and of our branch, empty where there is none."""
        ref = f"refs/heads/{self._terms.branch}"
        found = refs(url, self._what, ref)
        if self._what not in found:
            raise RepositoryError(Fault.NO_BRANCH, "no longer has a default branch")
        return found[self._what], found.get(ref, "")

    def _store(self, entry: Entry) -> Store:
        if self._opened is None:
            path = self._host.world.stores.folder / str(entry.store)
            raise RepositoryError(Fault.STALE, f"{path} is gone; `migrate bulk plan` fetches it again")
        return self._opened

    def ours(self, store: Store, url: Url, entry: Entry, there: str) -> str | None:
        """The change on the branch, or `None` where it is not ours."""
        if there == entry.head and entry.pushed:
            return entry.pushed
        # One level deeper than the commit, to see what it changes.
        store.fetch(url, entry.id, f"refs/heads/{self._terms.branch}", "branch", depth=2)
        change = our_change(store, there, self._terms.campaign)
        return change if change and is_alone(store, url, entry, self._terms.branch, there, self._what) else None

    def _base(self, store: Store, url: Url, job: Job, tip: str) -> str:
        """The commit to build on: the tip, if the files that change are there as they were planned."""
        if tip != job.entry.base or not job.entry.store:
            tip = store.fetch(url, job.entry.id, self._what, "tip")
            for edited in job.result.edited:
                found = store.object(f"{tip}:{edited.path}")
                if found is None or found[0] != edited.before:
                    raise RepositoryError(Fault.STALE, f"{edited.path} changed since it was planned; plan again")
        return tip

    def close_one(self, entry: Entry, url: Url, first: Callable[[], None] = lambda: None) -> OnHost:
        """Delete our branch, unless a person has committed to it. `first` is done once that is certain."""
        _, there = self.look(url)
        if not there:
            first()
            return OnHost(entry, State.CLOSED, message="its branch was gone")
        store = self._store(entry)
        if self.ours(store, url, entry, there) is None:
            raise human(self._terms.branch)
        first()
        answer = store.push(url, self._terms.branch, "", there)
        if answer.code:
            raise fault_of(answer, url)
        return OnHost(entry, State.CLOSED, message="its branch was deleted")
