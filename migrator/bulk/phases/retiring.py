"""Closes open change requests that a later plan or decision made obsolete, each with a comment that says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from migrator.bulk.entry import Entry
from migrator.bulk.host import Host, Job, OnHost, Terms
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.phases.publishing import on_hosts, to_end
from migrator.bulk.rollout import Watch
from migrator.bulk.states import State
from migrator.results.published import code, markdown
from migrator.services.faults import Fault

_ENDED: dict[str, Any] = {
    "head": "", "pushed": "", "branch": "", "pull_request": "", "checks": "", "review": "", "opened": 0, "waits": "",
}  # fmt: skip


_CLOSING = "is obsolete, and is being closed"


class Obsolete(NamedTuple):
    """One change request that nobody needs any more, and why."""

    entry: Entry
    reason: str


def obsolete(ledger: Ledger) -> Iterator[Obsolete]:
    """Every change request that is open, as far as is known, and not needed any more."""
    for entry in ledger.entries(State.OPEN, State.REJECTED, State.SKIPPED, State.UNCHANGED):
        if not (entry.number and entry.head):
            continue
        if entry.state is State.REJECTED:
            yield Obsolete(entry, "the change was rejected in a review of the campaign")
        elif entry.state is State.SKIPPED:
            yield Obsolete(entry, f"the repository {entry.message or 'is left alone'}")
        elif not entry.change:
            yield Obsolete(entry, entry.message or "the base branch needs no change any more")


def retire(
    ledger: Ledger, hosts: Hosts, terms: Terms, jobs: int, watch: Watch, found: Sequence[Obsolete]
) -> Iterator[tuple[Entry, str]]:
    """Close them and delete their branches; yields each with what was done, or why it is left: commits of a person.

    Each is marked in the ledger before: what a killed run closed is not taken for what a person closed.
    """
    for each in found:
        ledger.update(each.entry.id, waits=_CLOSING)
    ledger.commit()
    reasons = {each.entry.id: each.reason for each in found}

    def act(host: Host, job: Job) -> OnHost:
        said = f"Closed by the campaign {code(terms.campaign)}: {markdown(reasons[job.entry.id])}.\n"
        return host.close_one(job.entry, replace(terms, reason=said))

    for job, closed in on_hosts(hosts, to_end([each.entry for each in found], hosts), act, jobs, watch):
        entry = job.entry
        if isinstance(closed, OnHost):
            is_merged = closed.state is State.MERGED
            said = {"state": State.MERGED, "message": closed.message, "waits": ""}
            noted = said if is_merged else {**_ENDED, **_unneeded(entry, reasons[entry.id])}
            ledger.update(entry.id, **noted)
            yield entry, "its pull request was merged meanwhile" if is_merged else noted["message"]
        else:
            is_human = closed.fault is Fault.HUMAN
            why = "somebody committed to its branch" if is_human else str(closed)
            if is_human:
                ledger.update(entry.id, waits="")
            yield entry, f"its pull request is obsolete ({reasons[entry.id]}), and was left open: {why}"
        ledger.commit(if_due=True)
    ledger.commit()


def is_ours(entry: Entry) -> bool:
    """Whether a change request that is closed now may be one that a run of ours began to close."""
    return entry.waits == _CLOSING


def closed_by_us(entry: Entry) -> dict[str, Any]:
    """What the ledger says of one that a run closed and could not note. Its branch may still be there."""
    return {**_ENDED, **_unneeded(entry, ""), "head": entry.head, "pushed": entry.pushed, "branch": entry.branch}


def _unneeded(entry: Entry, reason: str) -> dict[str, Any]:
    """A later change gets a new change request."""
    state = State.UNCHANGED if entry.state is State.OPEN else entry.state
    return {"state": state, "message": f"its pull request was closed{f': {reason}' if reason else ''}"}
