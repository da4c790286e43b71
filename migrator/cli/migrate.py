"""`migrate [PATH...]`: the options of the main command."""

from __future__ import annotations

import click

from migrator import __version__
from migrator.cli.options import compile_options, file_options, named, report_options, rule_options, talk_options
from migrator.cli.request import Request, is_reason


def _reason(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_reason(value):
        raise click.BadParameter("expected words on one line that say why, such as 'until the audit in May'")
    return value


@click.command(
    epilog="Commands: `migrate init` writes a policy, `migrate bulk` takes a whole organisation from plan to merge, "
    "`migrate rules` lists and explains the rules, `migrate rules new` starts one. Write ./bulk for a folder of such a "
    "name."
)
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--write", is_flag=True, help="Apply safe fixes.")
@click.option("--interactive", is_flag=True, help="Decide each finding.")
@click.option("--replay", metavar="FILE", callback=named, help="Apply the decisions that --interactive saved in FILE.")
@click.option(
    "--decisions",
    metavar="FILE",
    callback=named,
    help="With --interactive: save the decisions in FILE.",
)
@click.option(
    "--add-ignores",
    metavar="REASON",
    callback=_reason,
    help="Instead of fixes, add a comment with this reason that suppresses each finding.",
)
@rule_options
@file_options
@report_options
@compile_options
@talk_options
@click.version_option(__version__, message="migrate %(version)s")
def command(**options: object) -> Request:
    """Show what should change in CircleCI configs, as findings, a diff and what it needs. Nothing is written.

    PATH is a config, taken as it is, or a folder, searched for .circleci/*.yml and packed sources; by default this
    folder. `migrate -` reads one config from standard input and writes it to standard output.

    Exit code: 0 nothing left to do, 1 findings remain, 2 wrong usage or policy, 3 something failed.
    """
    return Request(**options)  # type: ignore[arg-type]
