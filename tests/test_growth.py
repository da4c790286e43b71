"""What counts work for other tests sees what it should: loops, calls, and faults inside what is counted."""

from __future__ import annotations

import sys

import pytest

from tests.growth import calls, ends, steps


def loop(times: int) -> int:
    total = 0
    for number in range(times):
        total += number
    return total


def test_instructions_grow_with_a_loop_that_calls_nothing() -> None:
    assert 9 * steps(lambda: loop(100)) < steps(lambda: loop(1_000)) < 11 * steps(lambda: loop(100))
    assert calls(lambda: loop(100)) == calls(lambda: loop(1_000))


def test_calls_grow_with_what_is_called_in_c_and_in_python() -> None:
    def both(times: int) -> None:
        for _ in range(times):
            "".upper()
            loop(0)

    assert calls(lambda: both(100)) - calls(lambda: both(10)) == 2 * 90


def test_a_count_is_the_same_each_time() -> None:
    assert steps(lambda: loop(50)) == steps(lambda: loop(50))


@pytest.mark.parametrize("count", [calls, steps])
def test_nothing_is_counted_any_more_behind_a_fault(count) -> None:  # type: ignore[no-untyped-def]
    before = sys.getprofile(), sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        count(lambda: 1 // 0)
    assert (sys.getprofile(), sys.gettrace()) == before


def test_a_piece_that_breaks_is_no_piece_that_ends() -> None:
    with pytest.raises(Exception, match="returned non-zero exit status 1"):
        ends("raise SystemExit(1)")
