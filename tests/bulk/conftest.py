"""A working directory for a campaign, a git identity, and the command line as a function."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrator.cli.app import run
from tests.bulk.repositories import ENVIRONMENT

Bulk = Callable[..., "Said"]


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def bulk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bulk:
    """Run `migrate bulk ...` in an empty working directory."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)

    def command(*arguments: str) -> Said:
        capsys.readouterr()
        more = ("--select", "unauthenticated-image") if arguments[0] == "plan" and "--select" not in arguments else ()
        code = run(["bulk", *arguments, *more])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def states(bulk: Bulk) -> Callable[[], dict[str, dict[str, Any]]]:
    """What `status` says of each repository, without asking a host."""

    def read() -> dict[str, dict[str, Any]]:
        said = bulk("status", "hub", "--format", "json", "--no-refresh")
        return {each["repository"]: each for each in json.loads(said.out)["repositories"]}

    return read
