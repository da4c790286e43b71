"""Processes that work through a list, watched by this one: who takes too long is killed, and the others go on.

`concurrent.futures` cannot end one process of a pool, nor say on which item it is.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection, get_context, reduction
from typing import Any, Generic, TypeVar

from migrator.engine.limits import TooSlowError

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 8
"""So many items are sent to a worker at once, so that it need not wait for the next."""
MOST_READY = 1024
"""So many results wait for one before them at most: then nothing more is handed out."""
_STARTS = 3
"""So often in a row a process may die before it is ready."""
_READY = b""
_PR_SET_PDEATHSIG = 1
"""https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html"""


class Lost(Exception):  # noqa: N818
    """An item that has no result: `too_slow` says that its time was up, else its process died."""

    def __init__(self, *, too_slow: bool) -> None:
        super().__init__("too slow" if too_slow else "lost")
        self.too_slow = too_slow


class _Worker:
    """One process, with the numbers of the items that it was sent and has not answered, the one in hand first."""

    def __init__(
        self, begin: Callable[..., Callable[[Any], Any]], given: tuple[Any, ...], *, in_steps: bool = False
    ) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, os.getpid(), begin, given, in_steps), daemon=True)
        # A terminal sends Ctrl-C to all processes. One that starts while it is blocked stays deaf to it, from its first
        # import on; this one says that it was interrupted.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self.is_ready = False
        self.sent: deque[int] = deque()
        self.since = 0.0

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(
    pipe: connection.Connection,
    parent: int,
    begin: Callable[..., Callable[[Any], Any]],
    given: tuple[Any, ...],
    in_steps: bool,
) -> None:
    """What a worker does: answers each item in turn, until the other end is closed."""
    _die_with(parent)
    try:
        work = begin(*given)
        pipe.send_bytes(_READY)
        while True:
            number, item = pipe.recv()
            if in_steps:
                for step in work(item):
                    pipe.send(step)
                pipe.send(None)
            else:
                pipe.send_bytes(number.to_bytes(8, "big") + reduction.ForkingPickler.dumps(work(item)))
    except EOFError:
        os._exit(0)
    except BaseException:  # a wall: the other end says what was in hand; a traceback could quote a config
        os._exit(1)


def _die_with(parent: int) -> None:
    """Let this process end when its parent is killed, also in the middle of an item. Elsewhere it ends after that."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


