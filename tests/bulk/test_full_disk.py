"""A disk that is full in the middle of a campaign: the file is named, and the same command goes on later."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import Bulk, Host

States = Callable[[], dict[str, dict[str, Any]]]


def test_the_file_is_named_and_a_later_run_goes_on(
    host: Host, bulk: Bulk, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        said = bulk("plan", "hub", "--source", "github:acme", "--api-url", host.url)
    assert said.code == 3
    assert "hub.campaign/blobs/" in said.err
    assert "No space left on device" in said.err
    assert "standard output" not in said.err
    assert bulk("plan", "hub").code == 1
    assert states()["acme/app"]["state"] == "planned"
