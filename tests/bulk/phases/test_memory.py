"""What a push holds does not grow with the campaign, but for a number of each repository."""

from __future__ import annotations

import threading
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from migrator.bulk.git import Identity
from migrator.bulk.host import Job, OnHost, Terms
from migrator.bulk.hosts.git.host import Host as GitHost
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.phases.publishing import WINDOW, Waiting, push_all, to_push
from migrator.bulk.states import State
from migrator.bulk.work import Result
from migrator.bulk.world import World
from migrator.engine.batch import Plan
from migrator.policy import Policy


class Quiet:
    stop = threading.Event()

    def expect(self, total: int) -> None: ...
    def done(self, name: str, state: State, message: str = "") -> None: ...


def _highest(folder: Path, count: int) -> int:
    """The most bytes that are held while so many repositories are pushed."""
    folder.mkdir()
    with Ledger(folder / "hub.db", "hub", with_requests=(), create=True) as ledger:
        for number in range(count):
            entry = ledger.add(f"acme/{number}", "git", f"https://example.com/acme/{number}")
            ledger.put_result(str(number), Result(0, "changed", "x" * 3000, change=f"{number:016}").to_json())
            ledger.update(entry.id, state=State.APPROVED, result=str(number), change=f"{number:016}")
        terms = Terms("hub", "migrator/hub", Plan((), (), Policy()), Identity("A", "a@b.c"))
        with closing(Hosts(World(folder / "objects"))) as hosts:
            tracemalloc.start()
            try:
                waiting = [Waiting(entry.id, entry.kind) for entry in to_push(ledger)]
                push_all(ledger, hosts, terms, waiting, 2, Quiet())
                highest = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert ledger.counts() == {State.PUSHED: count}
    return highest


def test_what_is_held_is_a_window_of_repositories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def push(_host: GitHost, job: Job, _terms: Terms) -> OnHost:
        return OnHost(job.entry, head="1" * 40)

    monkeypatch.setattr(GitHost, "push", push)
    few = _highest(tmp_path / "few", WINDOW)
    many = _highest(tmp_path / "many", 3 * WINDOW)
    assert many - few < 300 * 2 * WINDOW
