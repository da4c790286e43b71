"""What became of open pull requests: one query for many of them, since a query each would use up the budget."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any

from migrator.bulk.github.api import Api, OfflineError
from migrator.bulk.github.halving import by_halves
from migrator.bulk.github.queries import pulls_query
from migrator.bulk.ledger import Entry, Ledger
from migrator.bulk.planning import Watch
from migrator.bulk.states import RepositoryError, State

BATCH = 50
POLL = 15.0
"""Seconds between two looks at the checks of a wave."""
_STATES = {"MERGED": State.MERGED, "CLOSED": State.CLOSED, "OPEN": State.OPEN}


Pull = dict[str, Any]


def pulls(api: Api, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Pull | RepositoryError | None]]:
    """Each pull request as it is on the host, `None` where it is gone, or why the host did not tell."""

    def ask(some: Sequence[Entry]) -> list[Pull | None]:
        variables: dict[str, Any] = {}
        for number, entry in enumerate(some):
            variables |= {f"i{number}": entry.host_id, f"n{number}": entry.number}
        data = api.query(pulls_query(some), variables)
        nodes = [data.get(f"r{number}") for number in range(len(some))]
        return [node.get("pullRequest") if node else None for node in nodes]

    waiting = iter(entry for entry in entries if entry.number and entry.host_id)
    while batch := list(itertools.islice(waiting, BATCH)):
        for some, found in by_halves(batch, ask):
            if isinstance(found, RepositoryError):
                yield from ((entry, found) for entry in some)
            else:
                yield from zip(some, found, strict=True)


def checks_of(pull: dict[str, Any]) -> str:
    """`success`, `pending`, `failure`, `error`, `expected`, or nothing where no check has reported."""
    nodes = pull["commits"]["nodes"]
    rollup = nodes[0]["commit"]["statusCheckRollup"] if nodes else None
    return str(rollup["state"]).lower() if rollup else ""


def refresh(ledger: Ledger, api: Api, entries: Sequence[Entry]) -> list[tuple[Entry, RepositoryError]]:
    """Note what became of open pull requests; returns those that the host did not tell of, and why."""
    untold = []
    for entry, pull in pulls(api, entries):
        if isinstance(pull, RepositoryError):
            untold.append((entry, pull))
            continue
        if pull is None:
            ledger.update(entry.id, message="its pull request cannot be seen any more")
            continue
        state = _STATES[pull["state"]]
        message = entry.message if state is State.OPEN else f"was {state} on GitHub"
        ledger.update(entry.id, state=state, checks=checks_of(pull), message=message)
    ledger.commit()
    return untold


def wait_for_checks(ledger: Ledger, api: Api, entries: Sequence[Entry], seconds: float, watch: Watch) -> str:
    """Wait until the checks of a wave are green. Returns what keeps the next wave back, or nothing."""
    until = time.monotonic() + seconds
    while True:
        try:
            untold = {entry.id for entry, _ in refresh(ledger, api, entries)}
        except OfflineError:
            untold = {entry.id for entry in entries}
        now = [ledger.by_id(entry.id) for entry in entries]
        red = [entry.name for entry in now if entry.state is State.OPEN and entry.checks in ("failure", "error")]
        if red:
            return f"checks are red in {', '.join(red[:5])}{' and more' if len(red) > 5 else ''}"
        # What was green when it was last seen is not green before the host says so again.
        pending = [e for e in now if e.state is State.OPEN and (e.checks != "success" or e.id in untold)]
        if not pending:
            return ""
        left = until - time.monotonic()
        if left <= 0 or watch.stop.wait(min(POLL, left)):
            return f"checks of {len(pending)} pull requests are not finished"
