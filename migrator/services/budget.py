"""One budget for all threads of a run: what the host allows, by its headers, its refusals and its published limits.

GitHub's limits: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, in particular 80 and 500
requests that create content a minute and an hour. What was created within the last hour is kept in the ledger, so that
a run that is started again does not begin with a full budget.
"""

from __future__ import annotations

import re
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from migrator.services.faults import Fault, RunError, ServiceError

MINUTE, HOUR = 60.0, 3600.0
SECONDARY = 60.0
"""Seconds to wait after a secondary limit that names no time; doubled each time in a row, as GitHub asks."""
LONGEST = HOUR
WORTH_SAYING = 3.0
"""Seconds from which on a wait is said."""
TRIES = 6
CONTENT, PUSH = "content", "push"
RESERVE = 10
"""Requests per hour that are left for others with the same credentials."""


AGAIN = frozenset((Fault.TIMEOUT, Fault.UNREACHABLE, Fault.SERVER))
"""What another attempt may find gone."""
R = TypeVar("R")


def again(
    act: Callable[[], R],
    tries: int,
    faults: Collection[Fault] = AGAIN,
    pause: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
) -> R:
    """Do something up to so many times while it fails with one of these faults, `pause` seconds apart, then twice that.

    A write whose answer was lost may be among what is done again: it has to ask the host first what is there.
    """
    for done in range(1, tries):
        try:
            return act()
        except ServiceError as error:
            if error.fault not in faults:
                raise
        sleep(pause * 2**done)
    return act()


def _digits(text: str | None) -> int | None:
    """A number of a header; what else is there says nothing, such as a digit of another script."""
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,18}", text) else None


def _moment(text: str | None, now: float) -> float | None:
    """A time of a header: in seconds since 1970, in milliseconds as some proxies make of it, or in seconds from now."""
    whole = _digits((text or "").partition(".")[0])
    if whole is None:
        return None
    return whole / 1000 if whole > 100 * now else float(whole) if whole > now / 100 else now + whole


class _Left(NamedTuple):
    """How many requests are left until when, of how many."""

    requests: int
    until: float
    limit: int


def _left(headers: Mapping[str, str], now: float) -> _Left | None:
    """What headers say is left: the lower where both spellings are there
    (https://circleci.com/docs/guides/toolkit/api-developers-guide/)."""
    found = []
    for prefix in ("x-ratelimit-", "ratelimit-"):
        requests, until = _digits(headers.get(f"{prefix}remaining")), _moment(headers.get(f"{prefix}reset"), now)
        names = (f"{prefix}limit", *(f"{prefix}limit-{span}" for span in ("second", "minute", "hour", "day")))
        limits = [limit for name in names if (limit := _digits(headers.get(name))) is not None]
        # GitHub's, where a proxy leaves it out.
        limit = min(limits) if limits else None if any(name in headers for name in names) else 5000
        if requests is not None and until is not None and limit is not None:
            found.append(_Left(requests, until, limit))
    return min(found, default=None)


def _after(text: str | None, now: float) -> float | None:
    """When a `Retry-After` ends: seconds, or a date (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after)."""
    if (seconds := _digits(text)) is not None:
        return now + seconds
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None


class HaltedError(RunError):
    """The run was asked to stop while something waited for its turn. Nothing happened to that repository."""


@dataclass(frozen=True)
class Clock:
    """Time, and waiting for it; tests bring their own. `wait` returns early, and true, when the event is set."""

    now: Callable[[], float] = time.time
    wait: Callable[[threading.Event, float], bool] = lambda event, seconds: event.wait(seconds)


@dataclass
class Window:
    """At most `most` events in any `span` seconds; 0 means any number."""

    most: int
    span: float
    times: list[float] = field(default_factory=list)

    def free_at(self, now: float) -> float:
        """When the next event may happen."""
        del self.times[: bisect_left(self.times, now - self.span)]
        if not self.most or len(self.times) < self.most:
            return now
        return self.times[-self.most] + self.span

    def take(self, now: float) -> None:
        self.times.append(now)


