"""Completion typed into a real bash, zsh and fish."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect  # type: ignore[import-untyped]
import pytest

from tests.places import ROOT

READY = "ready>"
TYPED = [
    ("migrate ru", "migrate rules"),
    ("migrate --form", "migrate --format"),
    ("migrate --format js", "migrate --format json"),
    ("migrate rules unauth", "migrate rules unauthenticated-image"),
    ("migrate bulk pl", "migrate bulk plan"),
    ("migrate contexts app", "migrate contexts apply"),
    ("migrate --write onl", "migrate --write only.yml"),
]
"""What is typed before the tabulator key, and what is on the line after it."""


def shell(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A folder with one file, and `migrate` in the PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "only.yml").write_text("")
    program = tmp_path / "bin" / "migrate"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m migrator "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def completed(process: pexpect.spawn) -> None:
    """Type each line and the tabulator, and read the line that the shell makes of it."""
    for typed, wanted in TYPED:
        process.send(f"{typed}\t")
        process.expect_exact(wanted)
        process.send("\x15\r")  # leave the line
        process.expect_exact(READY)
    process.sendline("exit")
    process.expect(pexpect.EOF)


def started(command: list[str], environment: dict[str, str], *lines: str) -> pexpect.spawn:
    process = pexpect.spawn(
        command[0], command[1:], env=environment, cwd=f"{environment['HOME']}/work", encoding="utf-8", timeout=60,
        dimensions=(24, 200),
    )  # fmt: skip
    for line in lines:
        process.sendline(line)
    process.sendline("echo be-''gin")
    process.expect("be-gin")
    process.expect_exact(READY)
    return process


def test_bash(environment: dict[str, str]) -> None:
    setup = 'eval "$(_MIGRATE_COMPLETE=bash_source migrate)"'
    command = [shell("bash"), "--norc", "--noprofile", "-i"]
    completed(started(command, {**environment, "PS1": READY}, "bind 'set bell-style none'", setup))


def test_zsh(environment: dict[str, str]) -> None:
    setup = 'eval "$(_MIGRATE_COMPLETE=zsh_source migrate)"'
    prepare = f"unsetopt zle_bracketed_paste prompt_sp beep; PS1='{READY}'; autoload -Uz compinit; compinit -u -D"
    completed(started([shell("zsh"), "-f", "-i"], {**environment, "TERM": "xterm"}, prepare, setup))


def test_fish(environment: dict[str, str]) -> None:
    """By the completions that fish itself would offer: `complete -C`."""
    asked = "\n".join(f"echo '>'; complete -C {shlex.quote(typed)}" for typed, _ in TYPED)
    done = subprocess.run(
        [shell("fish"), "--no-config", "-c", f"_MIGRATE_COMPLETE=fish_source migrate | source\n{asked}"],
        env=environment, cwd=f"{environment['HOME']}/work", capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    offered = [re.findall(r"^\S+", part, re.MULTILINE) for part in done.stdout.split(">\n")[1:]]
    assert [words for words in offered if len(words) != 1] == [], done.stderr
    assert [words[0] for words in offered] == [wanted.split()[-1] for _, wanted in TYPED]
