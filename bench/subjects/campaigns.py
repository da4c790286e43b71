"""A campaign over repositories on this machine: processor time for each, and all-repos with the same edit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from statistics import median

from bench.bulk_hosts import make_all
from bench.bulk_vs_all_repos import compared
from bench.measure import MIGRATE, Measured, once
from bench.table import Row, Setting, at_least, at_most, missing

MILLISECONDS = 40


def rows(setting: Setting) -> Iterator[Row]:
    count = setting.size(1_000)
    subject = f"A campaign of {count:,} repositories over file://"
    top = setting.folder / "campaign"
    repositories = make_all(top / "host", count)
    listed = top / "list.txt"
    listed.write_text("".join(f"file://{path}\n" for path in repositories))
    ledger = ("--ledger", str(top / "bench.db"))
    select = ("--select", "unauthenticated-image")
    phases: dict[str, Measured] = {}
    for phase, options in (
        ("plan", ("--source", f"file:{listed}", *select, "--jobs", "2")),
        ("review", ("--approve", "all")),
        ("push", ("--jobs", "2")),
    ):
        phases[phase] = once([*MIGRATE, "bulk", phase, "bench", *ledger, *options], tree=True)
    total = sum(phases[phase].seconds for phase in ("plan", "push"))
    clock = sum(phases[phase].clock for phase in ("plan", "push"))
    note = f"{count / clock:.0f} repositories a second on two processes"
    yield at_most(subject, "plan and push, processor time a repository", 1000 * total / count, MILLISECONDS, note, "ms")
    for phase, each in phases.items():
        note = f"{each.clock:.1f} s on the clock, {each.megabytes:.0f} MB"
        yield Row(subject, phase, f"{1000 * each.seconds / count:.1f} ms", note=note)
    shutil.rmtree(top)
    few = setting.size(200)
    try:
        ratios = list(compared(few, 1 if setting.quick else 3))
    except SystemExit as error:
        yield missing(subject, "against all-repos", f"it ended with an error: {str(error)[:80]}")
        return
    except ModuleNotFoundError as error:
        yield missing(subject, "against all-repos", str(error))
        return
    what = f"against all-repos, {few} repositories, on the clock"
    yield at_least(subject, what, median(ratios), 3, "two workers each")
