"""Ten thousand files, and files of ten thousand jobs: time in proportion, and memory that is not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from bench.configs import config
from bench.html import config as config_of
from bench.measure import MIGRATE, Measured, in_turn, once
from bench.memory import MOST
from bench.table import Row, Setting, at_most


def organisation(folder: Path, count: int) -> Path:
    """A folder with so many repositories, no two of whose configs are alike."""
    chance = random.Random(7)
    for number in range(count):
        file = folder / f"{number % 100:02}" / f"r{number:05}" / ".circleci" / "config.yml"
        file.parent.mkdir(parents=True)
        file.write_text(config_of(number, chance), "utf-8")
    return folder


def rows(setting: Setting) -> Iterator[Row]:
    many = setting.size(10_000)
    few = many // 10
    subject = f"{many:,} files, no two alike"
    of_few = organisation(setting.folder / "few", few)
    of_many = organisation(setting.folder / "many", many)
    found = {
        (form, jobs): _run(of_many, form, jobs, setting.folder / f"cache-{form}-{jobs}")
        for form in ("json", "text")
        for jobs in (1, 2)
    }
    small = _run(of_few, "json", 1, setting.folder / "cache")
    ratio = found["json", 1].seconds / small.seconds
    note = f"{small.seconds:.1f} s for {few:,} files, {found['json', 1].seconds:.1f} s for {many:,}"
    yield at_most(subject, "time for ten times as many files", ratio, 10.5, note)
    for (form, jobs), each in found.items():
        what = f"memory, {form}, {jobs} process{'es' * (jobs > 1)}"
        note = f"{each.clock:.1f} s on the clock; proportional set size of all processes"
        yield at_most(subject, what, each.megabytes, MOST[jobs], note, "MB")
    yield from one_large_file(setting)


def _run(folder: Path, form: str, jobs: int, cache: Path) -> Measured:
    """A run that knows nothing of the files, and keeps what it finds, as it is by default."""
    command = [*MIGRATE, "--format", form, "--jobs", str(jobs), str(folder)]
    return once(command, {"XDG_CACHE_HOME": str(cache)}, tree=True)


def one_large_file(setting: Setting) -> Iterator[Row]:
    subject = "One config of one-image jobs"
    first: tuple[int, float] | None = None
    for jobs in (750, 3_000, 12_000)[: 2 if setting.quick else 3]:
        path = setting.folder / f"{jobs}.yml"
        path.write_text(config(jobs), encoding="utf-8")
        ours = [*MIGRATE, "--format", "json", "--select", "unauthenticated-image", str(path)]
        floor = [MIGRATE[0], str(Path(__file__).parents[1] / "compose_script.py"), str(path)]
        found = in_turn({"ours": ours, "floor": floor}, min(setting.rounds, 3))
        each = found["ours"]
        first = first or (jobs, each.seconds)
        growth = f"{each.seconds / first[1]:.1f} x the time for {jobs // first[0]} x the jobs"
        note = f"{each.seconds / found['floor'].seconds:.1f} x PyYAML's C compose; {growth}; {each.megabytes:.0f} MB"
        yield Row(subject, f"{jobs:,} jobs", f"{each.seconds:.2f} s", note=note)
