"""`merge`: only what is ours, green, and has its prerequisites confirmed."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.bulk.entry import Entry
from migrator.bulk.host import OnHost, Request
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.needs.waiting import NOTHING, all_waiting
from migrator.bulk.publishing import by_host
from migrator.bulk.rollout import Watch, on_threads
from migrator.bulk.states import RepositoryError, State
from migrator.policy import Policy


def merge_all(
    ledger: Ledger,
    hosts: Hosts,
    jobs: int,
    watch: Watch,
    policy: Policy,
    confirmed: frozenset[str],
    method: str,
    limit: int | None,
    *,
    dry_run: bool,
) -> Iterator[tuple[str, str]]:
    """Merge what is ready; yields each repository with what was done or the reason why not.

    What CircleCI said when it was last asked counts, and `confirmed` for what it did not say.
    """
    ready: list[Entry] = []
    waiting = all_waiting(ledger, policy, list(ledger.entries(State.OPEN)))
    for host, entries in by_host(list(ledger.entries(State.OPEN)), hosts):
        for entry, request in host.follow(entries):
            if isinstance(request, RepositoryError):
                yield entry.name, f"waits: {request}"
            elif request is not None and request.state is not State.OPEN:
                message = f"was {request.state} on {host.kind.title}"
                ledger.update(entry.id, state=request.state, message=message)
            elif why := _waits(entry, request) or waiting.get(entry.id, NOTHING).why(confirmed):
                yield entry.name, f"waits: {why}"
            elif limit is None or len(ready) < limit:
                ready.append(entry)
    ledger.commit()
    if dry_run:
        yield from ((entry.name, f"would be merged: {entry.pull_request}") for entry in ready)
        return
    watch.expect(len(ready))

    def act(entry: Entry) -> OnHost:
        return hosts.of(entry.kind).merge(entry, method)

    for entry, done in on_threads([[entry] for entry in ready], act, jobs, watch):
        if isinstance(done, RepositoryError):
            ledger.fail(entry.id, "merge", done)
            watch.done(entry.name, State.FAILED, f"{done.fault}: {done}")
        else:
            ledger.update(entry.id, state=done.state, message=done.message, fault="", phase="")
            watch.done(entry.name, done.state)
            yield entry.name, done.message or str(done.state)
        ledger.commit(if_due=True)
    ledger.commit()


def _waits(entry: Entry, request: Request | None) -> str:
    """Why a pull request is not merged, or nothing."""
    if request is None:
        return "its pull request is gone or no longer visible"
    if request.head != entry.head:
        return "its head is not ours: somebody committed to the branch"
    if request.unsettled:
        return request.unsettled
    if request.is_draft:
        return "is a draft"
    if request.checks not in ("success", "none"):
        return f"checks are {request.checks}" if request.checks else "no check has reported"
    if request.has_conflicts:
        return "conflicts with its base"
    return ""
