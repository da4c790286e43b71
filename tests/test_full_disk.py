"""A disk that is full: the file is named, what was there stays whole, and nothing else is left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.full_disk import CASES, SIZE
from tests.places import ROOT

_MOUNT = 'mount -t tmpfs -o size="$1" none "$2" && shift && disk=$1 && shift && exec "$@" "$disk"'


def on_small_disk(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a name space of its own in which the folder is a small disk; the folder is its last argument."""
    return subprocess.run(
        ["unshare", "-Urm", "sh", "-c", _MOUNT, "sh", SIZE, str(folder), *command],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        tried = on_small_disk(folder, "true")
    except FileNotFoundError:
        pytest.skip("unshare is not installed: a disk of its own takes a name space of its own (util-linux)")
    if tried.returncode:
        pytest.skip(f"this system allows no mount in a name space of its own: {tried.stderr.strip()}")
    return folder


@pytest.mark.parametrize("case", CASES)
def test_a_full_disk(disk: Path, case: str) -> None:
    done = on_small_disk(disk, sys.executable, "-m", "tests.full_disk", case)
    assert done.returncode == 0, done.stdout + done.stderr
