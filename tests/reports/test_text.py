"""The report for people."""

from __future__ import annotations

import io
from pathlib import Path

from pytest_snapshot.plugin import Snapshot

from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.outcomes import Changed, Failed, Skipped, Unchanged
from migrator.policy import Policy
from migrator.reports.formats.text import render, show
from migrator.reports.report import Report
from migrator.rule import Requirement, Safety
from migrator.startup.records import replace
from tests.reports.conftest import PROJECT, changed, located


def test_a_dry_run(report: Report, snapshot: Snapshot) -> None:
    snapshot.assert_match(render(report), "dry_run.txt")


def test_a_run_that_wrote_for_server_without_a_policy_file(report: Report, snapshot: Snapshot) -> None:
    written = replace(report, outcomes=report.outcomes[1:3], policy=Policy(target="server"), written=True)
    snapshot.assert_match(render(written), "written_server_no_policy.txt")


def test_what_is_assumed_without_a_policy_file_is_told_where_a_change_rests_on_it() -> None:
    note = "Every Docker Hub image gets $DOCKERHUB_USERNAME"
    hub = Requirement("context", "docker-hub-creds", ("DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD"))
    assert note in render(Report((changed("a.yml", hub),), Policy()))
    assert note not in render(Report((changed("a.yml", hub),), Policy(source=Path("migrator.toml"))))
    assert note not in render(Report((changed("a.yml", PROJECT),), Policy()))
    assert note not in render(Report((Unchanged("a.yml"),), Policy()))


def test_no_secret_and_no_control_character_is_in_it(report: Report) -> None:
    text = render(report)
    assert "hunter22" not in text
    assert "TOKEN: **** # **** is in use" in text
    assert "\x1b" not in text


def test_a_name_cannot_forge_a_line() -> None:
    """A line that begins with `::` is a command to a runner of GitHub Actions."""
    forged = f"x\n::stop-commands::y\n{'z' * 5000}"
    found = located("no-auth", 1, Safety.MANUAL, f"`{forged}` has no auth", why_not=forged, warnings=(forged,))
    outcomes = Unchanged(forged, (found,)), Failed(forged, forged), Skipped("::error::x", forged)
    lines = render(Report(outcomes, Policy(source=Path("migrator.toml")))).splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::")]
    assert sum("x␊::stop-commands::y␊" in line for line in lines) == 7
    assert max(map(len, lines[1:])) < 5100


def test_of_a_line_that_fills_screens_only_its_change_is_shown() -> None:
    before = f"a: {'x' * 9000}\nb: {'y' * 500_000}OLD{'z' * 400_000}\nc: 1\n"
    start = before.index("OLD")
    edits = (TextEdit(start, start + 3, "NEW"), TextEdit(len(before), len(before), f"d: {'w' * 9000}\n"))
    found = located("told", 2, Safety.SAFE, "told", applied=True)
    outcome = Changed("x.yml", before, apply_edits(before, edits), edits, (found,), (), frozenset())
    lines = render(Report((outcome,), Policy(source=Path("migrator.toml")))).splitlines()
    assert lines[5:11] == [
        f" a: {'x' * 116}⟨8,884 characters⟩",
        f"-⟨499,883 characters⟩{'y' * 120}OLD{'z' * 120}⟨399,880 characters⟩",
        f"+⟨499,883 characters⟩{'y' * 120}NEW{'z' * 120}⟨399,880 characters⟩",
        " c: 1",
        f"+d: {'w' * 116}⟨8,884 characters⟩",
        "",
    ]


def test_nothing_found_is_two_words_and_no_heading() -> None:
    assert (
        render(Report((), Policy(source=None)))
        == "0 files: nothing to change; 0 findings.\nPolicy: built-in; no migrator.toml was found.\n"
    )


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
