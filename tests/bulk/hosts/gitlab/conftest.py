"""A GitLab on loopback for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bulk.conftest import Bulk
from tests.bulk.hosts.git.server import Server
from tests.bulk.hosts.gitlab.fake import TOKEN, GitLab, serve
from tests.bulk.repositories import config, make_bare

CONFIG = ".circleci/config.yml"


class Host(GitLab):
    url = ""
    server: Server

    def bare(self, name: str) -> Path:
        return self.projects[f"acme/{name}"].path


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bulk: Bulk) -> Iterator[Host]:
    """Three projects with work, one of them in a subgroup, and odd ones. What GitLab's published description says
    against an exchange fails the test."""
    folder = tmp_path / "host"
    make_bare(folder / "acme/app.git", {CONFIG: config(), "README": "x", "src/a.py": "x"})
    make_bare(folder / "acme/team/web.git", {CONFIG: config("test", "acme/web:2")}, "trunk")
    make_bare(folder / "acme/lib.git", {CONFIG: config("deploy", "acme/lib:3")})
    make_bare(folder / "acme/plain.git", {"README": "no config"})
    make_bare(folder / "acme/empty.git", {})
    make_bare(folder / "acme/old.git", {CONFIG: config()})
    make_bare(folder / "acme/copy.git", {CONFIG: config()})
    make_bare(folder / "other/app.git", {CONFIG: config()})
    make_bare(folder / "user-ann/app.git", {CONFIG: config()})
    host = Host(folder)
    host.projects["acme/old"].archived = True
    host.projects["acme/copy"].is_fork = True
    host.server = serve(host)
    host.url = f"{host.server.url}/api/v4"
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
    monkeypatch.setattr("migrator.services.client.PAUSE", 0.0)  # hosts that fail do so at once, and again
    for module in ("following", "merging", "opening"):
        monkeypatch.setattr(f"migrator.bulk.hosts.gitlab.{module}._PAUSE", 0.0)
    yield host
    host.server.shutdown()
    host.server.server_close()
    assert host.faults == []


@pytest.fixture
def planned(host: Host, bulk: Bulk) -> Host:
    assert bulk("plan", "hub", "--source", "gitlab:acme", "--api-url", host.url).code == 1
    assert bulk("review", "hub", "--approve", "all").code == 1
    return host
