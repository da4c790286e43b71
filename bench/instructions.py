"""How many instructions some fixed runs take: a figure that a busy machine does not spoil.

    python -m bench.instructions [--record]

Each run is counted by valgrind, once, with Python's hashes fixed and its code compiled, and compared with the last
figures in `bench/instructions.json`, beside the Python that they are of. More than 3 % is marked. `--record` writes the
figures down. It fails on nothing: without valgrind, or with another Python, it says so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from bench.measure import COLD

ROOT = Path(__file__).parent.parent
RECORDED = ROOT / "bench" / "instructions.json"
SEEN = 0.03
"""A change by so much is one."""

_COUNTED = re.compile(r"(?:Collected|refs:)\s*:?\s*([\d,]+)")
_ACME = "examples/acme"
_DRY = ("-m", "migrator", "--config", "examples/migrator.toml", "--jobs", "1", "--format", "json")
RUNS: dict[str, tuple[str, ...]] = {
    "python -c pass": ("-c", "pass"),
    "one config, all rules": (*_DRY, f"{_ACME}/shop/.circleci/config.yml"),
    "one config, first rule": (*_DRY, "--select", "unauthenticated-image", f"{_ACME}/shop/.circleci/config.yml"),
    "examples/acme, all rules": (*_DRY, _ACME),
    "examples/acme, as text": (*_DRY[:-2], _ACME),
    "examples/acme, inventory": (*_DRY, "--inventory", _ACME),
}


def tool() -> tuple[str, ...]:
    """What counts the instructions of a process, and nothing else."""
    return ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--cache-sim=no", "--branch-sim=no")


def count(arguments: tuple[str, ...]) -> int | None:
    """Millions of instructions of one run; `None` where it could not be counted."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": home, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8", **COLD,
        }  # fmt: skip
        command = [*tool(), sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    found = _COUNTED.findall(done.stderr)
    return round(int(found[-1].replace(",", "")) / 1e6) if found else None


def basis() -> dict[str, str]:
    """What figures have to have in common to be compared."""
    packages = ("ruamel.yaml", "ruamel.yaml.clib")
    return {"python": platform.python_version(), "machine": platform.machine(), **{p: version(p) for p in packages}}


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m bench.instructions")
    reader.add_argument("--record", action="store_true")
    given = reader.parse_args()
    if shutil.which("valgrind") is None:
        print("instructions: not counted, there is no valgrind: apt-get install valgrind")
        return
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "compileall", "-q", "migrator", "rules"], cwd=ROOT, check=False)
    with ThreadPoolExecutor(2) as pool:  # a count is the same beside another
        counts = dict(zip(RUNS, pool.map(count, RUNS.values()), strict=True))
    kept = json.loads(RECORDED.read_text("utf-8")) if RECORDED.is_file() else {}
    is_alike = kept.get("basis") == basis()
    print(f"{'millions of instructions':<28} {'now':>8} {'recorded':>9}")
    for name, number in counts.items():
        before = kept.get("counts", {}).get(name) if is_alike else None
        change = number / before - 1 if number and before else 0.0
        mark = (
            ""
            if not before
            else f"{change:+.1%}{'  SLOWER' if change > SEEN else '  faster' if change < -SEEN else ''}"
        )
        print(f"{name:<28} {number or 'failed':>8} {before or '-':>9}  {mark}".rstrip())
    if kept and not is_alike:
        print(f"the recorded figures are of {kept.get('basis')}, so they say nothing here")
    print(f"counted in {time.perf_counter() - begin:.0f} s")
    if given.record and None not in counts.values():
        RECORDED.write_text(json.dumps({"basis": basis(), "counts": counts}, indent=2) + "\n", "utf-8")
        print(f"{RECORDED.relative_to(ROOT)} is written")


if __name__ == "__main__":
    main()
