"""The campaign of all hosts, on Bitbucket: kills, an expired token, a restart, and people who work meanwhile."""

from __future__ import annotations

from pathlib import Path

from tests.bulk.hosts.bitbucket.rig import BitbucketRig
from tests.bulk.hosts.campaign import SPECIAL, play
from tests.doses import IS_SOAK


def test_every_repository_ends_where_it_belongs(tmp_path: Path) -> None:
    rig = BitbucketRig(tmp_path / "host")
    folder = tmp_path / "work"
    folder.mkdir()
    try:
        play(rig, folder, 60 if IS_SOAK else len(SPECIAL) + 2, 30 if IS_SOAK else 1, seed=15)
    finally:
        rig.close_all()
    assert rig.host.faults == []
