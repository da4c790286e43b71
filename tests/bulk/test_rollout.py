"""Work on several hosts at once: one that waits keeps no other waiting, and one that stops ends alone."""

from __future__ import annotations

import threading

import pytest

from migrator.bulk.rollout import on_threads
from migrator.bulk.states import CampaignError, State
from migrator.errors import MigratorError

ITEMS = ["slow 1", "slow 2", "slow 3", "fast 1", "fast 2", "fast 3"]


class Watch:
    def __init__(self) -> None:
        self.stop = threading.Event()

    def expect(self, total: int) -> None: ...
    def done(self, name: str, state: State, message: str = "") -> None: ...


def host_of(item: str) -> str:
    return item.split()[0]


def test_a_host_that_waits_keeps_no_other_waiting() -> None:
    others = threading.Semaphore(0)

    def act(item: str) -> str:
        if host_of(item) == "slow":
            for _ in range(3):
                assert others.acquire(timeout=60), "the other host was not worked on"
            others.release(3)
        else:
            others.release()
        return item

    done = [item for item, _ in on_threads([[item] for item in ITEMS], act, 1, Watch(), None, host_of)]
    assert sorted(done) == sorted(ITEMS)


def test_no_host_gets_more_at_once_than_it_may() -> None:
    lock, now, most = threading.Lock(), {"slow": 0, "fast": 0}, {"slow": 0, "fast": 0}
    both = threading.Barrier(4)

    def act(item: str) -> None:
        with lock:
            now[host_of(item)] += 1
            most[host_of(item)] = max(most[host_of(item)], now[host_of(item)])
        if not item.endswith("3"):
            both.wait(60)  # two of each host are there at once
        with lock:
            now[host_of(item)] -= 1

    assert len(list(on_threads([[item] for item in ITEMS], act, 2, Watch(), None, host_of))) == len(ITEMS)
    assert most == {"slow": 2, "fast": 2}


def test_a_host_that_stops_leaves_the_others() -> None:
    stopped: list[tuple[str, str]] = []

    def act(item: str) -> str:
        if item == "slow 1":
            raise CampaignError("the token is rejected")
        return item

    def stops(host: str, error: MigratorError) -> None:
        stopped.append((host, str(error)))

    done = [item for item, _ in on_threads([[each] for each in ITEMS], act, 1, Watch(), None, host_of, stops)]
    assert done == ["fast 1", "fast 2", "fast 3"]
    assert stopped == [("slow", "the token is rejected")]
    with pytest.raises(CampaignError, match="rejected"):
        list(on_threads([[each] for each in ITEMS], act, 1, Watch(), None, host_of))
