"""Pushing in place: the branch and its commit made in place, HEAD, index and work tree untouched; or files only."""

from __future__ import annotations

from pathlib import Path

from migrator.bulk.contents import new_files
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.git import fault_of, git
from migrator.bulk.host import Host, Job, OnHost, Terms, human
from migrator.bulk.ours import our_change
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.store import Message, Repository
from migrator.errors import WriteError
from migrator.files.writing import replace_file
from migrator.services.faults import Fault


class Pusher:
    """Commits in the repository itself, by fast-import and one transaction of its refs."""

    def __init__(self, host: Host, terms: Terms) -> None:
        self._host, self._terms = host, terms

    def push(self, job: Job) -> OnHost:
        files = self._host.planned(job.entry, job.result)
        if not self._terms.commit:
            return self._write(job, files)
        with Repository(Path(job.entry.source)) as repository:
            return self._commit(repository, job, files)

    def _commit(self, repository: Repository, job: Job, files: list[File]) -> OnHost:
        entry, terms = job.entry, self._terms
        there = self._branch(repository)
        if there and (change := self._ours(repository, entry, there)) is None:
            raise human(terms.branch)
        if there and change == entry.change:
            return OnHost(entry, head=there, message="was there already")
        base = repository.object(terms.base or "HEAD")
        if base is None:
            raise RepositoryError(Fault.NO_BRANCH, "HEAD no longer names a commit")
        for edited in job.result.edited:
            found = repository.object(f"{base[0]}:{edited.path}")
            if found is None or found[0] != edited.before:
                raise RepositoryError(
                    Fault.STALE, f"{edited.path}: differs from HEAD; commit it and plan again, or push with --no-commit"
                )
        text = self._host.texts(entry, job.result, terms).message
        message = Message(text, terms.identity, entry.planned_at)
        commit = repository.commit(base[0], self._ref, message, new_files(terms.plan, job.result, files, entry.name))
        # Closing flushes fast-import, which writes its ref a last time.
        repository.close()
        self._move(repository, commit, there)
        return OnHost(entry, head=commit)

    @property
    def _ref(self) -> str:
        return f"refs/migrator/{self._terms.campaign}"

    def _branch(self, repository: Repository) -> str:
        found = repository.object(f"refs/heads/{self._terms.branch}")
        return found[0] if found else ""

    def _ours(self, repository: Repository, entry: Entry, there: str) -> str | None:
        if there == entry.head and entry.pushed:
            return entry.pushed
        change = our_change(repository, there, self._terms.campaign)
        # A person may have put it on top of commits of their own.
        mine = git(repository.path, "rev-list", "--count", f"{self._terms.base or 'HEAD'}..{there}")
        return change if change and mine.out.strip() in (b"0", b"1") else None

    def _move(self, repository: Repository, commit: str, there: str) -> None:
        """Move the branch to the commit, or delete it, if it is unchanged since it was read."""
        branch = f"refs/heads/{self._terms.branch}"
        checked_out = git(repository.path, "for-each-ref", "--format=%(worktreepath)", branch).out.strip()
        if checked_out:
            raise RepositoryError(Fault.GIT, f"the branch {self._terms.branch} is checked out; check out another")
        zero = "0" * (len(commit or there) or 40)
        lines = f"update {branch} {commit or zero} {there or zero}\ndelete {self._ref}\n"
        answer = git(repository.path, "update-ref", "--stdin", given=lines.encode())
        if answer.code:
            git(repository.path, "update-ref", "-d", self._ref)
            raise fault_of(answer)

    def _write(self, job: Job, files: list[File]) -> OnHost:
        """Write the files of the work tree and make no commit."""
        folder = Path(job.entry.source)
        if not (folder / ".git").exists():
            raise RepositoryError(Fault.GIT, "is a bare repository without files; push without --no-commit")
        before = {file.path: file.data for file in files}
        for file in new_files(self._terms.plan, job.result, files, job.entry.name):
            path = folder / file.path
            if path.is_file() and path.read_bytes() == file.data:
                continue
            try:
                replace_file(str(path), file.data, before[file.path])
            except WriteError as error:
                raise RepositoryError(Fault.STALE, f"{file.path}: {error}") from None
        return OnHost(job.entry, message="files were written, no commit was made")

    def close_one(self, entry: Entry) -> OnHost:
        with Repository(Path(entry.source)) as repository:
            there = self._branch(repository)
            if not there:
                return OnHost(entry, State.CLOSED, message="it has no branch of ours")
            if self._ours(repository, entry, there) is None:
                raise human(self._terms.branch)
            self._move(repository, "", there)
        return OnHost(entry, State.CLOSED, message="its branch was deleted")
