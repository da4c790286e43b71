"""`migrate -`: one config from standard input to standard output, and the talk on standard error."""

from __future__ import annotations

import sys
from contextlib import closing

from migrator.cli.output import counted_in, exit_code, rendered, tell_failures
from migrator.cli.own_policy import warnings_of
from migrator.cli.request import Request
from migrator.documents import MAX_BYTES
from migrator.engine.batch import Plan, stopped
from migrator.engine.discovery import load_rules
from migrator.engine.limits import TooSlowError, time_limit
from migrator.engine.outcomes import Changed, Outcome, Skipped
from migrator.engine.passes import choose_by_safety, run
from migrator.errors import ReadError, WriteError
from migrator.files.generated import why_generated
from migrator.files.writing import write_whole
from migrator.reports.report import Report

NAME = "<stdin>"


def through(plan: Plan, request: Request) -> int:
    """Write the changed config, or the same bytes where nothing can be changed, and return the exit code."""
    if sys.stdin is None:
        raise ReadError(f"{NAME}: is closed")
    if sys.stdout is None:
        raise WriteError("standard output: is closed; the config is written to it")
    rules = load_rules(plan.rules, plan.directories)
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    outcome: Outcome
    try:
        with time_limit(plan.file_timeout):
            if why := None if plan.include_generated else why_generated(NAME, data, plan.policy):
                outcome = Skipped(NAME, why)
            else:
                outcome = run(
                    NAME, data, rules, plan.policy, choose_by_safety(review_too=plan.review_too), asked=plan.asked
                )
    except TooSlowError:
        outcome = stopped(NAME, plan.file_timeout)
    compiled = None
    if request.compile:
        from migrator.cli.compiling import Compiling

        with closing(Compiling(plan, request.org, request.api_url)) as compiling:
            outcome, compiled = compiling.before_writing(outcome), compiling.compiled
    report = Report(
        (outcome,),
        plan.policy,
        written=True,
        directories=plan.directories,
        file_timeout=plan.file_timeout,
        warnings=warnings_of(plan.policy, (outcome,)),
        compiled=compiled,
        rules=plan.rules,
        inventory=counted_in((outcome,), request, NAME),
    )
    sys.stdout.buffer.write(outcome.data if isinstance(outcome, Changed) else data)
    if len(data) > MAX_BYTES:
        _copy_rest()
    text = rendered(report, request)
    if request.output is not None:
        write_whole(request.output, text.encode("utf-8", "backslashreplace"))
    elif sys.stderr is not None and not request.quiet:
        sys.stderr.write(text)
    if request.quiet:
        tell_failures(report)
    return exit_code(report, request)


def _copy_rest() -> None:
    while more := sys.stdin.buffer.read(1 << 20):
        sys.stdout.buffer.write(more)
