"""`migrate schema policy|report`: JSON Schemas for editors and programs."""

from __future__ import annotations

import json

import click

from migrator.cli.options import named
from migrator.cli.talk import tell


@click.command(epilog="An editor takes the first from a comment on the first line: #:schema ./migrator.schema.json")
@click.argument("what", metavar="policy|report", type=click.Choice(["policy", "report"]))
@click.option("--output", metavar="FILE", callback=named, help="Write it to this file instead of standard output.")
def command(what: str, output: str | None) -> None:
    """Print the JSON Schema of migrator.toml, or that of the JSON report."""
    text = json.dumps(_policy() if what == "policy" else _report(), indent=2) + "\n"
    if output is None:
        print(text, end="")
        return
    from migrator.files.writing import write_whole

    write_whole(output, text.encode())
    tell(f"{output}: the schema is written")


def _policy() -> dict[str, object]:
    from migrator.engine.discovery import rule_files
    from migrator.policy.schema import policy_schema

    return policy_schema(rule_files(()))


def _report() -> dict[str, object]:
    from migrator.reports.json_schema import report_schema

    return report_schema()
