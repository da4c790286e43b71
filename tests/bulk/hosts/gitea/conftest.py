"""One Gitea for all tests of a process, where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bulk.hosts.gitea.rig import GiteaRig, GitUrls, opened
from tests.bulk.hosts.gitea.server import Gitea, why_not


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gitea]:
    if why := why_not():
        pytest.skip(why)
    running = Gitea(tmp_path_factory.mktemp("gitea") / "server")
    yield running
    running.stop()


@pytest.fixture
def rig(server: Gitea, tmp_path: Path) -> Iterator[GiteaRig]:
    with opened(GiteaRig(server, tmp_path / "rig")) as rig:
        yield rig


@pytest.fixture
def urls(server: Gitea, tmp_path: Path) -> Iterator[GiteaRig]:
    with opened(GitUrls(server, tmp_path / "rig")) as rig:
        yield rig
