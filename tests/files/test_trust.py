"""A policy in a repository that is read says what to edit there, and no more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.files.looking import forget
from migrator.files.trust import is_own, without_say
from migrator.policy.location import find_policy
from migrator.policy.toml import parse_policy
from tests.places import ROOT

POLICY = """\
[circleci]
organization = "gh/evil"
api-url = "https://evil.example"

[generated.".circleci/config.yml"]
source = ".circleci/source.yml"
command = ["touch", "PWNED"]
"""
SOURCE = "version: 2.1\njobs:\n  a:\n    docker:\n      - image: acme/a\n    steps: [checkout]\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "r"
    (top / ".git").mkdir(parents=True)
    (top / ".circleci").mkdir()
    (top / "migrator.toml").write_text(POLICY)
    (top / ".circleci" / "source.yml").write_text(SOURCE)
    (top / ".circleci" / "config.yml").write_text(SOURCE)
    monkeypatch.chdir(top)
    return top


def migrate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrator", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        check=False,
    )


def test_a_policy_that_a_person_names_is_theirs(repository: Path) -> None:
    assert is_own(find_policy("migrator.toml"), ["."])


def test_a_policy_above_the_repositories_is_a_persons(repository: Path, tmp_path: Path) -> None:
    (repository / "migrator.toml").rename(tmp_path / "migrator.toml")
    assert is_own(find_policy(), ["."])
    assert is_own(find_policy(start=tmp_path), [str(repository)])


def test_the_built_in_policy_is_nobody_elses(repository: Path) -> None:
    (repository / "migrator.toml").unlink()
    assert is_own(find_policy(start=repository), ["."])


@pytest.mark.parametrize("path", [".", ".circleci/config.yml", ".circleci"])
def test_a_policy_in_the_repository_that_is_read_is_data(repository: Path, path: str) -> None:
    assert not is_own(find_policy(), [path])
    (repository / ".git").rmdir()
    if path == ".":
        assert not is_own(find_policy(), [path])


def test_a_policy_as_data_says_nothing_of_tokens(repository: Path) -> None:
    text = POLICY + '\n[[overrides]]\nrepositories = ["*"]\ncircleci.organization = "gh/evil"\nscheduled = "skip"\n'
    said = without_say(parse_policy(text, Path("migrator.toml")))
    assert said.organization == ""
    assert said.api_url == "https://circleci.com"
    assert [key for each in said.overrides for key, _ in each.keys] == [("scheduled",)]


def test_what_is_not_used_of_it_is_reported(repository: Path) -> None:
    done = migrate(repository, "--format", "json")
    assert "[circleci] is not used" in done.stderr
    assert "--config" in done.stderr


def test_its_commands_run_only_where_a_person_named_the_file(repository: Path) -> None:
    done = migrate(repository, "--write", "--regenerate")
    assert done.returncode == 2
    assert "touch PWNED" in done.stderr
    assert not (repository / "PWNED").exists()
    assert (repository / ".circleci" / "source.yml").read_text() == SOURCE
    migrate(repository, "--write", "--regenerate", "--config", "migrator.toml")
    assert (repository / "PWNED").exists()


def test_on_a_terminal_a_yes_that_was_shown_the_commands_runs_them(repository: Path) -> None:
    from tests.review.terminal import Terminal

    asked = ("--write", "--regenerate", "--no-pager")
    screen = Terminal(repository, *asked).wait("touch PWNED", "Run it? [y/N]").press("n\r")
    assert screen.end() == 2
    assert not (repository / "PWNED").exists()
    Terminal(repository, *asked).wait("touch PWNED", "Run it? [y/N]").press("y\r").end()
    assert (repository / "PWNED").exists()


def test_a_pipe_among_gits_own_files_is_not_waited_for(repository: Path) -> None:
    from migrator.files.repository import branch_of, remote_of

    (repository / ".git" / "config").write_text('[remote "origin"]\n\turl = git@github.com:acme/web.git\n')
    os.mkfifo(repository / ".git" / "HEAD")
    assert (remote_of(str(repository)), branch_of(str(repository))) == ("git@github.com:acme/web.git", "")
    (repository / ".git" / "config").unlink()
    os.mkfifo(repository / ".git" / "config")
    forget()
    assert remote_of(str(repository)) == ""
