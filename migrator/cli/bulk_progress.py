"""What is seen of a bulk run while it works: a live line on a terminal, plain lines elsewhere; its end by Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from migrator.bulk.states import State
from migrator.cli.talk import tell

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

QUIET = 10.0
"""Seconds between two plain lines."""


class Watcher:
    """Counts by state, rate and time to go. The first Ctrl-C asks for an end, the second one ends.

    `at_once`: nothing is being sent to a host, so that the first one ends as well.
    """

    def __init__(
        self,
        what: str,
        waiting_for: Callable[[], str] = lambda: "",
        eta: Callable[[int], float] = lambda _: 0,
        stop: threading.Event | None = None,
    ):
        self.stop = stop or threading.Event()
        self.at_once = False
        self._what, self._waiting_for, self._eta = what, waiting_for, eta
        self._counts: Counter[State] = Counter()
        self._total = 0
        self._start = time.monotonic()
        self._ended = threading.Event()
        self._teller: threading.Thread | None = None
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._old: object = None

    def __enter__(self) -> Watcher:
        if threading.current_thread() is threading.main_thread():
            self._old = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._progress is not None:
            self._progress.stop()
        if self._old is not None:
            signal.signal(signal.SIGINT, self._old)  # type: ignore[arg-type]
        if kind is None and self._total:
            tell(self._line())

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if self.stop.is_set() or self.at_once:
            self.stop.set()
            raise KeyboardInterrupt
        self.stop.set()
        tell("finishing what is in flight; Ctrl-C again stops at once")

    def expect(self, total: int) -> None:
        self._total += total
        if self._progress is None and total and sys.stderr is not None and sys.stderr.isatty():
            self._begin()
        elif self._progress is None and self._teller is None and total:
            # Also while nothing ends: who waits for an hour's limit should read that it is waited for.
            self._teller = threading.Thread(target=self._tell, daemon=True)
            self._teller.start()
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=self._total)

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
        from rich.text import Text

        rest = self._rest

        class Rest(ProgressColumn):
            """Counts, rate, time to go and what is waited for, at the moment of drawing."""

            def render(self, _task: Task) -> Text:
                return Text(rest())

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rest())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(self._what, total=self._total)
        self._progress.start()

    def _tell(self) -> None:
        while not self._ended.wait(QUIET):
            tell(self._line())

    def done(self, name: str, state: State, message: str = "") -> None:
        """One repository is through. A new failure is reported at once."""
        self._counts[state] += 1
        if message:
            tell(f"{name}: {message}")
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=sum(self._counts.values()))

    def _line(self) -> str:
        return f"{self._what}: {sum(self._counts.values())} of {self._total} ({self._rest()})"

    def _rest(self) -> str:
        done = sum(self._counts.values())
        seconds = time.monotonic() - self._start
        parts = [f"{number} {state}" for state, number in sorted(self._counts.copy().items())]
        parts.append(f"{done / max(seconds, 0.001):.1f} a second")
        left = self._total - done
        # What is slower decides: the work, or what the host allows.
        to_go = max(left * seconds / done if done else 0.0, self._eta(left)) if left > 0 else 0.0
        if to_go:
            parts.append(f"{_time(to_go)} to go")
        if waiting := self._waiting_for():
            parts.append(f"waiting for {waiting}")
        return ", ".join(parts)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
