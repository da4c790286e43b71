"""`migrate schema` prints what the reader and the report are tested against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrator.cli.schema import command
from migrator.engine.discovery import rule_files
from migrator.policy.schema import policy_schema
from migrator.reports.json_schema import report_schema

SCHEMAS = {"policy": policy_schema(rule_files(())), "report": report_schema()}


@pytest.mark.parametrize("what", SCHEMAS)
def test_it_is_printed_as_json(what: str) -> None:
    done = CliRunner().invoke(command, [what])
    assert (done.exit_code, json.loads(done.stdout)) == (0, SCHEMAS[what])


def test_it_is_written_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "migrator.schema.json"
    done = CliRunner().invoke(command, ["policy", "--output", str(file)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads(file.read_text()) == SCHEMAS["policy"]


def test_there_are_two() -> None:
    assert CliRunner().invoke(command, ["config"]).exit_code == 2
    assert CliRunner().invoke(command, []).exit_code == 2
