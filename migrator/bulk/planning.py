"""`plan`: read every repository, compute what it needs, and record it. A second run touches only what changed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from migrator.bulk.engines.engine import Engine
from migrator.bulk.entry import Entry
from migrator.bulk.host import Discovered, Read
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.rollout import Watch, threads
from migrator.bulk.states import STOPS, CampaignError, RepositoryError, State
from migrator.bulk.work import Order, Result, order_key, task_key
from migrator.cache.results import ResultCache
from migrator.engine.batch import Plan
from migrator.errors import UsageError
from migrator.services.budget import HaltedError
from migrator.services.faults import Fault
from migrator.startup.records import replace

_A_BYTE = 2.5e-6
"""Seconds of work that a byte of a config takes, as a first guess; what batches take corrects it."""
_AT_MOST = 64
_SETTLED = frozenset((State.PUSHED, State.OPEN, State.MERGED, State.CLOSED))


def note_discovered(ledger: Ledger, found: Iterable[Discovered], watch: Watch) -> list[int]:
    """Put what the sources list into the ledger; returns the numbers of those that are to be read."""
    numbers = []
    try:
        for each in found:
            if watch.stop.is_set():
                break
            if number := _note_one(ledger, each):
                numbers.append(number)
    finally:
        ledger.commit()  # What was listed before a host failed is kept.
    return numbers


def _note_one(ledger: Ledger, each: Discovered) -> int:
    """Note one; returns its number where it is to be read, else 0."""
    columns: dict[str, Any] = {"host_id": each.host_id, "public": each.public, "topics": " ".join(each.topics)}
    if each.base_branch:
        columns["base_branch"] = each.base_branch
    entry = ledger.add(each.name, each.kind, each.source, **columns)
    if each.error is not None:
        ledger.fail(entry.id, "plan", each.error)
        return 0
    if each.skip:
        if entry.state not in _SETTLED:
            ledger.update(entry.id, state=State.SKIPPED, message=each.skip, fault="", phase="")
        return 0
    if entry.state is State.SKIPPED:
        ledger.update(entry.id, state=State.DISCOVERED, message="")
    return entry.id


@dataclass
class _Lane:
    """What is read of one kind of host, on threads of its own."""

    batches: Iterator[list[Entry]]
    pool: ThreadPoolExecutor
    reading: dict[Future[list[Read]], Sequence[Entry]] = field(default_factory=dict)
    more: bool = True


class Planner:
    """Reads, computes and notes, each with no more in flight than its part of the machine can use."""

    def __init__(
        self,
        ledger: Ledger,
        hosts: Hosts,
        plan: Plan,
        engine: Engine,
        jobs: int,
        watch: Watch,
        *,
        kept: ResultCache | None = None,
    ) -> None:
        """`kept` are results that other campaigns share; an engine gets what neither they nor the ledger have."""
        self.ledger, self.hosts, self.plan, self.engine, self.kept = ledger, hosts, plan, engine, kept
        self.jobs, self.watch = jobs, watch
        self.task = task_key(plan)
        self._again = ledger.setting("task") != self.task
        self._read: dict[int, Read] = {}
        self._tries: dict[int, int] = {}
        self._waiting: list[Order] = []
        self._seconds_a_byte = _A_BYTE

    def run(self, numbers: Sequence[int]) -> None:
        self.watch.expect(len(numbers))
        self.hosts.at_work(self.ledger.kinds())
        working: dict[Future[list[Result]], tuple[Order, ...]] = {}
        with ExitStack() as pools:
            lanes = [
                _Lane(batches, pools.enter_context(threads(self.jobs, "read"))) for batches in self._kinds(numbers)
            ]
            try:
                while any(lane.more or lane.reading for lane in lanes) or working or self._waiting:
                    for lane in lanes:
                        self._read_more(lane)
                    self._send(working, flush=not any(lane.more or lane.reading for lane in lanes))
                    futures: list[Future[Any]] = [*(each for lane in lanes for each in lane.reading), *working]
                    for future in wait(futures, return_when=FIRST_COMPLETED).done if futures else ():
                        if future in working:
                            self._take_result(future, working.pop(future))
                        else:
                            lane = next(lane for lane in lanes if future in lane.reading)
                            self._take_read(future, lane.reading.pop(future))
                    self.ledger.commit(if_due=True)
            finally:
                self.ledger.commit()
        if self.kept is not None:
            self.kept.close()
        self.hosts.world.stores.close()
        if not self.watch.stop.is_set() and not self.hosts.down:
            self.ledger.set_settings(task=self.task)

    def _read_more(self, lane: _Lane) -> None:
        """Keep the threads of one kind of host busy, however many of another one wait for an answer."""
        lane.more = lane.more and not self.watch.stop.is_set()
        while lane.more and len(lane.reading) < 2 * self.jobs and len(self._waiting) < 4 * _AT_MOST:
            batch = next(lane.batches, None)
            lane.more = batch is not None
            if batch is not None:
                lane.reading[lane.pool.submit(self.hosts.of(batch[0].kind).read, batch)] = batch

    def _kinds(self, numbers: Sequence[int]) -> list[Iterator[list[Entry]]]:
        """The batches of each kind of host."""
        of_kind: dict[str, list[int]] = {}
        kinds = self.ledger.kinds()
        for number in numbers:
            kind = kinds[0] if len(kinds) == 1 else self.ledger.by_id(number).kind
            of_kind.setdefault(kind, []).append(number)
        return [self._batches(kind, of_it) for kind, of_it in of_kind.items()]

    def _batches(self, kind: str, numbers: Sequence[int]) -> Iterator[list[Entry]]:
        """Repositories of one kind, as many at once as their host likes."""
        group = (self.ledger.by_id(number) for number in numbers)
        host = self.hosts.of(kind)
        try:
            host.ready()
        except STOPS as error:
            self.hosts.stops(kind, error)
        while kind not in self.hosts.down and (batch := list(itertools.islice(group, host.kind.batch))):
            # Under other rules no earlier result counts, even where nothing changed.
            yield [replace(entry, result="") for entry in batch] if self._again else batch

    def _take_read(self, future: Future[list[Read]], batch: Sequence[Entry]) -> None:
        try:
            found = future.result()
        except HaltedError:
            return  # Nothing happened to these: the next run reads them.
        except (CampaignError, UsageError) as error:
            self.hosts.stops(batch[0].kind, error)
            return  # The next run reads them.
        except RepositoryError as error:
            found = [Read(entry, error=error) for entry in batch]
        for read in found:
            entry = read.entry
            if read.error is not None:
                self._fail(entry, read.error)
            elif read.skip:
                self._note(entry, State.SKIPPED, base=read.base, tree=read.tree, message=read.skip, fault="", phase="")
            elif read.is_known:
                self._known(entry, read)
            else:
                name = entry.name if self.plan.policy.overrides else ""
                order = Order(entry.id, read.files, len(read.base) or 40, name)
                key = order_key(self.task, order)
                self._read[entry.id] = read
                known = self._result_of(key, entry.id) if read.files else None
                if not read.files:
                    self._settle(Result(entry.id, "unchanged", "has no CircleCI config", pulled=()), "")
                elif known is not None:
                    self._settle(known, key)
                else:
                    self._waiting.append(order)

    def _result_of(self, key: str, number: int) -> Result | None:
        """A result that was computed before, here or for another campaign."""
        text = self.ledger.result(key)
        if text is not None:
            return Result.from_json(number, text)
        text = self.kept.find(key) if self.kept is not None else None
        if text is None or self.kept is None:
            return None
        try:
            result = Result.from_json(number, text)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.kept.drop(key)
            return None
        self.ledger.put_result(key, result.to_json())
        return result

    def _known(self, entry: Entry, read: Read) -> None:
        if entry.state is State.DISCOVERED or (entry.state is State.FAILED and entry.phase == "plan"):
            known = self.ledger.result(entry.result)
            if known is not None:
                self._read[entry.id] = read
                self._settle(Result.from_json(entry.id, known), entry.result)
                return
        self.watch.done(entry.label, entry.state)

    def _send(self, working: dict[Future[list[Result]], tuple[Order, ...]], *, flush: bool) -> None:
        """Send what waits, in batches that are worth sending."""
        while self._waiting and len(working) < 2 * self.engine.width:
            batch: list[Order] = []
            seconds = 0.0
            while self._waiting and seconds < self.engine.pays and len(batch) < _AT_MOST:
                order = self._waiting.pop()
                batch.append(order)
                seconds += self._seconds_a_byte * sum(len(file.data) for file in order.files)
                if self._tries.get(order.number):
                    break  # It was there when a worker died: from now on it runs alone.
            if seconds < self.engine.pays and not flush and working:
                self._waiting += batch
                return
            working[self.engine.submit(self.plan, batch)] = tuple(batch)

    def _take_result(self, future: Future[list[Result]], orders: tuple[Order, ...]) -> None:
        try:
            results = future.result()
        except (Exception, CancelledError) as error:  # a worker was lost, with all it had in hand
            self._lost(orders, error)
            return
        size = sum(len(file.data) for order in orders for file in order.files)
        taken = sum(result.seconds for result in results)
        self._seconds_a_byte += 0.3 * (taken / max(size, 1) - self._seconds_a_byte)
        for order, result in zip(orders, results, strict=True):
            key = order_key(self.task, order)
            if result.status != "failed":
                text = result.to_json()
                self.ledger.put_result(key, text)
                if self.kept is not None and not result.is_private:
                    self.kept.keep(key, text)
            self._settle(result, key)

    def _lost(self, orders: tuple[Order, ...], error: BaseException) -> None:
        from migrator.errors import MigratorError

        if isinstance(error, MigratorError):
            raise error  # a rule that does not load there concerns them all
        for order in orders:
            tries = self._tries[order.number] = self._tries.get(order.number, 0) + 1
            if tries < 4:
                self._waiting.append(order)
                continue
            entry = self._read.pop(order.number).entry
            message = f"its worker was lost {tries} times ({type(error).__name__}); is it out of memory?"
            self._fail(entry, RepositoryError(Fault.INTERNAL, message))

    def _settle(self, result: Result, key: str) -> None:
        """Record the result of a repository, and keep every decision that is still about the same change."""
        read = self._read.pop(result.number)
        entry = _as_it_was(read.entry)
        columns: dict[str, Any] = {"base": read.base, "tree": read.tree, "store": read.store, "result": key}
        if result.status == "failed":
            error = RepositoryError(Fault(result.fault or Fault.INTERNAL), result.message)
            self._fail(entry, error, **{**columns, "result": "", "change": "", "shape": ""})
            return
        columns |= {"change": result.change, "shape": ""}
        if result.status == "unchanged":
            state = entry.state if entry.state in _SETTLED else State.UNCHANGED
            self._note(entry, state, **columns, message=result.message, fault="", phase="")
            return
        self.hosts.of(entry.kind).keep(read.files)
        if entry.change != result.change:
            columns["planned_at"] = int(time.time())
        failed_push = entry.state is State.FAILED and entry.phase != "plan" and entry.change == result.change
        state = _next_state(entry, result.change)
        if state is State.PLANNED and entry.state is not State.PLANNED:
            columns["answers"] = ""  # what was carried out, or came to nothing, is asked about again
        # Why a person rejected it is still true of the same change.
        message = entry.message if state is State.REJECTED else result.message
        kept = {} if failed_push else {"message": message, "fault": "", "phase": ""}
        self._note(entry, State.FAILED if failed_push else state, **columns, **kept)

    def _fail(self, entry: Entry, error: RepositoryError, **columns: Any) -> None:
        if columns:
            self.ledger.update(entry.id, **columns)
        self.ledger.fail(entry.id, "plan", error)
        self.watch.done(entry.label, State.FAILED, f"{error.fault}: {error}")

    def _note(self, entry: Entry, state: State, **columns: Any) -> None:
        self.ledger.update(entry.id, state=state, **columns)
        self.watch.done(entry.label, state)


def _as_it_was(entry: Entry) -> Entry:
    """A repository that could not be read for a while is back in its former state: decided, pushed or open."""
    if entry.state is State.FAILED and entry.phase == "plan" and entry.before:
        return replace(entry, state=State(entry.before))
    return entry


def _next_state(entry: Entry, change: str) -> State:
    if entry.state is State.CLOSED or (entry.state in _SETTLED and entry.pushed == change):
        return entry.state  # Closed by a person, or there already.
    if entry.state in (State.APPROVED, State.REJECTED) and entry.decided == change:
        return entry.state
    return State.PLANNED


def refuse_when_empty(ledger: Ledger) -> None:
    if not ledger.counts():
        raise CampaignError(f"{ledger.path}: the sources list no repository; widen --match or --limit")
