"""`make bench`: everything that speed is promised of, in one run, as one table with targets. It fails on nothing.

    python -m bench [SUBJECT...] [--quick] [--write] [--files DIR] [--against REVISION]

`--quick` shows that everything runs, on a fiftieth of the files and in one round: its figures mean nothing. `--write`
makes `docs/speed.md` of the table. Subjects: cold, warm, size, start, pages, campaigns, cluster.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.against import against
from bench.subjects import ALL
from bench.table import Row, Setting, as_page, as_text, missing

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "speed.md"
_BEGIN = "<!-- from here to the end: `python -m bench --write` -->\n"


def files_of(argument: str | None) -> tuple[str, ...]:
    """Real configs where there are some, else the made-up organisation of `examples/`."""
    folder = Path(argument or os.environ.get("MIGRATOR_CORPUS") or ROOT.parent / "shared" / "corpus")
    folder = folder / "heads" if (folder / "heads").is_dir() else folder
    folder = folder if folder.is_dir() else ROOT / "examples"
    return tuple(str(path) for path in sorted(folder.rglob("*.y*ml")))


def rows_of(subject: str, setting: Setting) -> Iterator[Row]:
    """The figures of a subject; whatever it ends with is a row, and the others go on."""
    begin = time.perf_counter()
    print(f"{subject} ...", end=" ", file=sys.stderr, flush=True)
    try:
        yield from importlib.import_module(f"bench.subjects.{subject}").rows(setting)
    except Exception as error:
        yield missing(subject, subject, f"{type(error).__name__}: {error}")
    print(f"{time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)


def machine() -> str:
    """What it was measured on."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else ():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f"{os.getloadavg()[0]:.1f}"
    return (
        f"{datetime.now(UTC):%d %B %Y}, {cores} cores of {model or platform.machine()}, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; load when it began: {load}"
    )


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bench")
    reader.add_argument("subjects", nargs="*", metavar="SUBJECT", choices=[*ALL, []])
    reader.add_argument("--quick", action="store_true")
    reader.add_argument("--write", action="store_true")
    reader.add_argument("--files", metavar="DIR")
    reader.add_argument("--against", metavar="REVISION")
    given = reader.parse_args()
    where = machine()
    files = files_of(given.files)
    rows: list[Row] = []
    print(where)
    for subject in given.subjects or ALL:
        with tempfile.TemporaryDirectory() as folder:
            rows += rows_of(subject, Setting(files[:20] if given.quick else files, Path(folder), given.quick))
    for line in as_text(rows):
        print(line, end="")
    missed = sum(row.met is False for row in rows)
    print(f"\n{sum(row.met is True for row in rows)} targets met, {missed} missed")
    if given.against:
        against(files, given.against)
    if given.write and not given.quick:
        head = PAGE.read_text("utf-8").partition(_BEGIN)[0]
        PAGE.write_text(f"{head}{_BEGIN}\nMeasured on {where}.\n{''.join(as_page(rows))}", "utf-8")
        print(f"{PAGE.relative_to(ROOT)} is written")


if __name__ == "__main__":
    main()
