"""A dry run over many configs that nothing is known of, against others who read or edit the same files."""

from __future__ import annotations

from collections.abc import Iterator

from bench.measure import MIGRATE, Measured, in_turn
from bench.peers import peers
from bench.table import Row, Setting, at_least, missing
from migrator.results.counted import counted

FIRST_RULE = ("--select", "unauthenticated-image")
OURS = {
    "all, 1": ("--jobs", "1"),
    "all, 2": ("--jobs", "2"),
    "first, 1": ("--jobs", "1", *FIRST_RULE),
    "first, 2": ("--jobs", "2", *FIRST_RULE),
}


def rows(setting: Setting) -> Iterator[Row]:
    subject = f"{len(setting.files)} configs, nothing known of them"
    known = peers(setting.files)
    there = {name: list(peer.command) for name, peer in known.items() if peer.command}
    ours = {name: [*MIGRATE, "--format", "json", *options, *setting.files] for name, options in OURS.items()}
    found = in_turn({**ours, **there}, setting.rounds)
    for name in OURS:
        rule, processes = name.split(", ")
        rules = "all rules" if rule == "all" else "unauthenticated-image"
        each = found[name]
        note = f"{each.clock:.2f} s on the clock, {each.megabytes:.0f} MB"
        yield Row(
            subject, f"{rules}, {counted(int(processes), 'process', 'processes')}", f"{each.seconds:.2f} s", note=note
        )
    for name, peer in known.items():
        if name in found:
            note = f"{found[name].clock:.2f} s on the clock"
            yield Row(subject, peer.name, f"{found[name].seconds:.2f} s", note=note)
        else:
            yield missing(subject, peer.name, peer.why)
    yield from _against_script(subject, found)
    for name in ("ast-grep", "yq"):
        if name in found:
            ratio = found["all, 1"].seconds / found[name].seconds
            yield Row(subject, f"all rules against {known[name].name}", f"{ratio:.2f} x its time")
    ratio = found["all, 1"].seconds / found["compose"].seconds
    yield Row(subject, "all rules against composing the same bytes", f"{ratio:.2f} x its time")


def _against_script(subject: str, found: dict[str, Measured]) -> Iterator[Row]:
    script, ours, first = found["script"], found["all, 1"], found["first, 1"]
    clock = min(found[name].clock for name in ("all, 1", "all, 2"))
    against = "against the script"
    yield at_least(subject, f"all rules {against}, on the clock", script.clock / clock, 12, "aim: 20")
    yield at_least(subject, f"all rules {against}, processor time", script.seconds / ours.seconds, 9, "aim: 12")
    what = f"unauthenticated-image {against}, processor time"
    yield at_least(subject, what, script.seconds / first.seconds, 13)
