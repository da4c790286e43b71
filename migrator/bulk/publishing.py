"""The phases that act on hosts: `push`, `close`, and going on where they failed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from migrator.bulk.ledger import Entry, Ledger
from migrator.bulk.planning import Watch
from migrator.bulk.pushing import Job, Pushed, Pusher, Terms, open_pusher
from migrator.bulk.rollout import on_threads
from migrator.bulk.scheduler import Budget
from migrator.bulk.sources import World
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.work import Result

WINDOW = 400
"""How many repositories are taken from the ledger at once: what a run holds does not grow with the campaign."""


def to_push(ledger: Ledger, *, failed_only: bool = False) -> Iterator[Entry]:
    """What `push` takes: approved ones, and branches that still lack their pull request. `retry`: failed ones."""
    if failed_only:
        yield from ledger.entries(State.FAILED, phase="push")
        return
    for entry in ledger.entries(State.APPROVED, State.PUSHED):
        if entry.state is State.APPROVED or entry.kind == "github":
            yield entry


def push_all(
    ledger: Ledger,
    world: World,
    terms: Terms,
    entries: Sequence[Entry],
    jobs: int,
    watch: Watch,
    budget: Budget,
    wave: int = 0,
) -> None:
    """Push the approved change of each repository and note what is on the host then."""
    watch.expect(len(entries))
    for kind, of_kind in groupby(sorted(entries, key=lambda entry: (entry.kind, entry.id)), key=lambda e: e.kind):
        pusher = open_pusher(kind, world, terms)
        numbers = list(of_kind)
        for start in range(0, len(numbers), WINDOW):
            _push_some(ledger, pusher, numbers[start : start + WINDOW], jobs, watch, budget, wave)
            if watch.stop.is_set():
                return


def _push_some(
    ledger: Ledger, pusher: Pusher, entries: Sequence[Entry], jobs: int, watch: Watch, budget: Budget, wave: int
) -> None:
    work = []
    for entry in entries:
        text = ledger.result(entry.result)
        if text is None:
            ledger.update(entry.id, state=State.DISCOVERED, message="its plan is gone; plan again")
        else:
            work.append(Job(entry, Result.from_json(entry.id, text)))

    def act(job: Job) -> Pushed:
        budget.take_push()
        return pusher.push(job)

    for job, pushed in on_threads(pusher.groups(work), act, jobs, watch, pusher.finish):
        _note(ledger, job.entry, pushed, watch, "push", wave)
        ledger.note_writes(budget.fresh_writes())
        ledger.commit(if_due=True)
    ledger.commit()


def _note(
    ledger: Ledger, entry: Entry, pushed: Pushed | RepositoryError, watch: Watch, phase: str, wave: int = 0
) -> None:
    error = pushed if isinstance(pushed, RepositoryError) else pushed.error
    columns: dict[str, Any] = {}
    if isinstance(pushed, Pushed) and (pushed.head or pushed.state is State.PUSHED):
        # Where the branch was made and the pull request was not, the next run must know that the branch is ours.
        columns = {
            "head": pushed.head,
            "pushed": entry.change,
            "branch": f"migrator/{ledger.name}" if pushed.head else "",
            "wave": wave or entry.wave,
        }
        if pushed.number:
            columns |= {"number": pushed.number, "pull_request": pushed.pull_request, "checks": ""}
    if error is not None:
        if columns:
            ledger.update(entry.id, **columns)
        ledger.fail(entry.id, phase, error)
        watch.done(entry.name, State.FAILED, f"{error.fault}: {error}")
        return
    assert isinstance(pushed, Pushed)
    ledger.update(entry.id, state=pushed.state, fault="", message=pushed.message, phase="", **columns)
    watch.done(entry.name, pushed.state)


def close_all(ledger: Ledger, world: World, terms: Terms, jobs: int, watch: Watch, entries: Sequence[Entry]) -> None:
    """Close what is open and delete our branches, but none that a person has committed to."""
    watch.expect(len(entries))
    for kind, of_kind in groupby(sorted(entries, key=lambda entry: (entry.kind, entry.id)), key=lambda e: e.kind):
        pusher = open_pusher(kind, world, terms)
        # Deleting shares the stores of pushing, and so its grouping.
        empty = Result(0, "changed")
        groups = pusher.groups([Job(entry, empty) for entry in of_kind])

        def act(job: Job, pusher: Pusher = pusher) -> Pushed:
            return pusher.close_one(job.entry)

        for job, closed in on_threads(groups, act, jobs, watch, pusher.finish):
            entry = job.entry
            if isinstance(closed, RepositoryError):
                ledger.fail(entry.id, "close", closed)
                watch.done(entry.name, State.FAILED, f"{closed.fault}: {closed}")
            else:
                state = State.MERGED if entry.state is State.MERGED else closed.state
                ledger.update(entry.id, state=state, message=closed.message, fault="", phase="", head="")
                watch.done(entry.name, state)
            ledger.commit(if_due=True)
    ledger.commit()


def to_close(ledger: Ledger, *, failed_only: bool = False) -> list[Entry]:
    """What has a branch or a pull request, or might have one that a killed run made."""
    if failed_only:
        return list(ledger.entries(State.FAILED, phase="close"))
    reached = (State.PUSHED, State.OPEN, State.MERGED, State.APPROVED)
    return [
        entry
        for entry in ledger.entries()
        # `head` is a branch that is still there, whatever a later plan or a decision made of the repository.
        if entry.head or entry.state in reached or (entry.state is State.FAILED and _may_be_there(entry, reached))
    ]


def _may_be_there(failed: Entry, reached: Sequence[State]) -> bool:
    return failed.phase in ("push", "merge", "close") or failed.before in reached


def next_wave(ledger: Ledger) -> int:
    return 1 + max(
        (entry.wave for entry in ledger.entries(State.OPEN, State.MERGED, State.PUSHED, State.CLOSED)), default=0
    )


def settle_closed(ledger: Ledger) -> None:
    """After `close`, what was never pushed is closed as well: the campaign is over."""
    for entry in list(ledger.entries(State.PLANNED, State.APPROVED, State.DISCOVERED)):
        ledger.update(entry.id, state=State.CLOSED, message="the campaign was closed before it was pushed")
    ledger.set_settings(closed=int(time.time()))
