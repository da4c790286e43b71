"""A long text is shown in the person's pager on a terminal, and nowhere else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect  # type: ignore[import-untyped]
import pytest

from tests.cli.conftest import Migrate
from tests.places import ROOT

MARK = 'printf "PAGED by %s\\n" "$0"; cat'


@pytest.fixture
def pager(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A pager that says so, and leaves the text as it is."""
    file = tmp_path_factory.mktemp("pager") / "my-pager"
    file.write_text(f"#!/bin/sh\n{MARK}\n")
    file.chmod(0o755)
    return str(file)


def seen(folder: Path, *arguments: str, rows: int = 5, env: dict[str, str]) -> tuple[str, int | None]:
    """What a terminal of so many rows shows, and the exit code."""
    quiet = {"CI": "", "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    # Where they are set, these say how large the terminal is.
    ours = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}
    process = pexpect.spawn(
        sys.executable, ["-m", "migrator", *arguments],
        cwd=str(folder), env={**ours, **quiet, **env}, dimensions=(rows, 80), encoding="utf-8", timeout=60,
    )  # fmt: skip
    process.expect(pexpect.EOF)
    process.close()
    return process.before or "", process.exitstatus


def test_a_long_report_is_paged_and_keeps_its_exit_code(repository: Path, pager: str) -> None:
    text, code = seen(repository, "--select", "unauthenticated-image", env={"PAGER": pager})
    assert "PAGED by" in text
    assert "+        auth:" in text
    assert code == 1


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        ((), {"PAGER": "cat"}),
        ((), {"PAGER": ""}),
        ((), {"PAGER": "sh -c '"}),
        ((), {"CI": "true"}),
        ((), {"TERM": "dumb"}),
        (("--no-pager",), {}),
        (("--color", "always"), {}),
        (("--color", "never"), {}),
        (("--quiet",), {}),
        (("--output", "report.txt"), {}),
        (("--format", "json"), {}),
        (("--statistics",), {}),
    ],
)
def test_what_nobody_wants_to_page_is_not(
    repository: Path, pager: str, arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    text, code = seen(repository, *arguments, env={"PAGER": pager, **env})
    assert "PAGED by" not in text
    assert code == 1


def test_a_report_that_fits_is_not_paged(repository: Path, pager: str) -> None:
    text, _ = seen(repository, rows=200, env={"PAGER": pager})
    assert "PAGED by" not in text
    assert "1 file" in text


def test_a_pipe_gets_the_text_alone(migrate: Migrate, pager: str) -> None:
    done = migrate(env={"PAGER": pager, "CI": ""})
    assert "PAGED by" not in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}])
def test_a_pager_that_is_not_known_to_show_colours_gets_none(repository: Path, pager: str, env: dict[str, str]) -> None:
    text, _ = seen(repository, env={"PAGER": pager, **env})
    assert "\x1b[" not in text.partition("PAGED by")[2]
    assert "unauthenticated-image" in text.partition("PAGED by")[2]


def test_a_pager_that_is_left_early_is_no_failure(repository: Path) -> None:
    many = "".join(f"  job{n}:\n    docker:\n      - image: acme/{n}:1\n    steps: [checkout]\n" for n in range(60))
    (repository / ".circleci" / "config.yml").write_text(f"version: 2.1\njobs:\n{many}")
    text, code = seen(repository, env={"PAGER": "head -n 2"})
    assert "Traceback" not in text
    assert "Broken" not in text
    assert code == 1


def test_a_pager_that_is_not_there_hides_nothing(repository: Path) -> None:
    text, code = seen(repository, env={"PAGER": "no-such-pager-anywhere"})
    assert "unauthenticated-image" in text
    assert code == 1


@pytest.mark.parametrize("less", [{}, {"LESS": "RX"}, {"LESS": "-RX", "PAGER": "less"}])
def test_less_shows_colours_scrolls_and_ends_with_the_exit_code_of_the_run(
    repository: Path, less: dict[str, str]
) -> None:
    if shutil.which("less") is None:
        pytest.skip("less is not installed")
    kept = {k: v for k, v in os.environ.items() if k not in ("PAGER", "LESS", "CI", "NO_COLOR")}
    process = pexpect.spawn(
        sys.executable, ["-m", "migrator"], cwd=str(repository), dimensions=(8, 80), encoding="utf-8", timeout=60,
        env={**kept, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "LESSHISTFILE": "-", **less},
    )  # fmt: skip
    process.expect(r"\x1b\[32msafe")
    process.expect("unauthenticated-image")
    process.send("G")
    process.expect_exact("(END)")
    process.send("q")
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus == 1


def test_the_page_of_a_rule_is_paged_too(repository: Path, pager: str) -> None:
    text, code = seen(repository, "rules", "unauthenticated-image", env={"PAGER": pager})
    assert "PAGED by" in text
    assert code == 0
    assert "PAGED by" not in seen(repository, "rules", "unauthenticated-image", "--no-pager", env={"PAGER": pager})[0]


def test_the_diff_of_a_repository_in_a_campaign_is_paged_too(
    migrate: Migrate, tmp_path_factory: pytest.TempPathFactory, repository: Path, pager: str
) -> None:
    commit = "git init -q && git add -A && git -c user.name=a -c user.email=a@example.org commit -qm x"
    subprocess.run(["sh", "-c", commit], cwd=repository, check=True)
    here = tmp_path_factory.mktemp("campaign")
    done = migrate("bulk", "plan", "hub", "--source", f"dir:{repository}", "--jobs", "1", plain=True, cwd=here)
    assert done.returncode == 1, done.stderr
    for env, is_paged in (({"PAGER": pager}, True), ({"PAGER": "cat"}, False)):
        text, _ = seen(here, "bulk", "review", "hub", "--show", repository.name, env=env)
        assert "+        auth:" in text
        assert ("PAGED by" in text) is is_paged
