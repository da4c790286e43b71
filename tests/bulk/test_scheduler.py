"""The budget, with a clock that the test moves."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.queries import ONE
from migrator.bulk.scheduler import TRIES, Budget, Clock, HaltedError
from migrator.bulk.states import RepositoryError
from tests.bulk.conftest import Host
from tests.bulk.hosts.github.fake import TOKEN


class Time:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def clock(self) -> Clock:
        return Clock(lambda: self.at, self._wait)

    def _wait(self, event: threading.Event, seconds: float) -> bool:
        self.at += seconds
        return event.is_set()


@pytest.fixture
def time() -> Time:
    return Time()


def budget(time: Time, **limits: Any) -> Budget:
    return Budget(threading.Event(), clock=time.clock(), **limits)


def test_reading_waits_for_nothing(time: Time) -> None:
    limited = budget(time, per_minute=1, per_hour=1)
    for _ in range(1000):
        limited.take("core")
    assert time.at == 1_000_000


def test_lifted_limits_wait_for_nothing(time: Time) -> None:
    limited = budget(time, per_minute=0, per_hour=0)
    for _ in range(1000):
        limited.take("core", content=True)
    assert time.at == 1_000_000


def test_no_more_content_than_a_minute_and_an_hour_allow(time: Time) -> None:
    limited = budget(time, per_minute=80, per_hour=500)
    taken = []
    for _ in range(1200):
        limited.take("core", content=True)
        taken.append(time.at)
    for start in taken:
        assert sum(start <= at < start + 60 for at in taken) <= 80
        assert sum(start <= at < start + 3600 for at in taken) <= 500


def test_what_an_earlier_run_created_counts(time: Time) -> None:
    past = [("content", time.at - 100), ("push", time.at)] * 5
    limited = budget(time, per_minute=0, per_hour=5, past=past)
    limited.take("core", content=True)
    assert 1_000_000 + 3500 <= time.at < 1_000_000 + 3600


def test_what_an_earlier_run_pushed_counts(time: Time) -> None:
    earlier = budget(time, pushes_per_hour=10)
    for _ in range(7):
        earlier.take_push()
    earlier.take("core", content=True)
    later = budget(time, pushes_per_hour=10, past=earlier.fresh_writes())
    for _ in range(3):
        later.take_push()
    assert time.at == 1_000_000
    later.take_push()
    assert time.at >= 1_000_000 + 3600


def test_an_empty_purse_waits_for_its_reset(time: Time) -> None:
    limited = budget(time)
    headers = {"x-ratelimit-remaining": "3", "x-ratelimit-reset": str(time.at + 900), "x-ratelimit-resource": "graphql"}
    limited.heard(headers)
    limited.take("core")
    assert time.at == 1_000_000, "the other purse is full"
    limited.take("graphql")
    assert time.at >= 1_000_900


def test_everybody_waits_as_long_as_the_host_asks(time: Time) -> None:
    limited = budget(time)
    limited.refused({"retry-after": "70"}, 1)
    limited.take("graphql")
    assert 1_000_070 <= time.at <= 1_000_075


def test_a_secondary_limit_without_a_time_doubles(time: Time) -> None:
    limited = budget(time)
    waits = []
    for tries in (1, 2, 3):
        before = time.at
        limited.refused({}, tries)
        limited.take("core")
        waits.append(round(time.at - before, -1))
    assert waits == [60, 120, 240]


def test_requests_that_are_refused_together_wait_once(time: Time) -> None:
    limited = budget(time)
    for _ in range(8):
        limited.refused({}, 1)
    limited.take("core")
    assert time.at < 1_000_000 + 66


def test_secondary_limits_double_though_the_host_tells_how_much_is_left(time: Time, host: Host) -> None:
    """GitHub sends the headers of the other limit along, of which there is plenty."""
    plenty = {"X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": "1", "X-RateLimit-Limit": "5000"}
    host.refuse = [(403, plenty, "You have exceeded a secondary rate limit.")] * 3
    api = Api(host.url, TOKEN, budget(time))
    api.query(ONE, {"owner": "acme", "name": "app"})
    api.close()
    assert 1_000_000 + 60 + 120 + 240 <= time.at < 1_000_000 + 60 + 120 + 240 + 20


def test_there_is_an_end_to_waiting(time: Time) -> None:
    with pytest.raises(RepositoryError, match="still limits"):
        budget(time).refused({}, TRIES)


def test_who_waits_can_be_asked_to_end(time: Time) -> None:
    stop = threading.Event()
    limited = Budget(stop, per_minute=1, clock=time.clock())
    limited.take("core", content=True)
    stop.set()
    with pytest.raises(HaltedError):
        limited.take("core", content=True)


def test_so_many_repositories_an_hour(time: Time) -> None:
    limited = budget(time, pushes_per_hour=10)
    for _ in range(21):
        limited.take_push()
    assert time.at >= 1_000_000 + 2 * 3600 - 20


def test_the_time_to_go_is_what_the_limits_allow(time: Time) -> None:
    assert budget(time, per_minute=80, per_hour=500).eta(2000, 2) == pytest.approx(7 * 3600, rel=0.2)
    assert budget(time, per_minute=0, per_hour=0).eta(2000) == 0
