"""The budgets of a run: one for each kind of host, as each has limits of its own, and one for `--per-hour`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from migrator.services.budget import CONTENT, PUSH, Budget, Clock


class Budgets:
    """Makes the budget of a kind when it is first asked for. Safe to use from any thread."""

    def __init__(
        self,
        stop: threading.Event,
        *,
        per_minute: int | None = None,
        per_hour: int | None = None,
        pushes_per_hour: int = 0,
        past: Iterable[tuple[str, float]] = (),
        clock: Clock | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`per_minute` and `per_hour` replace what each kind publishes; 0 lifts the limit.

        `past` is what `fresh_writes` of the runs before returned; what they wrote to an unnamed host counts for all.
        """
        self._stop, self._clock, self._say = stop, clock, say
        self._per_minute, self._per_hour = per_minute, per_hour
        self._past = list(past)
        self._lock = threading.Lock()
        self._kinds: dict[str, Budget] = {}
        pushes = [(what, at) for what, at in self._past if what == PUSH]
        self._pushes = Budget(
            stop, per_minute=0, per_hour=0, pushes_per_hour=pushes_per_hour, past=pushes, clock=clock, say=say
        )

    def of(self, kind: str, per_minute: int, per_hour: int) -> Budget:
        """The budget of a kind of host, whose published limits of content a minute and an hour these are."""
        with self._lock:
            if kind not in self._kinds:
                names = (CONTENT, f"{CONTENT} {kind}")
                self._kinds[kind] = Budget(
                    self._stop,
                    per_minute=per_minute if self._per_minute is None else self._per_minute,
                    per_hour=per_hour if self._per_hour is None else self._per_hour,
                    past=[(CONTENT, at) for what, at in self._past if what in names],
                    clock=self._clock,
                    say=self._say,
                )
            return self._kinds[kind]

    def take_push(self) -> None:
        """Wait until one more repository may be pushed, on whichever host."""
        self._pushes.take_push()

    @property
    def waiting_for(self) -> str:
        """What a thread of the run waits for, or nothing."""
        return next((each.waiting_for for each in self._all() if each.waiting_for), "")

    def eta(self, repositories: int) -> float:
        """Seconds that the published limits alone make of so many repositories, were they all on the slowest host."""
        return max(each.eta(repositories) for each in self._all())

    def fresh_writes(self) -> list[tuple[str, float]]:
        """What was written since the last call, and when; another run passes it as `past`."""
        with self._lock:
            kinds = list(self._kinds.items())
        named = [(f"{what} {kind}", at) for kind, budget in kinds for what, at in budget.fresh_writes()]
        return named + self._pushes.fresh_writes()

    def _all(self) -> list[Budget]:
        with self._lock:
            return [self._pushes, *self._kinds.values()]
