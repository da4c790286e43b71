"""Works through repositories on threads, one ledger row at a time: shared by `push`, `merge` and `close`."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol, TypeVar

from migrator.bulk.states import CampaignError, RepositoryError, State
from migrator.errors import MigratorError, UsageError
from migrator.services.budget import HaltedError
from migrator.services.faults import Fault

T = TypeVar("T")
R = TypeVar("R")


class Watch(Protocol):
    """Gets progress, and can ask the run to stop: what is in flight is finished first."""

    stop: threading.Event

    def expect(self, total: int) -> None: ...
    def done(self, name: str, state: State, message: str = "") -> None: ...


@contextmanager
def threads(jobs: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """So many threads. Left by an exception that ends the run they are not waited for: a host may take its time."""
    pool = ThreadPoolExecutor(jobs, name)
    try:
        yield pool
    except (KeyboardInterrupt, GeneratorExit):
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown(wait=True)


def on_threads(
    groups: Sequence[Sequence[T]],
    act: Callable[[T], R],
    jobs: int,
    watch: Watch,
    finish: Callable[[Sequence[T]], None] | None = None,
    host_of: Callable[[T], str] = lambda _: "",
    stops: Callable[[str, MigratorError], None] | None = None,
) -> Iterator[tuple[T, R | RepositoryError]]:
    """Do something with every item; items of one group one after the other, never two of a group at once.

    Yields in the order in which they end. `jobs` items of each host are worked on at once: one that has to wait, for
    its limits or an answer, keeps no other waiting. An error that stops a host is passed to `stops`, by default
    raised, when all that is in flight has ended.
    """
    waiting: dict[str, deque[deque[T]]] = {}
    for group in filter(None, groups):
        waiting.setdefault(host_of(group[0]), deque()).append(deque(group))
    running: dict[Future[R], tuple[T, deque[T], Sequence[T], str]] = {}
    busy: Counter[str] = Counter()
    stopped: dict[str, MigratorError] = {}
    whole = {id(queue): list(queue) for queues in waiting.values() for queue in queues}
    with threads(jobs * max(1, len(waiting)), "push") as pool:

        def start(queue: deque[T], host: str) -> None:
            item = queue.popleft()
            busy[host] += 1
            running[pool.submit(act, item)] = (item, queue, whole[id(queue)], host)

        while True:
            for host, queues in waiting.items():
                while queues and busy[host] < jobs and not (watch.stop.is_set() or host in stopped):
                    start(queues.popleft(), host)
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                item, queue, group, host = running.pop(future)
                busy[host] -= 1
                try:
                    yield item, future.result()
                except RepositoryError as error:
                    yield item, error
                except HaltedError:
                    pass
                except (CampaignError, UsageError) as error:
                    stopped.setdefault(host, error)
                except Exception as error:  # a wall: one repository; the message could hold anything
                    yield (
                        item,
                        RepositoryError(Fault.INTERNAL, f"internal error: {type(error).__name__} in {_place(error)}"),
                    )
                if queue and not (watch.stop.is_set() or host in stopped):
                    start(queue, host)
                elif finish is not None:
                    finish(group)
    for host, why in stopped.items():
        if stops is None:
            raise why
        stops(host, why)


def _place(error: Exception) -> str:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename.rpartition('/')[2]}, line {frame.lineno}"
