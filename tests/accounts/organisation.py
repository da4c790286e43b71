"""Repositories of an organisation with CircleCI on loopback, and the command as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.circleci_api import CircleCI
from tests.circleci_api.server import KEY
from tests.places import ROOT


class Said(NamedTuple):
    code: int
    out: str
    err: str


def repository(folder: Path, remote: str, config: str, name: str = ".circleci/config.yml") -> Path:
    """A checkout with one config. Git itself is not needed to read its remote."""
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    if remote:
        (folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {remote}\n')
    else:
        (folder / ".git" / "config").write_text("")
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(config)
    return folder


def config(image: str = "acme/app:1", more: str = "", job: str = "build") -> str:
    """A config whose one image needs the credentials of the policy."""
    return (
        f"version: 2.1\njobs:\n  {job}:\n    docker:\n      - image: {image}\n{more}"
        f"workflows:\n  main:\n    jobs:\n      - {job}\n"
    )


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a process gets: a home of its own, and nothing of this one's tokens."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CIRCLE", "XDG_", "DOCKERHUB"))}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "120", "CIRCLE_TOKEN": KEY, **more}


def contexts(
    api: CircleCI | None, phase: str, *arguments: str, cwd: Path, home: Path | None = None, **more: str
) -> Said:
    """`migrate contexts PHASE ...` in a process of its own, off a terminal."""
    url = ("--api-url", api.url) if api is not None and phase != "plan" else ()
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "contexts", phase, *arguments, *url],
        cwd=cwd, env=environment(home or cwd.parent, **more), capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def writes(api: CircleCI) -> Sequence[str]:
    return [line for line in api.writes() if not line.startswith("GET")]