class Attended(Generic[T, R]):
    """One process that answers in steps: `begin()` returns what yields them for an item. All of it is pickled.

    It is asked by one thread at a time. It is started when it is first asked, and anew after it was killed.
    """

    def __init__(self, begin: Callable[[], Callable[[T], Iterator[R]]]) -> None:
        self._begin = begin
        self._worker: _Worker | None = None
        self._is_over = False

    def begin(self, item: T) -> Callable[[float], R | None]:
        """Ask for an item; returns what waits for the next step, at most so many seconds, and is `None` after the last.

        Raises `Lost` where the process died, `TooSlowError` where it was killed because its time was up; how long it
        takes to start does not count.
        """
        if self._worker is None:
            self._worker = _Worker(self._begin, (), in_steps=True)
        worker = self._worker
        if not worker.is_ready:
            self._next(worker, 0, is_step=False)
            worker.is_ready = True
        try:
            worker.pipe.send((0, item))
        except OSError:
            self.close()
            raise Lost(too_slow=False) from None
        return lambda seconds: self._next(worker, seconds)

    def _next(self, worker: _Worker, seconds: float, *, is_step: bool = True) -> Any:
        try:
            if not self._is_over and worker.pipe.poll(seconds or None):
                return worker.pipe.recv() if is_step else worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self.close()
            raise Lost(too_slow=False) from None
        self.close()
        if self._is_over:
            raise Lost(too_slow=False)
        raise TooSlowError

    def end(self) -> None:
        """From any thread: kill it, so that whoever waits for it learns that it is lost, now and ever after."""
        self._is_over = True
        if (worker := self._worker) is not None:
            worker.process.kill()

    def close(self) -> None:
        """For the thread that asks, or when nobody does any more."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None


class Workers(Generic[T, R]):
    """`begin(*given)` is called once in each process and returns what works on an item. All of it is pickled.

    No item may take longer than `limit` seconds, 0 for no limit; how long a process takes to start does not count.
    """

    def __init__(self, jobs: int, begin: Callable[..., Callable[[T], R]], given: tuple[Any, ...], limit: float) -> None:
        self._jobs, self._begin, self._given, self._limit = jobs, begin, given, limit
        self._workers: list[_Worker] = []
        self._unready = 0

    def results(self, items: Sequence[T]) -> Iterator[R | Lost]:
        """A result for each item, in their order. When the caller stops, as Ctrl-C makes it, no process is left."""
        waiting = deque(range(len(items)))
        found: dict[int, bytes | Lost] = {}  # as they were sent: smaller than what they stand for
        try:
            for number in range(len(items)):
                while number not in found:
                    self._hand_out(waiting, items, number + MOST_READY)
                    self._take(waiting, found)
                answer = found.pop(number)
                yield answer if isinstance(answer, Lost) else reduction.ForkingPickler.loads(answer)
        finally:
            for worker in self._workers:
                worker.kill()
            self._workers = []

    def _hand_out(self, waiting: deque[int], items: Sequence[T], until: int) -> None:
        open_items = len(waiting) + sum(len(worker.sent) for worker in self._workers)
        while len(self._workers) < min(self._jobs, open_items):
            self._workers.append(_Worker(self._begin, self._given))
        # The last items one by one: nobody should have several while others have none.
        ahead = max(1, min(AHEAD, len(waiting) // (2 * self._jobs)))
        for worker in self._workers:
            while waiting and waiting[0] < until and worker.is_ready and len(worker.sent) < ahead:
                if not worker.sent:
                    worker.since = time.monotonic()
                number = waiting.popleft()
                worker.sent.append(number)
                try:
                    worker.pipe.send((number, items[number]))
                except OSError:
                    break  # it died: whoever takes its answers will see

    def _take(self, waiting: deque[int], found: dict[int, bytes | Lost]) -> None:
        by_pipe: dict[Any, _Worker] = {worker.pipe: worker for worker in self._workers}
        for pipe in connection.wait(list(by_pipe), self._patience()):
            worker = by_pipe[pipe]
            try:
                answer = worker.pipe.recv_bytes()
            except (EOFError, OSError):
                self._give_up(worker, waiting, found, too_slow=False)
                continue
            if answer == _READY:
                worker.is_ready, self._unready = True, 0
                continue
            found[int.from_bytes(answer[:8], "big")] = answer[8:]
            worker.sent.popleft()
            worker.since = time.monotonic()
        now = time.monotonic()
        for worker in list(self._workers):
            is_late = self._limit > 0 and worker.sent and now - worker.since >= self._limit
            if is_late and not worker.pipe.poll():
                self._give_up(worker, waiting, found, too_slow=True)

    def _patience(self) -> float | None:
        """Seconds until the first time is up."""
        if self._limit <= 0:
            return None
        ends = [worker.since + self._limit for worker in self._workers if worker.sent]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _give_up(self, worker: _Worker, waiting: deque[int], found: dict[int, bytes | Lost], *, too_slow: bool) -> None:
        """Be without a process: what it had in hand has no result, what it had not begun is for the others."""
        self._workers.remove(worker)
        worker.kill()
        if worker.sent:
            found[worker.sent.popleft()] = Lost(too_slow=too_slow)
            waiting.extendleft(reversed(worker.sent))
        elif not worker.is_ready:
            self._unready += 1
            if self._unready >= _STARTS:
                while waiting:
                    found[waiting.popleft()] = Lost(too_slow=False)
