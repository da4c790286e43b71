"""A Bitbucket on loopback with a token for it, and the command line from `tests/bulk/conftest.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.hosts.bitbucket.fake import TOKEN, Bitbucket
from tests.bulk.hosts.bitbucket.server import Server, serve
from tests.bulk.repositories import config, make_bare


class Host(Bitbucket):
    url = ""
    server: Server

    def bare(self, name: str) -> Path:
        return self.repositories[name].path


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bulk: Bulk) -> Iterator[Host]:
    """Three repositories with work, and odd ones. What the published description says against an exchange fails."""
    folder = tmp_path / "host"
    make_bare(folder / "acme/app.git", {CONFIG: config(), "README": "x"})
    make_bare(folder / "acme/web.git", {CONFIG: config("test", "acme/web:2")}, "trunk")
    make_bare(folder / "acme/lib.git", {CONFIG: config("deploy", "acme/lib:3")})
    make_bare(folder / "acme/plain.git", {"README": "no config"})
    make_bare(folder / "acme/empty.git", {})
    make_bare(folder / "acme/copy.git", {CONFIG: config()})
    host = Host(folder)
    host.repositories["copy"].parent = "other/copy"
    host.server = serve(host)
    host.url = host.server.url
    monkeypatch.setenv("BITBUCKET_TOKEN", TOKEN)
    monkeypatch.delenv("BITBUCKET_EMAIL", raising=False)
    monkeypatch.setattr("migrator.services.client.PAUSE", 0.0)
    monkeypatch.setattr("migrator.bulk.hosts.bitbucket.host.FEW", 0)  # git reads, as it does where there are many
    monkeypatch.setattr("migrator.bulk.hosts.bitbucket.requests.PAUSES", (0.0, 0.0, 0.0))
    yield host
    host.wake.set()
    host.server.shutdown()
    host.server.server_close()
    assert host.faults == []


@pytest.fixture
def planned(host: Host, bulk: Bulk) -> Host:
    assert bulk("plan", "hub", "--source", "bitbucket:acme", "--api-url", host.url).code == 1
    assert bulk("review", "hub", "--approve", "all").code == 1
    return host
