"""`make bench`: how fast `migrate` is, as ratios against named peers in the same run.

    python -m bench.speed [CORPUS] [--against REVISION]

CORPUS is a folder of real configs; without it the made-up organisation of `examples/` is used. With a REVISION of git
(a tag, say) the state of then is measured beside this one, in the same run and with the same packages.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.configs import config
from bench.measure import MIGRATE, PYTHON, in_turn, measure

ROOT = Path(__file__).parent.parent
FIRST_RULE = ["--select", "unauthenticated-image"]


def corpus(argument: str | None) -> list[str]:
    folder = Path(argument) if argument else ROOT.parent / "shared" / "corpus" / "heads"
    if not folder.is_dir():
        folder = ROOT / "examples"
    return [str(path) for path in sorted(folder.rglob("*.y*ml"))]


def line(what: str, value: str, note: str = "") -> None:
    print(f"{what:<58} {value:>12}  {note}")


@contextmanager
def state_of(revision: str) -> Iterator[list[str]]:
    """The command of another revision: its sources in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield [*PYTHON, "-c", f"import sys; sys.path.insert(0, {folder!r}); from migrator.__main__ import main; main()"]


def against(files: list[str], revision: str) -> None:
    """How long this state takes, of the time that another one takes."""
    print(f"\nThis state against {revision}, dry run over {len(files)} configs, processor time, one core")
    options = ["--format", "json", "--jobs", "1"]
    with state_of(revision) as then, state_of("HEAD") as now:
        for what, rules in (("unauthenticated-image", FIRST_RULE), ("all rules", [])):
            found = in_turn(
                {"then": [*then, *options, *rules, *files], "now": [*now, *options, *rules, *files]}, rounds=7
            )
            ratio = found["now"].seconds / found["then"].seconds
            line(what, f"{ratio:.2f} x", f"{found['now'].seconds:.2f} s, then {found['then'].seconds:.2f} s")


def over_a_corpus(files: list[str]) -> None:
    print(f"\nDry run over {len(files)} configs, processor time of the whole process, one core")
    dry = [*MIGRATE, "--format", "json", "--jobs", "1"]
    found = in_turn(
        {
            "first": [*dry, *FIRST_RULE, *files],
            "all": [*dry, *files],
            "ruamel": [*PYTHON, "bench/ruamel_script.py", *files],
            "libyaml": [*PYTHON, "bench/compose_script.py", *files],
        }
    )
    first, all_rules, ruamel, libyaml = (found[k] for k in ("first", "all", "ruamel", "libyaml"))
    line("unauthenticated-image", f"{first.seconds:.2f} s", f"peak {first.megabytes:.0f} MB")
    line("all rules", f"{all_rules.seconds:.2f} s", f"peak {all_rules.megabytes:.0f} MB")
    line("a ruamel.yaml load-edit-dump script", f"{ruamel.seconds:.2f} s", f"peak {ruamel.megabytes:.0f} MB")
    line("libyaml parsing the same bytes (PyYAML C compose)", f"{libyaml.seconds:.2f} s")
    line("  unauthenticated-image is faster than the script by", f"{ruamel.seconds / first.seconds:.1f} x")
    line("  all rules are faster than the script by", f"{ruamel.seconds / all_rules.seconds:.1f} x")
    line("  all rules take, of the first rule's time", f"{all_rules.seconds / first.seconds:.2f} x")
    line("  unauthenticated-image takes, of libyaml's time", f"{first.seconds / libyaml.seconds:.1f} x")


def one_large_file(folder: Path) -> None:
    print("\nOne config of one-image jobs in block style, dry run, processor time")
    bare = None
    for jobs in (750, 1500, 3000, 6000, 12000):
        path = folder / f"{jobs}.yml"
        path.write_text(config(jobs), encoding="utf-8")
        found = in_turn(
            {
                "ours": [*MIGRATE, "--format", "json", *FIRST_RULE, str(path)],
                "floor": [*PYTHON, "bench/compose_script.py", str(path)],
            },
            rounds=3,
        )
        ours, floor = found["ours"], found["floor"]
        bare = bare or (jobs, ours.seconds)
        against = f"{ours.seconds / floor.seconds:.1f} x PyYAML C"
        growth = f"{ours.seconds / bare[1]:.1f} x the time for {jobs // bare[0]} x the jobs"
        line(f"{jobs} jobs", f"{ours.seconds:.2f} s", f"{against}; {growth}; {ours.megabytes:.0f} MB")


def start_up(folder: Path) -> None:
    print("\nStart-up")
    path = folder / "small.yml"
    path.write_text(config(1), encoding="utf-8")
    bare = measure([*PYTHON, "-c", "pass"], rounds=15)
    version = measure([*MIGRATE, "--version"], rounds=15)
    small = measure([*MIGRATE, str(path)], rounds=15)
    for what, measured in (
        ("python -c pass", bare),
        ("migrate --version", version),
        ("migrate, one small file, into a pipe", small),
    ):
        line(what, f"{measured.seconds * 1000:.0f} ms", f"{measured.seconds / bare.seconds:.1f} x")


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bench.speed")
    reader.add_argument("corpus", nargs="?")
    reader.add_argument("--against", metavar="REVISION")
    given = reader.parse_args()
    files = corpus(given.corpus)
    over_a_corpus(files)
    if given.against:
        against(files, given.against)
    with tempfile.TemporaryDirectory() as folder:
        one_large_file(Path(folder))
        start_up(Path(folder))


if __name__ == "__main__":
    main()
