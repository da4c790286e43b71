"""Carrying out what a command line asks for. Knows no option parser, so that plain runs need none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.cache.outcomes import known_first
from migrator.cli.every_file import examined, ready_to_write
from migrator.cli.output import (
    check_output,
    check_targets,
    counted_in,
    end_cleanly,
    exit_code,
    put_ecr_plan,
    put_patch,
    put_report,
)
from migrator.cli.own_policy import agree_to_commands, policy_of, warnings_of
from migrator.cli.request import COMMAND_WORDS, Request
from migrator.engine.asked import Describe
from migrator.engine.choice import choose_rules
from migrator.engine.discovery import rule_files
from migrator.engine.kept import Kept
from migrator.engine.outcomes import Changed, Failed, Outcome
from migrator.engine.plan import Plan
from migrator.errors import RuleError, UsageError
from migrator.files.reading import real_path
from migrator.files.trust import is_in_none
from migrator.policy import Policy
from migrator.reports.report import Report

if TYPE_CHECKING:
    from migrator.results.compiled import Compiled


def carry_out(request: Request) -> int:
    """Do what is asked and return the exit code. Raises a `MigratorError` for what stops the run as a whole."""
    check_output(request)
    try:
        plan = make_plan(request)
    except RuleError as error:
        return _put_broken(error, request)
    if request.paths and not os.path.exists(request.paths[0]):  # noqa: PTH110 - pathlib is slower to import
        from migrator.cli.hints import hint_for_words

        if hint := hint_for_words(request.paths):
            raise UsageError(hint)
    for word in COMMAND_WORDS:
        if word in request.paths:
            raise UsageError(f"`{word}` is a command and must come first; write ./{word} for a folder of that name")
    if (request.org or request.api_url) and not request.compile:
        raise UsageError("--org and --api-url say whom --compile asks: pass --compile as well")
    if request.add_ignores:
        _check_ignores(request)
    if request.decisions is not None and not request.interactive:
        raise UsageError("--decisions names the file that --interactive writes; to apply decisions pass --replay FILE")
    if request.interactive or request.replay is not None:
        from migrator.cli.interactive import decide

        return decide(request, plan)
    if "-" in request.paths:
        return _filtered(plan, request)
    if request.write or request.patch or request.output or request.ecr_plan:
        end_cleanly()
    if request.regenerate and not request.write:
        raise UsageError("--regenerate runs commands after files are written: pass --write as well")
    if request.regenerate:
        agree_to_commands(plan.policy, request.paths or (".",))
    outcomes = _outcomes(request.paths or (".",), plan, request.jobs, cached=not request.no_cache)
    inventory = counted_in(outcomes, request)
    targets = {"--patch": request.patch, "--output": request.output, "--ecr-plan": request.ecr_plan}
    check_targets(targets, (outcome.path for outcome in outcomes))
    outcomes, compiled = _compiled(outcomes, plan, request)
    may_write = compiled is None or not compiled.stops
    if request.patch and may_write:
        put_patch(Report(outcomes, plan.policy), request.patch)
    if request.write and may_write:
        outcomes = _written(outcomes, plan, regenerate=request.regenerate)
    report = Report(
        outcomes,
        plan.policy,
        written=request.write and may_write,
        directories=plan.directories,
        file_timeout=plan.file_timeout,
        warnings=warnings_of(plan.policy, outcomes, request.paths or (".",)),
        compiled=compiled,
        rules=plan.rules,
        inventory=inventory,
    )
    if request.ecr_plan:
        put_ecr_plan(report, request.ecr_plan)
    put_report(report, request)
    return exit_code(report, request)


def _put_broken(error: RuleError, request: Request) -> int:
    broken = (_broken(error),)
    report = Report(broken, Policy(), inventory=counted_in(broken, request))
    put_report(report, request)
    return exit_code(report, request)


def _check_ignores(request: Request) -> None:
    """Refuse what is about fixes or generated files, beside comments instead of fixes."""
    others = {
        "--interactive": request.interactive,
        "--replay": request.replay,
        "--review-too": request.review_too,
        "--compile": request.compile,
        "--ecr-plan": request.ecr_plan,
        "--regenerate": request.regenerate,
        "--include-generated": request.include_generated,
        "-": "-" in request.paths,
    }
    if given := [option for option, value in others.items() if value]:
        raise UsageError(f"--add-ignores makes no fix and leaves generated files alone: leave out {', '.join(given)}")


def _filtered(plan: Plan, request: Request) -> int:
    if len(request.paths) > 1 or request.patch or request.write or request.ecr_plan or request.regenerate:
        options = "--write, --patch, --ecr-plan, --regenerate"
        raise UsageError(f"- must be the only PATH: it reads and writes one config, without {options} or a PATH")
    from migrator.cli.filter import through

    return through(plan, request)


def make_plan(request: Request, read: Iterable[str] | None = None) -> Plan:
    """The rules and the policy of a request. Raises what a wrong one deserves.

    `read` are the repositories that are read, where those are no paths of the request.
    """
    directories = tuple(map(Path, request.rules))
    files = rule_files(directories)
    if read is None:
        policy = policy_of(request.config, request.paths or (".",))
    else:
        policy = policy_of(request.config, read, is_in_none)
    rules, policy = choose_rules(files, policy, request.select, request.ignore)
    return Plan(
        rules,
        directories,
        policy,
        request.review_too,
        request.include_generated,
        tuple(files),
        request.exclude,
        request.file_timeout,
        request.compile,
        frozenset(str(Path(path)) for path in request.paths),
        request.add_ignores or "",
        describe=_describe(request.format),
        inventory=request.inventory,
    )


def _describe(form: str) -> Describe | None:
    """What describes changes for a report of this format."""
    if form != "html":
        return None
    from migrator.results.describing import describe

    return describe


def _outcomes(paths: Sequence[str], plan: Plan, jobs: int | None, *, cached: bool) -> Sequence[Outcome]:
    def examine(files: Sequence[str]) -> Iterator[Outcome]:
        from migrator.engine.batch import examine_all

        return examine_all(files, plan, jobs)

    try:
        by = (lambda files: known_first(files, plan, examine)) if cached else examine
        outcomes = examined(paths, plan, by, "Examining")
        if not plan.reason:
            return outcomes
        from migrator.engine.batch import ignored_together

        return ignored_together(outcomes, plan)
    except RuleError as error:
        return (_broken(error),)


def _compiled(outcomes: Sequence[Outcome], plan: Plan, request: Request) -> tuple[Sequence[Outcome], Compiled | None]:
    """What CircleCI's compiler leaves of the changes, and what it said, where it is to be asked."""
    if not request.compile:
        return outcomes, None
    from migrator.cli.compiling import Compiling

    with closing(Compiling(plan, request.org, request.api_url)) as compiling:
        return compiling.all(outcomes), compiling.compiled


def _written(outcomes: Sequence[Outcome], plan: Plan, *, regenerate: bool) -> Kept:
    """What became of the files once they are written, and of those that are written from them."""
    from migrator.engine.batch import write

    changed = [outcome.path for outcome in outcomes if isinstance(outcome, Changed)]
    ready_to_write(changed, beside=[outcome.path for outcome in outcomes])
    if not regenerate:
        return Kept(map(write, outcomes))
    from migrator.engine.regenerate import Pairs

    pairs = Pairs(plan.policy)
    written = Kept(map(write, outcomes))
    again = {real_path(outcome.path): outcome for outcome in pairs.regenerate(written, plan)}
    result = Kept(outcome for outcome in written if real_path(outcome.path) not in again)
    result.extend(again.values())
    return result


def _broken(error: RuleError) -> Failed:
    """A rule that does not load concerns every file: no report may be without it, and none is examined."""
    path, _, reason = str(error).partition(": ")
    return Failed(path, reason)
