"""Completion as a shell asks for it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def script(shell: str) -> str:
    command = [sys.executable, "-m", "migrator"]
    environment = {**ENVIRONMENT, "_MIGRATE_COMPLETE": f"{shell}_source"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (["ru"], ["rules"]),
        (["--form"], ["--format"]),
        (["--format", "j"], ["json", "junit"]),
        (["web", "--wri"], ["--write"]),
        (["rules", "ne"], ["new"]),
        (["rules", "unauth"], ["unauthenticated-image"]),
        (["--select", "lit"], ["literal-secret"]),
        (["bulk", "plan", "--ignore", "literal-secret,unauth"], ["literal-secret,unauthenticated-image"]),
        (["rules", "new", "--top"], ["--topic"]),
        (["bulk", "pl"], ["plan"]),
        (["bulk", "plan", "--sour"], ["--source"]),
        (["contexts", "app"], ["apply"]),
        (["contexts", "check", "--api"], ["--api-url"]),
    ],
)
def test_bash_completes_commands_options_and_values(tmp_path: Path, line: list[str], found: list[str]) -> None:
    (tmp_path / "migrate").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m migrator "$@"\n')
    (tmp_path / "migrate").chmod(0o755)
    words = shlex.join(["migrate", *line])
    asked = f'COMP_WORDS=({words}); COMP_CWORD={len(line)}; _migrate_completion migrate; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "-c", f"complete() {{ :; }}; compopt() {{ :; }}\n{script('bash')}\n{asked}"],
        env={**ENVIRONMENT, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.split() == found, done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script_and_nothing_is_examined(shell: str) -> None:
    assert "_MIGRATE_COMPLETE" in script(shell)


def test_a_shell_that_is_not_known_is_refused() -> None:
    environment = {**ENVIRONMENT, "_MIGRATE_COMPLETE": "tcsh_source"}
    command = [sys.executable, "-m", "migrator"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize("more", [{}, {"COMP_WORDS": "migrate"}, {"COMP_WORDS": "migrate", "COMP_CWORD": "x"}])
def test_what_no_shell_asks_is_wrong_usage(more: dict[str, str]) -> None:
    environment = {**ENVIRONMENT, "_MIGRATE_COMPLETE": "bash_complete", **more}
    command = [sys.executable, "-m", "migrator"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "COMP_WORDS and COMP_CWORD" in done.stderr
