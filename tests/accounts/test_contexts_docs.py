"""The walk in `docs/contexts.md` is what the program prints. `python -m tests.accounts.test_contexts_docs` writes it
anew."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from migrator.accounts.model import State
from migrator.accounts.tokens import NAMES
from migrator.cli.contexts.command import command
from tests.accounts.organisation import config, environment, repository
from tests.circleci_api import CircleCI, serve
from tests.places import ROOT

PAGE = ROOT / "docs" / "contexts.md"
_SESSION = re.compile(r"^```console\n\$ (migrate contexts [^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def walk(folder: Path, page: str) -> str:
    """The page with what its commands print, one after another, in the folder that it describes."""
    for name in ("api", "web"):
        repository(folder / name, f"git@github.com:acme/{name}.git", config(f"acme/{name}:1"))
    (folder / "hub.env").write_text("DOCKERHUB_USERNAME=acme-bot\nDOCKERHUB_PASSWORD=dckr_pat_of_the_page\n")
    (folder / "hub.env").chmod(0o600)
    circleci = CircleCI()
    for name in ("api", "web"):
        circleci.project(f"gh/acme/{name}")
    circleci.context("gh/acme", "docker-hub-creds", ["DOCKERHUB_USERNAME"])

    def run(match: re.Match[str]) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "migrator", *shlex.split(match[1])[1:]],
            cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return f"```console\n$ {match[1]}\n{done.stdout}```"

    with serve(circleci):
        # The page is about circleci.com: above the folder, a policy is the person's own.
        (folder.parent / "migrator.toml").write_text(f'[circleci]\napi-url = "{circleci.url}"\n')
        return _SESSION.sub(run, page)


def test_the_walk_is_what_the_program_prints(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    assert len(_SESSION.findall(page)) == 4
    assert walk(tmp_path / "work", page) == page


def test_every_option_state_and_token_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    own = (
        "--org",
        "--api-url",
        "--campaign",
        "--all",
        "--env-file",
        "--from-env",
        "--restrict",
        "--overwrite",
        "--dry-run",
    )
    known = {
        option
        for each in command.commands.values()
        for parameter in each.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert set(own) <= known
    assert [name for name in own if f"`{name}" not in page and f" {name} " not in page] == []
    assert [state for state in State if f"`{state}`" not in page] == []
    assert [name for name in NAMES if f"`{name}`" not in page] == []


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(walk(Path(scratch, "work"), PAGE.read_text("utf-8")), "utf-8")
