"""`migrate contexts` in this process, off a terminal, in a folder with repositories of `acme`, and their CircleCI."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from migrator.cli.app import run
from tests.accounts.organisation import Said, config, repository
from tests.circleci_api import CircleCI
from tests.circleci_api.server import KEY

USER, PASSWORD = "DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD"
SECRET = "s3cr3t-value-of-the-hub"


class Rig:
    """A working folder with repositories of `acme`, and their CircleCI."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.api = CircleCI(page=3)
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def repository(self, name: str, text: str = "", *, owner: str = "acme") -> Path:
        if owner == "acme":
            self.api.project(f"gh/{owner}/{name}")
        return repository(self.folder / name, f"https://github.com/{owner}/{name}.git", text or config())

    def run(self, phase: str, *arguments: str, cwd: str = ".", url: str = "", **more: str) -> Said:
        """`migrate contexts PHASE ...`, off a terminal."""
        asks = () if phase == "plan" else ("--api-url", url or self.api.url)
        with self._monkeypatch.context() as patched:
            for name in [name for name in os.environ if name.startswith(("CIRCLE", "XDG_", "DOCKERHUB"))]:
                patched.delenv(name)
            given = {"HOME": str(self.folder.parent), "COLUMNS": "120", "CIRCLE_TOKEN": KEY, **more}
            for name, value in given.items():
                patched.setenv(name, value)
            patched.chdir(self.folder / cwd)
            self._capsys.readouterr()
            code = run(["contexts", phase, *arguments, *asks])
        said = Said(code, *self._capsys.readouterr())
        for text in (said.out, said.err):
            assert SECRET not in text
            assert KEY not in text
        return said

    def json(self, phase: str, *arguments: str, **more: str) -> tuple[int, dict[str, Any]]:
        said = self.run(phase, *arguments, "--format", "json", **more)
        return said.code, json.loads(said.out)

    def values(self, text: str = f"{USER}=bot\n{PASSWORD}={SECRET}\n") -> str:
        file = self.folder / "values"
        file.write_text(text)
        file.chmod(0o600)
        return "values"


def states(answer: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The state of each context and project, and of its variables."""
    found: dict[str, dict[str, str]] = {}
    for organization in answer["organizations"]:
        for context in organization["contexts"]:
            variables = {each["name"]: each["state"] for each in context["variables"]}
            found[context["name"]] = {"": context["state"], **variables}
        for project in organization["projects"]:
            found[project["project"]] = {each["name"]: each["state"] for each in project["variables"]}
    return found
