"""A working directory for a campaign, a git identity, the command line as a function, and a GitHub on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrator.accounts.tokens import NAMES as CIRCLECI
from migrator.cli.app import run
from tests.bulk.hosts.github.fake import TOKEN, GitHub, Server, serve
from tests.bulk.repositories import ENVIRONMENT, config, make_bare

CONFIG = ".circleci/config.yml"
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
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", *CIRCLECI):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
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


class Host(GitHub):
    url = ""
    folder = Path()
    server: Server

    def go_away(self) -> None:
        """From now on nobody can connect to it."""
        self.server.shutdown()
        self.server.server_close()

    def bare(self, name: str) -> Path:
        return self.repositories[name].path


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bulk: Bulk) -> Iterator[Host]:
    """Three repositories with work, and odd ones. What GitHub's own schemas say against an exchange fails the test."""
    folder = tmp_path / "host"
    make_bare(folder / "app.git", {CONFIG: config(), "README": "x"})
    make_bare(folder / "web.git", {CONFIG: config("test", "acme/web:2")}, "trunk")
    make_bare(folder / "lib.git", {CONFIG: config("deploy", "acme/lib:3")})
    make_bare(folder / "plain.git", {"README": "no config"})
    make_bare(folder / "empty.git", {})
    make_bare(folder / "old.git", {CONFIG: config()})
    make_bare(folder / "copy.git", {CONFIG: config()})
    host = Host(folder)
    host.repositories["old"].isArchived = True
    host.repositories["copy"].isFork = True
    host.server = serve(host)
    host.url = f"http://127.0.0.1:{host.server.server_address[1]}"
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setattr("migrator.services.client.PAUSE", 0.0)  # hosts that fail do so at once, and again
    yield host
    host.wake.set()
    host.go_away()
    assert host.faults == []


@pytest.fixture
def planned(host: Host, bulk: Bulk) -> Host:
    assert bulk("plan", "hub", "--source", "github:acme", "--api-url", host.url).code == 1
    assert bulk("review", "hub", "--approve", "all").code == 1
    return host