class Budget:
    """Ask it before each request, and pass it each answer. Safe to use from any thread."""

    def __init__(
        self,
        stop: threading.Event,
        *,
        per_minute: int = 80,
        per_hour: int = 500,
        pushes_per_hour: int = 0,
        backoff: float = SECONDARY,
        past: Iterable[tuple[str, float]] = (),
        clock: Clock | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`backoff` are the seconds after a first refusal that names no time, doubled each time in a row.

        `say` takes a line before each wait that is longer than a moment, once for all who wait for the same."""
        clock = clock or Clock()
        known = {what: sorted(at for each, at in past if each == what) for what in (CONTENT, PUSH)}
        self._stop, self._clock, self._say = stop, clock, say
        self._backoff = backoff
        self._said_until: dict[str, float] = {}
        self._content = (Window(per_minute, MINUTE, known[CONTENT][:]), Window(per_hour, HOUR, known[CONTENT][:]))
        self._pushes = Window(pushes_per_hour, HOUR, known[PUSH])
        self._lock = threading.Lock()
        self._closed_until: dict[str, float] = {}
        self._in_a_row = 0
        self._fresh: list[tuple[str, float]] = []
        self.waiting_for = ""

    def take(self, resource: str, *, content: bool = False) -> None:
        """Wait until a request may be sent; `resource` is the host's name for its kind, such as `core`."""
        self._await(lambda: self._next(resource, content), CONTENT if content else "")

    def take_push(self) -> None:
        """Wait until one more repository may be pushed, by `--per-hour`."""

        def next_push() -> tuple[float, str]:
            now = self._clock.now()
            at = self._pushes.free_at(now)
            if at <= now:
                self._pushes.take(now)
            return at, "--per-hour"

        self._await(next_push, PUSH)

    def _await(self, ask: Callable[[], tuple[float, str]], what: str) -> None:
        while True:
            with self._lock:
                at, why = ask()
                now = self._clock.now()
                if at <= now:
                    if what:
                        self._fresh.append((what, now))
                    self.waiting_for = ""
                    return
                self.waiting_for = f"{why}, {at - now:.0f} s"
                self._announce(why, at, now)
            if self._stop.is_set() or self._clock.wait(self._stop, min(at - now, 5.0)):
                raise HaltedError("was asked to stop")

    def _announce(self, why: str, at: float, now: float) -> None:
        if at - now >= WORTH_SAYING and at > self._said_until.get(why, 0.0) + WORTH_SAYING:
            self._said_until[why] = at
            self._say(f"waiting {at - now:.0f} s for {why}")

    def _next(self, resource: str, content: bool) -> tuple[float, str]:
        now = self._clock.now()
        closed = max(self._closed_until.get(resource, 0.0), self._closed_until.get("", 0.0))
        if closed > now:
            return closed, "the host's rate limit"
        if not content:
            return now, ""
        at = max(window.free_at(now) for window in self._content)
        if at <= now:
            for window in self._content:
                window.take(now)
        return at, "the limit of content created"

    @property
    def per_hour(self) -> int:
        """How many requests that count may be sent an hour, 0 for any number."""
        return self._content[1].most

    def tell(self, line: str) -> None:
        """Say how the run uses what the host allows."""
        self._say(line)

    def pause(self, seconds: float) -> None:
        """Wait a moment before another attempt."""
        if seconds and self._clock.wait(self._stop, seconds):
            raise HaltedError("was asked to end")

    def heard(self, headers: Mapping[str, str]) -> None:
        """Record how much the host still allows."""
        left = _left(headers, self._clock.now())
        if left is None:
            return
        with self._lock:
            self._in_a_row = 0
            if left.requests <= min(RESERVE, left.limit // 10):
                self._close(headers.get("x-ratelimit-resource", "core"), left.until + 1)

    def refused(self, headers: Mapping[str, str], tries: int) -> None:
        """The host limited requests: nothing is sent for as long as it asks. Raises after many times."""
        if tries >= TRIES:
            raise ServiceError(Fault.LIMITED, f"the host still limits requests after {tries} attempts; retry later")
        now = self._clock.now()
        with self._lock:
            resource = ""
            left = _left(headers, now)
            if (until := _after(headers.get("retry-after"), now)) is not None:
                pass
            elif left is not None and not left.requests:
                until, resource = left.until + 1, headers.get("x-ratelimit-resource", "")
            elif (until := self._closed_until.get("", 0.0)) <= now:
                until = now + self._backoff * 2**self._in_a_row
                self._in_a_row += 1  # Once for all that were in flight together: the others find it closed.
            # A moment at least: a host that names none, or one gone by, is not asked again at once.
            self._close(resource, max(until, now + 1))

    def _close(self, resource: str, until: float) -> None:
        """Nobody sends anything of a kind until then, but no longer than `LONGEST`, whatever the host says."""
        now = self._clock.now()
        self._closed_until[resource] = max(self._closed_until.get(resource, 0.0), min(until, now + LONGEST))

    def eta(self, repositories: int, writes_each: int = 2) -> float:
        """Seconds that the published limits alone make of so many repositories."""
        with self._lock:
            now = self._clock.now()
            seconds = 0.0
            for window, number in (
                *[(w, repositories * writes_each) for w in self._content],
                (self._pushes, repositories),
            ):
                if window.most and number:
                    window.free_at(now)
                    beyond = max(0, number - max(0, window.most - len(window.times)))
                    seconds = max(seconds, -(-beyond // window.most) * window.span)
            return seconds

    def fresh_writes(self) -> list[tuple[str, float]]:
        """What was written since the last call, and when; another run passes it as `past`."""
        with self._lock:
            fresh, self._fresh = self._fresh, []
            return fresh
