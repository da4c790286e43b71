"""The working folder of `acme`, and its CircleCI: nothing may be asked or answered that CircleCI does not publish."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.rig import Rig
from tests.circleci_api import serve


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Rig]:
    (tmp_path / "work").mkdir()
    rig = Rig(tmp_path / "work", monkeypatch, capsys)
    with serve(rig.api):
        yield rig
    assert rig.api.faults == []
