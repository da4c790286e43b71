"""The campaign of all hosts, against the real Gitea: by its API, and by git URLs over HTTP. `make soak` takes more."""

from __future__ import annotations

from pathlib import Path

from tests.bulk.hosts.campaign import play
from tests.bulk.hosts.gitea.rig import GiteaRig
from tests.doses import IS_SOAK


def test_from_plan_to_merged(rig: GiteaRig, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    play(rig, folder, *((60, 30) if IS_SOAK else (12, 1)), seed=15)


def test_git_urls_over_http(urls: GiteaRig, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    play(urls, folder, *((60, 30) if IS_SOAK else (12, 0)), seed=16)
