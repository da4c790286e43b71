"""How much memory a run needs at most, with all its processes: `make soak` holds it to what is promised.

    python -m bench.memory [FILES]

Proportional set size (https://docs.kernel.org/filesystems/proc.html, `smaps_rollup`): a page that processes share
counts once among them. It is sampled, so that a short peak may be missed. Linux only.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.configs import config
from bench.measure import MIGRATE, once

MOST = {1: 60.0, 2: 110.0}
"""MB that a run over 10,000 small files may need, by the number of processes."""


def peak_of(command: Sequence[str]) -> float:
    """The largest size of a command and all its processes, in MB. It may fail: what it finds is no failure here."""
    with tempfile.TemporaryDirectory() as cache:  # nothing is known of the files yet
        return once(list(command), {"XDG_CACHE_HOME": cache}, tree=True).megabytes


def write_files(folder: Path, count: int) -> None:
    """So many repositories with one small config each."""
    for number in range(count):
        file = folder / f"repository-{number:05}" / ".circleci" / "config.yml"
        file.parent.mkdir(parents=True)
        file.write_text(config(1 + number % 8), "utf-8")


def peaks(files: int) -> dict[tuple[str, int], float]:
    """The peak in MB by format and number of processes, over so many small files."""
    with tempfile.TemporaryDirectory() as name:
        write_files(Path(name), files)
        return {
            (form, jobs): peak_of([*MIGRATE, "--jobs", str(jobs), "--format", form, name])
            for form in ("text", "json")
            for jobs in MOST
        }


def main(files: int = 10_000) -> int:
    faults = 0
    for (form, jobs), peak in peaks(files).items():
        faults += peak > MOST[jobs]
        processes = "one process" if jobs == 1 else f"{jobs} processes"
        print(f"{form}, {processes}: {peak:.0f} MB over {files:,} files; at most {MOST[jobs]:.0f}")
    return min(faults, 1)


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
