"""The phases that act on hosts: `push`, `close`, and resuming where they failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from migrator.bulk.contents import GONE
from migrator.bulk.entry import Entry
from migrator.bulk.host import PUSH_AGAIN, Host, Job, OnHost, Terms
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.rollout import Watch, on_threads
from migrator.bulk.states import STOPS, RepositoryError, State
from migrator.bulk.work import Result
from migrator.services.budget import again

WINDOW = 400
"""How many repositories are taken from the ledger at once: what a run holds does not grow with the campaign."""


def to_push(ledger: Ledger, *, failed_only: bool = False) -> Iterator[Entry]:
    """What `push` takes: approved ones, and branches that still lack their pull request. `retry`: failed ones."""
    if failed_only:
        yield from ledger.entries(State.FAILED, phase="push")
        return
    for entry in ledger.entries(State.APPROVED, State.PUSHED):
        if entry.state is State.APPROVED or entry.kind in ledger.with_requests:
            yield entry


class Waiting(NamedTuple):
    """A repository whose turn comes later: no more is kept of thousands."""

    id: int
    kind: str


E = TypeVar("E", Entry, Waiting)


def by_host(entries: Sequence[E], hosts: Hosts) -> Iterator[tuple[Host, list[E]]]:
    """Repositories by the host that they are on, which is ready for work; a host that stops is left out."""
    hosts.at_work({entry.kind for entry in entries})
    for kind, of_kind in groupby(sorted(entries, key=lambda entry: (entry.kind, entry.id)), key=lambda e: e.kind):
        host = hosts.of(kind)
        try:
            host.ready()
        except STOPS as error:
            hosts.stops(kind, error)
        else:
            yield host, list(of_kind)


def on_hosts(
    hosts: Hosts, work: Sequence[Job], act: Callable[[Host, Job], OnHost], jobs: int, watch: Watch
) -> Iterator[tuple[Job, OnHost | RepositoryError]]:
    """Do something with every repository, on all hosts at once, those of one lane one after the other."""
    of = {kind: hosts.of(kind) for kind in {job.entry.kind for job in work}}
    lanes: dict[tuple[str, int], list[Job]] = {}
    for job in work:
        lanes.setdefault((job.entry.kind, of[job.entry.kind].lane(job.entry)), []).append(job)

    def do(job: Job) -> OnHost:
        return act(of[job.entry.kind], job)

    def leave(done: Sequence[Job]) -> None:
        host = of[done[0].entry.kind]
        host.leave(host.lane(done[0].entry))

    return on_threads(list(lanes.values()), do, jobs, watch, leave, lambda job: job.entry.kind, hosts.stops)


def push_all(
    ledger: Ledger, hosts: Hosts, terms: Terms, entries: Sequence[E], jobs: int, watch: Watch, wave: int = 0
) -> None:
    """Push the approved change of each repository and record what is on the host then."""
    watch.expect(len(entries))
    ready = list(by_host(entries, hosts))
    of_kind = {host.kind.name: terms.on(host.kind) for host, _ in ready}
    for start in range(0, max((len(of_host) for _, of_host in ready), default=0), WINDOW):
        still = [of_host for host, of_host in ready if host.kind.name not in hosts.down]
        part = [ledger.by_id(each.id) for of_host in still for each in of_host[start : start + WINDOW]]
        _push_some(ledger, hosts, of_kind, part, jobs, watch, wave)
        if watch.stop.is_set():
            return


def _push_some(
    ledger: Ledger, hosts: Hosts, terms: Mapping[str, Terms], entries: Sequence[Entry], jobs: int, watch: Watch,
    wave: int,
) -> None:  # fmt: skip
    budgets = hosts.world.budgets
    work = []
    for entry in entries:
        text = ledger.result(entry.result)
        if text is None:
            ledger.update(entry.id, state=State.DISCOVERED, message=GONE)
        else:
            work.append(Job(entry, Result.from_json(entry.id, text)))

    def act(host: Host, job: Job) -> OnHost:
        budgets.take_push()
        # Whether a write that got no answer happened is seen when the host is asked again.
        return again(lambda: host.push(job, terms[host.kind.name]), host.kind.tries, PUSH_AGAIN)

    for job, pushed in on_hosts(hosts, work, act, jobs, watch):
        _note(ledger, job.entry, pushed, watch, "push", wave)
        ledger.note_writes(budgets.fresh_writes())
        ledger.commit(if_due=True)
    ledger.commit()


def _note(
    ledger: Ledger, entry: Entry, pushed: OnHost | RepositoryError, watch: Watch, phase: str, wave: int = 0
) -> None:
    error = pushed if isinstance(pushed, RepositoryError) else pushed.error
    columns: dict[str, Any] = {}
    if isinstance(pushed, OnHost) and (pushed.head or pushed.state is State.PUSHED):
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
        watch.done(entry.label, State.FAILED, f"{error.fault}: {error}")
        return
    assert isinstance(pushed, OnHost)
    ledger.update(entry.id, state=pushed.state, fault="", message=pushed.message, phase="", **columns)
    watch.done(entry.label, pushed.state)


def to_end(entries: Sequence[Entry], hosts: Hosts) -> list[Job]:
    """Work on what is on the hosts already, whatever the plan said: that is not looked at."""
    planned = Result(0, "changed")
    return [Job(entry, planned) for _, of_host in by_host(entries, hosts) for entry in of_host]


def close_all(ledger: Ledger, hosts: Hosts, terms: Terms, jobs: int, watch: Watch, entries: Sequence[Entry]) -> None:
    """Close what is open and delete our branches, except those that a person has committed to."""
    watch.expect(len(entries))
    work = to_end(entries, hosts)

    def act(host: Host, job: Job) -> OnHost:
        return host.close_one(job.entry, terms)

    for job, closed in on_hosts(hosts, work, act, jobs, watch):
        entry = job.entry
        if isinstance(closed, RepositoryError):
            ledger.fail(entry.id, "close", closed)
            watch.done(entry.label, State.FAILED, f"{closed.fault}: {closed}")
        else:
            state = State.MERGED if entry.state is State.MERGED else closed.state
            ledger.update(entry.id, state=state, message=closed.message, fault="", phase="", head="")
            watch.done(entry.label, state)
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
        # `head` is a branch that is still there, whatever a later plan or decision says about the repository.
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
