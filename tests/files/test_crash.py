"""A process that dies while it writes a file: what stands there is the old file or the new one, whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.files.killing import storm
from tests.places import ROOT

OLD, NEW = "old\n" * 5000, "new\n" * 50_000

DIE_AT = """\
import os, pathlib, sys
import migrator.files.writing
from migrator.files.writing import replace_file
was = pathlib.Path(sys.argv[1]).read_bytes()
sound = {step}
def crash(*arguments, **named):
    if {after}:
        sound(*arguments, **named)
    os._exit(9)
{step} = crash
replace_file(sys.argv[1], b'new\\n' * 50_000, was)
"""

DIE_WITHIN = """\
import pathlib, resource, signal, sys
from migrator.files.writing import replace_file
was = pathlib.Path(sys.argv[1]).read_bytes()
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
replace_file(sys.argv[1], b'new\\n' * 50_000, was)
"""


def run(code: str, file: Path) -> int:
    file.write_text(OLD)
    file.chmod(0o640)
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    return done.returncode


STEPS = (
    "os.open",
    "os.write",
    "os.fchmod",
    "os.fsync",
    "os.close",
    "pathlib.Path.rename",
    "migrator.files.writing.exchange",
)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_at_any_step(tmp_path: Path, step: str, after: bool) -> None:
    file = tmp_path / "config.yml"
    assert run(DIE_AT.format(step=step, after=after), file) == 9
    renamed = step == "migrator.files.writing.exchange" and after
    assert file.read_text() == (NEW if renamed else OLD)
    assert file.stat().st_mode & 0o777 == 0o640


def test_half_way_through_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    assert run(DIE_WITHIN, file) == -signal.SIGXFSZ
    assert file.read_text() == OLD
    assert file.stat().st_mode & 0o777 == 0o640
    (left,) = (path for path in tmp_path.iterdir() if path != file)
    assert left.stat().st_size == 100_000
    assert left.suffix not in (".yml", ".yaml")


def test_runs_survive_kills(tmp_path: Path) -> None:
    """`make soak` kills more often."""
    assert storm(tmp_path, 2, seed=1, count=10) == 2
