"""Groups of options that several commands share. Their names are the fields of `migrator.cli.request.Request`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from migrator.cli.request import COLORS
from migrator.engine.limits import FILE_TIMEOUT
from migrator.policy.globs import BELOW, is_below
from migrator.reports.report import FORMATS

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")


def _ids(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Rule ids from lists with commas. A list of none, as an unset variable gives it, would mean all rules."""
    names = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    if values and not names:
        raise click.BadParameter("does not name a rule; `migrate rules` lists them")
    return names


def ids_from(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """What a shell offers where ids are, the last one of a list with commas."""
    from pathlib import Path

    from migrator.engine.discovery import rule_files

    before, comma, last = incomplete.rpartition(",")
    names = rule_files(map(Path, context.params.get("rules") or ()))
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]


def _globs(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not is_below(value):
            raise click.BadParameter(f"expected {BELOW}")
    return values


def named(_context: click.Context, _parameter: click.Parameter, value: T) -> T:
    """The name of a file or a folder, or several: none is empty, as of an unset variable, and none is a stream."""
    for name in value if isinstance(value, tuple) else (value,):
        if name == "":
            raise click.BadParameter("the name is empty")
        if name == "-":
            raise click.BadParameter("- is not a file here; write ./- for a file of that name")
    return value


def rule_options(function: F) -> F:
    """Which rules run, by which policy."""
    return all_of(
        function,
        click.option(
            "--select",
            multiple=True,
            metavar="ID,...",
            callback=_ids,
            shell_complete=ids_from,
            help="Run these rules only.",
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="ID,...",
            callback=_ids,
            shell_complete=ids_from,
            help="Skip these rules.",
        ),
        directories_option,
        click.option(
            "--config", metavar="FILE", callback=named, help="The policy, instead of the nearest migrator.toml."
        ),
        click.option("--review-too", is_flag=True, help="Also apply fixes that need review."),
    )


def directories_option(function: F) -> F:
    """Where rules beside the built-in ones are."""
    return click.option(
        "--rules", metavar="DIR", multiple=True, callback=named, help="Load the rules of this directory as well."
    )(function)


def report_options(function: F) -> F:
    """What is reported, and where to."""
    return all_of(
        function,
        click.option("--format", type=click.Choice(list(FORMATS)), default="text", show_default=True),
        click.option(
            "--output", metavar="FILE", callback=named, help="Write the report to this file instead of standard output."
        ),
        click.option(
            "--ecr-plan", metavar="FILE", callback=named, help="Write a script that copies distant ECR images."
        ),
        click.option(
            "--patch",
            metavar="FILE",
            callback=named,
            help="Write a patch that `git apply` takes; it does not mask secrets.",
        ),
    )


def talk_options(function: F) -> F:
    """How much is said, and what it says to a script."""
    return all_of(
        function,
        click.option("--quiet", "-q", is_flag=True, help="Print failures only."),
        click.option("--statistics", is_flag=True, help="Print only how many findings each rule has."),
        click.option("--inventory", is_flag=True, help="Count images, credentials, contexts, secrets and logins."),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 where findings remain."),
        click.option(
            "--color", type=click.Choice(COLORS), default="auto", show_default=True, help="Whether the text has colors."
        ),
        no_pager_option,
    )


def no_pager_option(function: F) -> F:
    """Whether a long text is shown in a pager."""
    return click.option("--no-pager", is_flag=True, help="Print a long text without $PAGER, also on a terminal.")(
        function
    )


def file_options(function: F) -> F:
    """Which files are taken, and how they are worked through."""
    return all_of(
        function,
        click.option(
            "--exclude",
            multiple=True,
            metavar="GLOB",
            callback=_globs,
            help="Skip these paths below .circleci, such as 'k8s/**'.",
        ),
        click.option("--regenerate", is_flag=True, help="Run the policy's commands that regenerate files."),
        click.option(
            "--include-generated", is_flag=True, help="Also change files whose header says that they are generated."
        ),
        click.option(
            "--jobs",
            type=click.IntRange(1),
            metavar="N",
            help="Use N processes; by default, chosen by the size of the files.",
        ),
        file_timeout_option,
        no_cache_option,
    )


def compile_options(function: F) -> F:
    """Whether CircleCI's compiler is asked, and which CircleCI that is."""
    return all_of(
        function,
        click.option(
            "--compile", is_flag=True, help="Have CircleCI compile each change, and make none that it refuses."
        ),
        click.option(
            "--org", metavar="SLUG", help="With --compile: the organization, such as gh/acme, instead of the policy's."
        ),
        click.option(
            "--api-url", metavar="URL", help="With --compile: the address of CircleCI, instead of the policy's."
        ),
    )


def file_timeout_option(function: F) -> F:
    """How long one file may take."""
    return click.option(
        "--file-timeout",
        type=click.IntRange(0),
        default=FILE_TIMEOUT,
        show_default=True,
        metavar="SECONDS",
        help="Stop a file that takes longer, and report it as failed; 0 for no limit.",
    )(function)


def no_cache_option(function: F) -> F:
    """Whether outcomes of earlier runs count."""
    return click.option("--no-cache", is_flag=True, help="Examine every file, and keep nothing for the next run.")(
        function
    )


def all_of(function: F, *options: Callable[[F], F]) -> F:
    """A command with these options, in this order."""
    for option in reversed(options):
        function = option(function)
    return function
