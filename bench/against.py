"""This state of the program against another one of its history, in the same run and with the same packages."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import PYTHON, in_turn

ROOT = Path(__file__).parent.parent


@contextmanager
def state_of(revision: str) -> Iterator[list[str]]:
    """The command of another revision: its sources in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield [*PYTHON, "-c", f"import sys; sys.path.insert(0, {folder!r}); from migrator.__main__ import main; main()"]


def against(files: tuple[str, ...], revision: str) -> None:
    """Print how long this state takes, of the time that another one takes."""
    print(f"\nThis state against {revision}, dry run over {len(files)} configs, processor time, one core")
    options = ["--format", "json", "--jobs", "1"]
    with state_of(revision) as then, state_of("HEAD") as now:
        for what, rules in (("unauthenticated-image", ["--select", "unauthenticated-image"]), ("all rules", [])):
            commands = {name: [*each, *options, *rules, *files] for name, each in (("then", then), ("now", now))}
            found = in_turn(commands, rounds=7)
            ratio = found["now"].seconds / found["then"].seconds
            print(f"{what:<58} {ratio:>10.2f} x  {found['now'].seconds:.2f} s, then {found['then'].seconds:.2f} s")
