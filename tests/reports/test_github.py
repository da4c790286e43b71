"""Annotations are commands of GitHub Actions, one a line, that no config can forge."""

from __future__ import annotations

import re

from pytest_snapshot.plugin import Snapshot

from migrator.engine.outcomes import Failed, Unchanged
from migrator.policy import Policy
from migrator.reports.formats.github import render
from migrator.reports.report import Report
from migrator.rule import Safety
from migrator.startup.records import replace
from tests.reports.conftest import located


def test_a_dry_run(report: Report, snapshot: Snapshot) -> None:
    snapshot.assert_match(render(report), "dry_run.txt")


def test_what_fails_the_check_comes_first(report: Report) -> None:
    levels = [re.match(r"::(\w+) ", line)[1] for line in render(report).splitlines()[:-1]]  # type: ignore[index]
    assert levels == sorted(levels, key=["error", "warning", "notice"].index)
    assert levels.count("error") == 7


def test_what_was_written_is_a_notice(report: Report) -> None:
    written = render(replace(report, written=True))
    assert (
        "::notice file=.circleci/config.yml,line=5,col=9,title=migrate%3A no-auth::changed; `acme/build:1`" in written
    )


def test_no_secret_is_in_it(report: Report) -> None:
    assert "hunter22" not in render(report)
    assert "the value **** must be rotated" in render(report)


def test_nothing_found_is_nothing_said() -> None:
    assert render(Report((Unchanged("a.yml"),), Policy())) == ""


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: github.com/actions/runner, ActionCommand.cs."""
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    assert found
    properties = dict(pair.split("=", 1) for pair in found[2].split(","))
    for mark, text in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        properties = {key: value.replace(mark, text) for key, value in properties.items()}
    data = found[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return found[1], properties, data


def test_no_config_forges_a_command() -> None:
    path = "a,b:c%d\n::error::x.yml"
    message = "100%\r\n::set-output name=x::y\n##[error]z\x1b[2J\u202e\u2028::stop-commands::a"
    report = Report((Unchanged(path, (located("a", 3, Safety.SAFE, message),)), Failed(path, message)), Policy())
    lines = render(report).split("\n")
    assert len(lines) == 4
    assert "\r" not in lines[0]
    level, properties, data = read(lines[0])
    assert (level, properties["line"], properties["col"], properties["title"]) == ("error", "3", "9", "migrate: a")
    assert properties["file"] == path
    assert data == "100%\n::set-output name=x::y\n##[error]z␛[2J<U+202E><U+2028>::stop-commands::a"


def test_a_line_of_a_megabyte_stays_one_line() -> None:
    report = Report((Unchanged("a.yml", (located("a", 1, Safety.SAFE, "x" * 1_000_000),)),), Policy())
    line, _ = render(report).splitlines()
    assert len(line) < 5000
