"""Each kind of host has its own limits; `--per-hour` counts all of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from migrator.bulk.budgets import Budgets
from migrator.services.budget import CONTENT, Clock

START = 1_000_000.0


class Rig:
    def __init__(self, **limits: Any) -> None:
        self.now = START
        self.budgets = Budgets(threading.Event(), clock=Clock(lambda: self.now, self._wait), **limits)

    def _wait(self, event: threading.Event, seconds: float) -> bool:
        self.now += seconds
        return event.is_set()

    def waited(self, kind: str, times: int, per_minute: int = 0, per_hour: int = 0) -> float:
        """Seconds that so many writes to a kind wait."""
        before = self.now
        for _ in range(times):
            self.budgets.of(kind, per_minute, per_hour).take("core", content=True)
        return self.now - before


def test_a_kind_without_limits_does_not_wait_for_those_of_another() -> None:
    rig = Rig()
    assert rig.waited("strict", 3, per_minute=3) == 0
    assert rig.waited("free", 100) == 0
    assert rig.waited("strict", 1, per_minute=3) == 60


def test_what_a_run_before_wrote_to_a_kind_counts_for_that_kind() -> None:
    first = Rig()
    first.waited("strict", 3, per_minute=3)
    then = Rig(past=first.budgets.fresh_writes())
    assert then.waited("other", 3, per_minute=3) == 0
    assert then.waited("strict", 1, per_minute=3) == 60


def test_what_an_earlier_release_wrote_counts_for_every_kind() -> None:
    rig = Rig(past=[(CONTENT, START)] * 3)
    assert rig.waited("strict", 1, per_minute=3) == 60


def test_what_is_given_replaces_what_a_kind_publishes() -> None:
    assert Rig(per_minute=0).waited("strict", 9, per_minute=3) == 0
    assert Rig(per_minute=2).waited("free", 3) == 60


def test_pushes_are_counted_over_all_kinds() -> None:
    rig = Rig(pushes_per_hour=2)
    for _ in range(3):
        rig.budgets.take_push()
    assert rig.now == START + 3600


@pytest.mark.parametrize("repositories", [1, 7, 100])
def test_the_slowest_kind_gives_the_time_to_go(repositories: int) -> None:
    rig = Rig()
    rig.waited("strict", 1, per_minute=2)
    rig.waited("free", 1)
    assert rig.budgets.eta(repositories) == rig.budgets.of("strict", 2, 0).eta(repositories)
