"""The report for people."""

from __future__ import annotations

import io

from pytest_snapshot.plugin import Snapshot

from migrator.policy import Policy
from migrator.records import replace
from migrator.reports.report import Report
from migrator.reports.text import render, show
from tests.reports.conftest import PROJECT, changed


def test_a_dry_run(report: Report, snapshot: Snapshot) -> None:
    snapshot.assert_match(render(report), "dry_run.txt")


def test_a_run_that_wrote_for_server_without_a_policy_file(report: Report, snapshot: Snapshot) -> None:
    written = replace(report, outcomes=report.outcomes[1:3], policy=Policy(target="server"), written=True)
    snapshot.assert_match(render(written), "written_server_no_policy.txt")


def test_no_secret_and_no_control_character_is_in_it(report: Report) -> None:
    text = render(report)
    assert "hunter22" not in text
    assert "TOKEN: **** # **** is in use" in text
    assert "\x1b" not in text


def test_nothing_found_is_two_words_and_no_heading() -> None:
    assert render(Report((), Policy(source=None))) == "0 files: nothing to change; 0 findings.\n"


def test_no_command_takes_a_value_as_an_argument(report: Report) -> None:
    for target in ("cloud", "server"):
        text = render(replace(report, policy=replace(report.policy, target=target)))
        commands = [line for line in text.splitlines() if line.startswith("    ") and "circleci" in line]
        assert len(commands) == 4
        assert not any("--value" in command or "--env-value" in command for command in commands)


def test_a_command_for_project_variables_works_in_a_shell() -> None:
    text = render(Report((changed("x.yml", PROJECT),), Policy()))
    assert """jq -R '{name: "PASS", value: .}' | curl""" in text


def test_a_terminal_gets_the_same_words_in_colours(report: Report) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    show(report, screen)
    assert "\x1b[" in screen.getvalue()
    from rich.text import Text

    plain = Text.from_ansi(screen.getvalue()).plain
    assert [line.rstrip() for line in plain.splitlines()] == [line.rstrip() for line in render(report).splitlines()]
