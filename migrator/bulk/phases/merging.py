"""`merge`: only what is ours, green, and has its prerequisites confirmed."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.bulk.entry import Entry
from migrator.bulk.host import OnHost
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.needs.waiting import NOTHING, all_waiting
from migrator.bulk.phases.following import followed, note, waits
from migrator.bulk.phases.publishing import by_host
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
        for entry, request in followed(hosts, host, entries):
            if isinstance(request, RepositoryError):
                yield entry.label, f"waits: {request}"
                continue
            note(ledger, host, entry, request)
            if request is not None and request.state is not State.OPEN:
                continue
            if why := waits(entry, request) or waiting.get(entry.id, NOTHING).why(confirmed):
                yield entry.label, f"waits: {why}"
            elif limit is None or len(ready) < limit:
                ready.append(entry)
    ledger.commit()
    if dry_run:
        yield from ((entry.label, f"would be merged: {entry.pull_request}") for entry in ready)
        return
    watch.expect(len(ready))

    def act(entry: Entry) -> OnHost:
        return hosts.of(entry.kind).merge(entry, method)

    groups = [[entry] for entry in ready]
    for entry, done in on_threads(groups, act, jobs, watch, None, lambda entry: entry.kind, hosts.stops):
        if isinstance(done, RepositoryError):
            ledger.fail(entry.id, "merge", done)
            watch.done(entry.label, State.FAILED, f"{done.fault}: {done}")
        else:
            # What an open one waits for is asked again, and told anew, by whatever follows it.
            said = {"waits" if done.state is State.OPEN else "message": done.message}
            ledger.update(entry.id, state=done.state, fault="", phase="", **said)
            watch.done(entry.label, done.state)
            yield entry.label, done.message or str(done.state)
        ledger.commit(if_due=True)
    ledger.commit()
