"""How much a run says, and what it answers to words of other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrator.cli.hints import OPTIONS, WORDS
from migrator.cli.migrate import command
from migrator.cli.request import COMMAND_WORDS
from tests.cli.conftest import Migrate
from tests.cli.test_terminal import on_a_terminal


def test_quiet_prints_nothing_where_nothing_failed(migrate: Migrate) -> None:
    for option in ("--quiet", "-q"):
        done = migrate(option)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_quiet_names_what_failed(migrate: Migrate, repository: Path) -> None:
    (repository / ".circleci" / "config.yml").write_text("jobs: [")
    done = migrate("--quiet")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("migrate: .circleci/config.yml: line 2: is not valid YAML")
    assert done.stderr.count("\n") == 1


def test_quiet_leaves_a_report_that_was_asked_for(migrate: Migrate, repository: Path) -> None:
    assert json.loads(migrate("--quiet", "--format", "json").stdout)["summary"]["changed"] == 1
    done = migrate("--quiet", "--output", "report.txt")
    assert (done.stdout, done.stderr) == ("", "")
    assert "old-image" in (repository / "report.txt").read_text()


def test_quiet_writes_all_the_same(migrate: Migrate, repository: Path) -> None:
    assert migrate("--write", "-q").returncode == 0
    assert "new/image:1" in (repository / ".circleci" / "config.yml").read_text()


def test_a_report_in_a_file_is_said_to_be_there(migrate: Migrate) -> None:
    assert migrate("--output", "report.txt").stderr == "migrate: report.txt: the report is written\n"


def test_statistics_count_the_findings_of_each_rule(migrate: Migrate, repository: Path) -> None:
    text = (repository / ".circleci" / "config.yml").read_text()
    more = "".join(f"      - image: {name}/image:{n}\n" for n, name in enumerate(("old", "risky", "told")))
    (repository / ".circleci" / "config.yml").write_text(text.replace("      - image: old/image:1\n", more))
    (repository / ".circleci" / "more.yml").write_text(text)
    done = migrate("--statistics")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "2  old-image    2 safe",
        "1  risky-image  1 review",
        "1  told-image   1 manual",
        "4 findings in 2 of 2 files.",
    ]


def test_statistics_of_nothing_are_one_line(migrate: Migrate, repository: Path) -> None:
    (repository / ".circleci" / "config.yml").write_text("jobs: {}\n")
    assert migrate("--statistics").stdout == "0 findings in 0 of 1 file.\n"


def test_statistics_and_a_format_for_programs_exclude_each_other(migrate: Migrate) -> None:
    done = migrate("--statistics", "--format", "json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--format json has every finding" in done.stderr


def test_findings_are_no_failure_where_exit_zero_says_so(migrate: Migrate, repository: Path) -> None:
    assert migrate("--exit-zero").returncode == 0
    assert migrate("-", "--exit-zero", stdin=(repository / ".circleci" / "config.yml").read_text()).returncode == 0


def test_a_failure_stays_one(migrate: Migrate, repository: Path) -> None:
    (repository / ".circleci" / "config.yml").write_text("jobs: [")
    assert migrate("--exit-zero").returncode == 3
    assert migrate("--exit-zero", "--config", "nowhere.toml").returncode == 2


def test_colors_are_there_when_they_are_asked_for_and_at_no_other_time(migrate: Migrate, repository: Path) -> None:
    assert "\x1b[" in migrate("--color", "always", env={"NO_COLOR": "1", "TERM": "dumb"}).stdout
    assert "\x1b[" not in migrate().stdout
    assert "\x1b[" not in on_a_terminal(repository, "--color", "never")


def test_a_page_is_not_poured_into_a_terminal(repository: Path) -> None:
    seen = on_a_terminal(repository, "--format", "html")
    assert "pass --output FILE" in seen
    assert "<html" not in seen


@pytest.mark.parametrize("line", ["-h", "bulk -h", "bulk plan -h", "rules -h", "rules new -h", "contexts check -h"])
def test_help_has_a_short_name(migrate: Migrate, line: str) -> None:
    words = line.split()
    done = migrate(*words, plain=True)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: {' '.join(['migrate', *words[:-1]])} ")


@pytest.mark.parametrize(("option", "instead"), sorted(OPTIONS.items()))
def test_an_option_of_another_tool_is_refused_with_what_to_use(migrate: Migrate, option: str, instead: str) -> None:
    done = migrate(option, plain=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"migrate: No such option '{option}'; {instead}\n"


def test_no_hint_is_about_an_option_or_a_command_that_there_is() -> None:
    there = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert not there & set(OPTIONS)
    assert not set(COMMAND_WORDS) & set(WORDS)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_command_of_another_tool_is_refused_with_what_to_use(migrate: Migrate, word: str) -> None:
    done = migrate(word, plain=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"migrate: `{word}` is neither a command nor a file or folder here; {WORDS[word]}\n"


def test_a_folder_of_such_a_name_is_examined(migrate: Migrate, repository: Path) -> None:
    (repository / "check").mkdir()
    (repository / ".circleci").rename(repository / "check" / ".circleci")
    assert migrate("check").returncode == 1


def test_any_other_path_that_is_not_there_has_failed(migrate: Migrate) -> None:
    done = migrate("nowhere")
    assert done.returncode == 3
    assert "no such file or folder" in done.stdout
