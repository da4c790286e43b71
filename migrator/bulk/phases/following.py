"""Follows open pull requests, many at once, in batches that their hosts accept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from migrator.bulk.entry import Entry
from migrator.bulk.host import CHANGES, Host, Request
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.phases.publishing import by_host
from migrator.bulk.phases.retiring import closed_by_us, is_ours
from migrator.bulk.rollout import Watch
from migrator.bulk.states import STOPS, RepositoryError, State
from migrator.results.counted import counted
from migrator.services.faults import Fault, OfflineError

GONE = "its pull request is gone or no longer visible"
_CHECKS = {
    "": "no check has reported", "failure": "checks failed", "error": "checks ended with an error",
    "expected": "a required check has not reported",
}  # fmt: skip
POLL = 15.0
"""Seconds between two looks at the checks of a wave."""


def refresh(ledger: Ledger, hosts: Hosts, entries: Sequence[Entry]) -> list[tuple[Entry, RepositoryError]]:
    """Record the state of open pull requests; returns those that the host did not report, with the reason."""
    untold = []
    for host, of_host in by_host(entries, hosts):
        for entry, request in followed(hosts, host, of_host):
            if isinstance(request, RepositoryError):
                untold.append((entry, request))
            else:
                note(ledger, host, entry, request)
    ledger.commit()
    return untold


def followed(
    hosts: Hosts, host: Host, entries: Sequence[Entry]
) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
    """What a host says of its change requests; the reason for all that are left where it stops."""
    left = {entry.id: entry for entry in entries}
    try:
        for entry, request in host.follow(entries):
            left.pop(entry.id, None)
            yield entry, request
    except STOPS as error:
        hosts.stops(host.kind.name, error)
        why = error if isinstance(error, RepositoryError) else RepositoryError(Fault.UNREACHABLE, str(error))
        yield from ((entry, why) for entry in left.values())


def note(ledger: Ledger, host: Host, entry: Entry, request: Request | None) -> None:
    """Record what a host said about a change request."""
    if request is None:
        ledger.update(entry.id, message=GONE)
        return
    if request.name and request.name != entry.name:
        ledger.rename(entry.id, request.name, request.source)
    told = {
        "pull_request": request.url or entry.pull_request,
        "checks": request.checks or ("pending" if request.unsettled else ""),
        "review": request.review, "opened": request.opened,
    }  # fmt: skip
    if request.state is State.CLOSED and is_ours(entry):
        ledger.update(entry.id, **closed_by_us(entry))
        return
    if request.state is not State.OPEN:
        ledger.update(entry.id, state=request.state, message=f"was {request.state} on {host.kind.title}", **told)
        return
    message = "" if entry.message == GONE else entry.message
    ledger.update(entry.id, waits=_beside_checks(entry, request), message=message, **told)


def waits(entry: Entry, request: Request | None) -> str:
    """Why an open change request is not merged now, or nothing."""
    if request is None:
        return GONE
    if why := _beside_checks(entry, request):
        return why
    if request.checks not in ("success", "none"):
        return _CHECKS.get(request.checks, f"checks are {request.checks}")
    if request.review == "changes-requested":
        return CHANGES
    return ""


def _beside_checks(entry: Entry, request: Request) -> str:
    """What it waits for beside checks and reviews."""
    if entry.pushed and not entry.change:
        return "is obsolete: the next push closes it"
    if request.head != entry.head:
        return "its head is not ours: somebody committed to the branch"
    if request.queued or request.unsettled:
        return request.queued or request.unsettled
    if request.is_draft:
        return "is a draft"
    return "conflicts with its base" if request.has_conflicts else ""


def wait_for_checks(ledger: Ledger, hosts: Hosts, entries: Sequence[Entry], seconds: float, watch: Watch) -> str:
    """Wait until the checks of a wave are green. Returns what blocks the next wave, or nothing."""
    until = time.monotonic() + seconds
    while True:
        quiet = {entry.id for entry in entries if ledger.by_id(entry.id).checks == "none"}
        try:
            untold = {entry.id for entry, _ in refresh(ledger, hosts, entries)}
        except OfflineError:
            untold = {entry.id for entry in entries}
        now = [ledger.by_id(entry.id) for entry in entries]
        red = [entry.label for entry in now if entry.state is State.OPEN and entry.checks in ("failure", "error")]
        if red:
            return f"checks failed in {', '.join(red[:5])}{' and more' if len(red) > 5 else ''}"
        # Green checks count only once the host reports them again, and none at all only at the second look: right
        # after a push none has begun.
        settled = {e.id for e in now if e.checks == "success" or (e.checks == "none" and e.id in quiet)} - untold
        pending = [e for e in now if e.state is State.OPEN and e.id not in settled]
        if not pending:
            return ""
        left = until - time.monotonic()
        pauses = [host.between_looks(len(of_host)) for host, of_host in by_host(pending, hosts)]
        if left <= 0 or watch.stop.wait(min(max(POLL, *pauses), left)):
            return f"the checks of {counted(len(pending), 'pull request')} are not finished"
