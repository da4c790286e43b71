"""What a run imports, which is most of the time that a small one takes; and the two readers of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cli import migrate as main_command
from migrator.cli.request import Request, plain_request
from tests.bulk.repositories import ENVIRONMENT, branches, config, make_bare
from tests.places import ROOT


def imported(*arguments: str, cwd: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "migrator", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


def test_the_version_needs_nothing_of_the_program(tmp_path: Path) -> None:
    modules = imported("--version", cwd=tmp_path)
    assert {name for name in modules if name.startswith("migrator.")} <= {"migrator.__main__"}
    assert not modules & {"click", "dataclasses", "pathlib", "importlib.metadata"}


@pytest.mark.parametrize("options", [(), ("--format", "json"), ("--write", "--jobs", "1")])
def test_a_run_into_a_pipe_needs_no_parser_no_colours_and_no_processes(
    repository: Path, options: tuple[str, ...]
) -> None:
    modules = imported(".circleci/config.yml", *options, cwd=repository)
    assert "migrator.engine.passes" in modules
    assert not modules & {
        "click",
        "rich",
        "tomllib",
        "importlib.metadata",
        "multiprocessing",
        "secrets",
        "migrator.circleci.secrets.spellings",
    }


def parsed(arguments: list[str]) -> Request | None:
    """The request as the option parser reads it."""
    try:
        read = main_command.command.main(list(arguments), standalone_mode=False)
    except click.ClickException:
        return None
    return read if isinstance(read, Request) else None


FLAGS = ["--write", "--review-too", "--include-generated", "--write=1", "--unknown", "-x", "--", "--paths", "--paths=x"]
VALUES = ["a.yml", "-", "", ".", "x,y", " x , ,y", "2", "0", "two", "json"]
OPTIONS = ["--jobs", "--select", "--ignore", "--rules", "--config", "--format", "--output", "--patch", "--exclude"]
JOINED = [
    "--jobs=3",
    "--select=a,b",
    "--rules=d",
    "--config=c",
    "--format=xml",
    "--format=text",
    "--output=o",
    "--patch=",
    "--exclude=k8s/**",
    "--exclude=/k8s",
    "--exclude=.circleci/x",
]
WORDS = st.sampled_from([*FLAGS, *VALUES, *OPTIONS, *JOINED])


@given(st.lists(WORDS, max_size=6))
def test_both_readers_understand_the_same(arguments: list[str]) -> None:
    plain = plain_request(arguments)
    if plain is not None:
        assert parsed(arguments) == plain


def test_an_ordinary_command_line_is_read_without_the_parser() -> None:
    arguments = ["--write", "--select", "a,b", "--ignore=c", "--jobs", "2", "--format", "json", "x.yml", "-"]
    assert plain_request(arguments) == Request(
        paths=("x.yml", "-"), write=True, select=("a", "b"), ignore=("c",), jobs=2, format="json"
    )


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--wirte"], ["--", "-x"], ["--jobs", "0"], ["--output"]])
def test_everything_else_is_left_to_the_parser(arguments: list[str]) -> None:
    assert plain_request(arguments) is None


def test_an_interrupt_while_the_program_is_imported_is_one_line(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'migrator.cli.app': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from migrator.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "a.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "migrate: interrupted\n")


def test_help_names_every_option(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "--help"],
        cwd=repository,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0
    for name in Request._fields[1:]:
        assert f"--{name.replace('_', '-')}" in done.stdout


def test_a_campaign_over_files_needs_no_client_of_http_and_no_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    make_bare(tmp_path / "a.git", {".circleci/config.yml": config()})
    (tmp_path / "list.txt").write_text(f"{tmp_path}/a.git\n")
    phases = (("plan", "hub", "--source", "file:list.txt"), ("review", "hub", "--approve", "all"), ("push", "hub"))
    for phase in phases:
        modules = imported("bulk", *phase, cwd=tmp_path)
        assert "migrator.bulk.ledger" in modules
        assert not modules & {"httpx", "jinja2", "rich", "distributed", "email.utils"}
    assert "migrator/hub" in branches(tmp_path / "a.git")
