"""Follows open pull requests, many at once, in batches that their hosts accept."""

from __future__ import annotations

import time
from collections.abc import Sequence

from migrator.bulk.entry import Entry
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.publishing import by_host
from migrator.bulk.rollout import Watch
from migrator.bulk.states import RepositoryError, State
from migrator.services.faults import OfflineError

POLL = 15.0
"""Seconds between two looks at the checks of a wave."""


def refresh(ledger: Ledger, hosts: Hosts, entries: Sequence[Entry]) -> list[tuple[Entry, RepositoryError]]:
    """Record the state of open pull requests; returns those that the host did not report, with the reason."""
    untold = []
    for host, of_host in by_host(entries, hosts):
        for entry, request in host.follow(of_host):
            if isinstance(request, RepositoryError):
                untold.append((entry, request))
            elif request is None:
                ledger.update(entry.id, message="its pull request is gone or no longer visible")
            else:
                is_open = request.state is State.OPEN
                message = entry.message if is_open else f"was {request.state} on {host.kind.title}"
                checks = request.checks or ("pending" if request.unsettled else "")
                ledger.update(entry.id, state=request.state, checks=checks, message=message)
    ledger.commit()
    return untold


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
        red = [entry.name for entry in now if entry.state is State.OPEN and entry.checks in ("failure", "error")]
        if red:
            return f"checks failed in {', '.join(red[:5])}{' and more' if len(red) > 5 else ''}"
        # Green checks count only once the host reports them again, and none at all only at the second look: right
        # after a push none has begun.
        settled = {e.id for e in now if e.checks == "success" or (e.checks == "none" and e.id in quiet)} - untold
        pending = [e for e in now if e.state is State.OPEN and e.id not in settled]
        if not pending:
            return ""
        left = until - time.monotonic()
        if left <= 0 or watch.stop.wait(min(POLL, left)):
            return f"checks of {len(pending)} pull requests are not finished"
