"""One run over many files: what becomes of each, in order, in this process or in several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from migrator.engine.discovery import load_rules
from migrator.engine.kept import Kept
from migrator.engine.limits import TOO_SLOW, TooSlowError, time_limit, too_slow
from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped, unless_named
from migrator.engine.passes import choose_by_safety, run
from migrator.engine.plan import Plan as Plan
from migrator.engine.processors import fitting
from migrator.errors import ReadError, WriteError
from migrator.files.generated import why_generated
from migrator.files.kinds.foreign import why_foreign
from migrator.files.kinds.naming import beside, is_the_config, named_in
from migrator.files.looking import looking
from migrator.files.reading import read_source, real_path
from migrator.files.writing import replace_file
from migrator.startup.records import replace

if TYPE_CHECKING:
    from migrator.rule import Rule

_ROUNDS = 3


def examine(path: str, plan: Plan, rules: Sequence[Rule]) -> Outcome:
    """What becomes of one file. It is read and not written."""
    if plan.reason:
        return _ignoring(path, plan, rules, plan.siblings)
    choose = choose_by_safety(review_too=plan.review_too)

    def look(path: str, data: bytes) -> Outcome:
        near = plan.siblings(path)
        return run(path, data, rules, plan.policy, choose, near, plan.known, asked=plan.asked)

    return examine_by(look, path, plan)


def _ignoring(
    path: str, plan: Plan, rules: Sequence[Rule], siblings: Callable[[str], list[tuple[str, bytes]]]
) -> Outcome:
    from migrator.engine.ignoring import ignore_rest

    return examine_by(
        lambda path, data: ignore_rest(path, data, rules, plan.policy, plan.reason, siblings(path), plan.known),
        path,
        plan,
    )


def ignored_together(outcomes: Kept, plan: Plan) -> Kept:
    """What becomes of files that get comments, as the others of their configs are with theirs.

    What a comment suppresses in one file may be the reason for a finding in another, as in a packed source tree.
    """
    rules = load_rules(plan.rules, plan.directories)
    numbers = {real_path(each.path): number for number, each in enumerate(outcomes) if isinstance(each, Changed)}

    def after(path: str, data: bytes) -> bytes:
        number = numbers.get(real_path(path))
        outcome = None if number is None else outcomes[number]
        return outcome.data if isinstance(outcome, Changed) else data

    def siblings(path: str) -> list[tuple[str, bytes]]:
        return [(name, after(name, data)) for name, data in plan.siblings(path)]

    for _ in range(_ROUNDS):
        is_settled = True
        for number in numbers.values():
            outcome = outcomes[number]
            if not isinstance(outcome, Changed) or not plan.siblings(outcome.path):
                continue
            again = _ignoring(outcome.path, plan, rules, siblings)
            is_settled = is_settled and isinstance(again, Changed) and again.data == outcome.data
            outcomes.replace(number, again)
        if is_settled:
            break
    return outcomes


def examine_by(look: Callable[[str, bytes], Outcome], path: str, plan: Plan) -> Outcome:
    """What `look` says of a file with its bytes, unless it cannot be read, is generated, or takes too long."""
    outcome, looks = looking(_in_time, look, path, plan)
    return replace(outcome, looks=looks)


def _in_time(look: Callable[[str, bytes], Outcome], path: str, plan: Plan) -> Outcome:
    try:
        with time_limit(plan.file_timeout):
            return _looked_at(look, path, plan)
    except TooSlowError:
        return stopped(path, plan.file_timeout)


def stopped(path: str, seconds: float) -> Failed:
    """What becomes of a file that took too long."""
    return Failed(path, too_slow(seconds), fault=TOO_SLOW)


def _looked_at(look: Callable[[str, bytes], Outcome], path: str, plan: Plan) -> Outcome:
    try:
        data = read_source(path)
    except ReadError as error:
        return Failed(path, str(error))
    is_named = path in plan.named
    if why := why_foreign(path, data, is_named=is_named):
        return Skipped(path, why)
    if not plan.include_generated and (generated := why_generated(path, data, plan.policy)):
        return Skipped(path, generated)
    outcome = look(path, data)
    if isinstance(outcome, Failed) and outcome.unread and not is_named and not is_the_config(path):
        return unless_named(outcome, named_in(os.path.abspath(path), beside(path)))  # noqa: PTH100
    return outcome


def examine_all(paths: Sequence[str], plan: Plan, jobs: int | None = None) -> Iterator[Outcome]:
    """What becomes of each file, in the order of the paths, whatever `jobs`. `None` takes what their size is worth."""
    if jobs is None:
        jobs = fitting(paths)
    jobs = min(jobs, len(paths))
    # Rules that do not load are reported before anything else happens, in this process.
    rules = load_rules(plan.rules, plan.directories)
    if jobs <= 1:
        return (examine(path, plan, rules) for path in paths)
    return _in_processes(paths, plan, jobs)


def _begin(plan: Plan) -> Callable[[str], Outcome]:
    rules = load_rules(plan.rules, plan.directories)
    # The timer is for a process that has nobody to watch it.
    return partial(examine, plan=plan._replace(file_timeout=0), rules=rules)


def _in_processes(paths: Sequence[str], plan: Plan, jobs: int) -> Iterator[Outcome]:
    from migrator.engine.workers import Lost, Workers

    workers: Workers[str, Outcome] = Workers(jobs, _begin, (plan,), plan.file_timeout)
    for path, result in zip(paths, workers.results(paths), strict=True):
        if not isinstance(result, Lost):
            yield result
        elif result.too_slow:
            yield stopped(path, plan.file_timeout)
        else:
            yield Failed(path, "was not examined: its worker process died; run again with --jobs 1")


def write(outcome: Outcome) -> Outcome:
    """Write what changed. A file that cannot be written becomes a failure, with its findings as they were."""
    if not isinstance(outcome, Changed):
        return outcome
    try:
        replace_file(outcome.path, outcome.data, outcome.data_before)
    except WriteError as error:
        return Failed(outcome.path, str(error), left=(*outcome.applied, *outcome.left), secrets=outcome.secrets)
    return outcome
