"""The campaign of all hosts, from plan to merged, on a GitLab: by its API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bulk.hosts.campaign import SPECIAL, play
from tests.bulk.hosts.gitlab.rig import GitLabRig
from tests.doses import IS_SOAK


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[GitLabRig]:
    rig = GitLabRig(tmp_path / "host")
    yield rig
    rig.close_all()
    assert rig.host.faults == []


def test_a_campaign_from_plan_to_merged(rig: GitLabRig, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    play(rig, work, 60 if IS_SOAK else len(SPECIAL) + 2, 30 if IS_SOAK else 1, 20261130)
    assert rig.host.requests["graphql"]
