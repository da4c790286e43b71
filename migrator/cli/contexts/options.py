"""Groups of options of `migrate contexts`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from migrator.cli.options import all_of, named, rule_options

F = TypeVar("F", bound=Callable[..., object])


def scope_options(function: F) -> F:
    """What is looked at, and how it is shown."""
    return all_of(
        rule_options(function),
        click.argument("paths", metavar="[PATH]...", nargs=-1),
        click.option("--campaign", metavar="NAME", help="The repositories of a campaign, instead of PATHs."),
        click.option(
            "--ledger", metavar="FILE", callback=named, help="The campaign's ledger, instead of NAME.campaign.db here."
        ),
        click.option(
            "--org",
            metavar="SLUG",
            default="",
            help="The organization, such as gh/acme or circleci/ID; by default the policy's, else that of each remote.",
        ),
        click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True),
    )


def service_options(function: F) -> F:
    """Who is asked."""
    return all_of(
        function,
        click.option(
            "--api-url",
            metavar="URL",
            default="",
            help="The address of a CircleCI Server; by default the policy's, else https://circleci.com.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(0.1),
            default=30.0,
            show_default=True,
            metavar="SECONDS",
            help="How long CircleCI may take to answer.",
        ),
    )


def apply_options(function: F) -> F:
    """What is created, and where values come from."""
    return all_of(
        function,
        click.option("--all", "named_too", is_flag=True, help="Also create what only the configs name."),
        click.option("--env-file", metavar="FILE", callback=named, help="Values, one line NAME=value each."),
        click.option(
            "--from-env",
            is_flag=True,
            help="Values of environment variables of the same names, of those that the policy names.",
        ),
        click.option("--restrict", is_flag=True, help="Limit each new context to the projects that use it."),
        click.option("--overwrite", is_flag=True, help="Also set variables that are there already."),
        click.option("--dry-run", is_flag=True, help="Show each step, and take none."),
    )
