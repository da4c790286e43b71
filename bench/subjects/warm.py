"""The same files a second time, with the outcomes of the first run kept."""

from __future__ import annotations

from collections.abc import Iterator

from bench.measure import COLD, MIGRATE, in_turn, once
from bench.peers import peers
from bench.table import Row, Setting, missing


def rows(setting: Setting) -> Iterator[Row]:
    subject = f"{len(setting.files)} configs, a second time"
    command = [*MIGRATE, "--format", "json", "--jobs", "1", *setting.files]
    kept = {"XDG_CACHE_HOME": str(setting.folder / "cache"), "MIGRATOR_NO_CACHE": ""}
    peer = peers(setting.files)["ast-grep"]
    commands = {"warm": command, "cold": command, **({"ast-grep": list(peer.command)} if peer.command else {})}
    once(command, kept)
    found = in_turn(commands, setting.rounds, {"warm": kept, "cold": COLD})
    warm, cold = found["warm"], found["cold"]
    yield Row(subject, "all rules, cached", f"{warm.seconds:.3f} s", note=f"{warm.clock:.3f} s on the clock")
    note = f"{cold.seconds / warm.seconds:.1f} x the time"
    yield Row(subject, "all rules, --no-cache", f"{cold.seconds:.3f} s", note=note)
    if peer.command:
        ratio = warm.seconds / found["ast-grep"].seconds
        yield Row(
            subject, f"cached against {peer.name}, processor time", f"{ratio:.2f} x", "less than 1", ratio < 1,
            f"{found['ast-grep'].seconds:.3f} s",
        )  # fmt: skip
    else:
        yield missing(subject, peer.name, peer.why)
