"""The budget, with a clock that the test moves."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from migrator.services.budget import TRIES, Budget, Clock, HaltedError
from migrator.services.faults import ServiceError


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


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"ratelimit-remaining": "0", "ratelimit-reset": "20"}, 20),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "20", "x-ratelimit-limit-minute": "60"}, 20),
        ({"ratelimit-remaining": "50", "ratelimit-reset": "9", "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": "20"}, 20),
        ({"ratelimit-remaining": "3", "ratelimit-reset": "20", "ratelimit-limit": "30"}, 20),
        ({"ratelimit-remaining": "4", "ratelimit-reset": "20", "ratelimit-limit": "30"}, 0),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "20", "x-ratelimit-limit-second": "30",
          "x-ratelimit-limit-hour": "9000"}, 0),
        ({"ratelimit-remaining": "many", "ratelimit-reset": "soon"}, 0),
    ],
)  # fmt: skip
def test_what_is_left_is_read_in_both_spellings_and_the_lower_counts(
    time: Time, headers: dict[str, str], waits: int
) -> None:
    limited = budget(time)
    limited.heard(headers)
    limited.take("core")
    assert waits <= time.at - 1_000_000 <= waits + 5 * bool(waits)


def test_the_first_wait_without_a_time_is_the_services_own(time: Time) -> None:
    limited = budget(time, backoff=2)
    limited.refused({}, 1)
    limited.take("core")
    limited.refused({}, 2)
    limited.take("core")
    assert 1_000_006 <= time.at <= 1_000_016


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


def test_there_is_an_end_to_waiting(time: Time) -> None:
    with pytest.raises(ServiceError, match="still limits"):
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
