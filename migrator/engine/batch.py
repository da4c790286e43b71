"""One run over many files: what becomes of each, in order, in this process or in several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped
from migrator.engine.passes import choose_by_safety, run
from migrator.errors import ReadError, WriteError
from migrator.files.generated import why_generated
from migrator.files.packed import siblings
from migrator.files.reading import read_source
from migrator.files.writing import replace_file
from migrator.policy import Policy

if TYPE_CHECKING:
    from migrator.rule import Rule

ONE_PROCESS = 200
"""Up to so many files, starting other processes takes longer than it saves."""


class Plan(NamedTuple):
    """What is to be done with every file. Plain data: a worker process is sent this and loads the rules itself."""

    rules: tuple[str, ...]
    directories: tuple[Path, ...]
    policy: Policy
    review_too: bool = False
    include_generated: bool = False
    known: tuple[str, ...] | None = None
    """The ids of all rules that there are, so that a suppression of any other is told."""
    exclude: tuple[str, ...] = ()
    """Patterns of paths below `.circleci` that are left out, beside those of the policy."""


def examine(path: str, plan: Plan, rules: Sequence[Rule]) -> Outcome:
    """What becomes of one file. It is read and not written."""
    choose = choose_by_safety(review_too=plan.review_too)
    return examine_by(
        lambda path, data: run(path, data, rules, plan.policy, choose, siblings(path), plan.known), path, plan
    )


def examine_by(look: Callable[[str, bytes], Outcome], path: str, plan: Plan) -> Outcome:
    """What `look` says of a file with its bytes, unless it cannot be read or is generated."""
    try:
        data = read_source(path)
    except ReadError as error:
        return Failed(path, str(error))
    if not plan.include_generated and (why := why_generated(path, data, plan.policy)):
        return Skipped(path, why)
    return look(path, data)


def examine_all(paths: Sequence[str], plan: Plan, jobs: int | None = None) -> Iterator[Outcome]:
    """What becomes of each file, in the order of the paths, whatever `jobs`. `None` takes what fits their number."""
    if jobs is None:
        jobs = 1 if len(paths) <= ONE_PROCESS else min(_processors(), 8)
    jobs = min(jobs, len(paths))
    # Rules that do not load are told before anything else happens, in this process.
    rules = load_rules(plan.rules, plan.directories)
    if jobs <= 1:
        return (examine(path, plan, rules) for path in paths)
    return _in_processes(paths, plan, jobs)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_worker: tuple[Plan, tuple[Rule, ...]] | None = None


def _begin(plan: Plan) -> None:
    global _worker
    _worker = (plan, load_rules(plan.rules, plan.directories))


def _work(path: str) -> Outcome:
    assert _worker is not None
    plan, rules = _worker
    return examine(path, plan, rules)


def _in_processes(paths: Sequence[str], plan: Plan, jobs: int) -> Iterator[Outcome]:
    import signal
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    done = 0
    size = max(1, min(16, len(paths) // (jobs * 4)))
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (plan,)) as pool:
        try:
            # A terminal sends Ctrl-C to all processes. Those that start while it is blocked stay deaf to it, from their
            # first import on; this one says that it was interrupted.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                outcomes = pool.map(_work, paths, chunksize=size)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            for outcome in outcomes:
                yield outcome
                done += 1
        except BrokenProcessPool:
            for path in paths[done:]:
                yield Failed(path, "was not examined: a worker process died; run again with --jobs 1")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def write(outcome: Outcome) -> Outcome:
    """Write what changed. A file that cannot be written becomes a failure, with its findings as they were."""
    if not isinstance(outcome, Changed):
        return outcome
    was = (b"\xef\xbb\xbf" if outcome.bom else b"") + outcome.before.encode("utf-8")
    try:
        replace_file(outcome.path, outcome.data, was)
    except WriteError as error:
        return Failed(outcome.path, str(error), left=(*outcome.applied, *outcome.left), secrets=outcome.secrets)
    return outcome
