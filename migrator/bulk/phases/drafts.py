"""`push --ready`: our drafts become ready for review. What a person committed to is left."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.bulk.entry import Entry
from migrator.bulk.host import OnHost
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.phases.following import followed, note
from migrator.bulk.phases.publishing import by_host
from migrator.bulk.rollout import Watch, on_threads
from migrator.bulk.states import RepositoryError, State


def drafts(ledger: Ledger, hosts: Hosts) -> Iterator[tuple[Entry, RepositoryError | None]]:
    """The open change requests that are drafts whose head is ours, and those that the host did not report."""
    for host, entries in by_host(list(ledger.entries(State.OPEN)), hosts):
        for entry, request in followed(hosts, host, entries):
            if isinstance(request, RepositoryError):
                yield entry, request
                continue
            note(ledger, host, entry, request)
            if request and request.state is State.OPEN and request.is_draft and request.head == entry.head:
                yield entry, None
    ledger.commit()


def make_ready(
    ledger: Ledger, hosts: Hosts, jobs: int, watch: Watch, entries: list[Entry]
) -> Iterator[tuple[Entry, RepositoryError | None]]:
    """Let drafts be ready for review; yields each with why it is not, or nothing."""

    def act(entry: Entry) -> OnHost:
        return hosts.of(entry.kind).make_ready(entry)

    groups = [[entry] for entry in entries]
    for entry, done in on_threads(groups, act, jobs, watch, None, lambda entry: entry.kind, hosts.stops):
        error = done if isinstance(done, RepositoryError) else done.error
        if error is None:
            ledger.update(entry.id, waits="")
        yield entry, error
        ledger.commit(if_due=True)
    ledger.commit()
