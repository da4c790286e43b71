"""`migrate guard`: a config policy of CircleCI from migrator.toml."""

from __future__ import annotations

import sys

import click

from migrator.cli.options import named
from migrator.cli.talk import tell


@click.command(epilog="Exit code: 0 written, 2 wrong usage or policy, 3 a file could not be written.")
@click.option(
    "--output", metavar="DIR", callback=named, help="Write the policy, its tests and a config that runs them to DIR."
)
@click.option("--config", metavar="FILE", callback=named, help="The policy, instead of the nearest migrator.toml.")
@click.option("--soft", is_flag=True, help="Log violations instead of refusing pipelines.")
@click.option("--force", is_flag=True, help="Replace files of DIR that differ.")
def command(output: str | None, config: str | None, soft: bool, force: bool) -> int:
    """Print a config policy (Rego) that refuses what migrate would change, so that what is migrated stays so."""
    from migrator.guard.bundle import files_of, put
    from migrator.guard.rego import policy_rego
    from migrator.guard.settings import settings_of
    from migrator.policy.location import find_policy

    policy = find_policy(config)
    settings = settings_of(policy)
    for sentence in settings.left_out:
        tell(sentence)
    if output is None:
        if sys.stdout is not None:
            sys.stdout.write(policy_rego(settings, soft=soft))
        return 0
    for path in put(files_of(policy, soft=soft), output, force=force):
        if sys.stdout is not None:
            print(path)
    return 0
