"""Repositories a second, plan and push, against all-repos: the same edit over the same bare repositories.

    python -m bench.bulk_vs_all_repos [REPOSITORIES]

Both have two workers and file:// URLs. all-repos' time includes its clone, ours the start of three commands. It needs
`pip install all-repos`. Fails where a resulting file differs, or where we are not at least twice as fast.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.bulk_hosts import ENVIRONMENT, blobs, make_all

ROOT = Path(__file__).parent.parent
AT_LEAST = 2.0
ROUNDS = 3
BRANCH = "all-repos_autofix_bench"

PUSH = """
import subprocess
from typing import NamedTuple
class Settings(NamedTuple):
    pass
def push(settings, branch_name):
    subprocess.run(("git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch_name}"), check=True)
"""
FIX = """
import sys
from all_repos import autofix_lib
from all_repos.config import load_config
from migrator.engine.batch import Plan, examine, write
from migrator.engine.discovery import load_rules
from migrator.policy import Policy
PLAN = Plan(("unauthenticated-image",), (), Policy())
RULES = load_rules(PLAN.rules)
def apply_fix():
    write(examine(".circleci/config.yml", PLAN, RULES))
if __name__ == "__main__":
    config = load_config("all-repos.json")
    commit = autofix_lib.Commit(msg="CircleCI: unauthenticated-image", branch_name="bench", author=None)
    settings = autofix_lib.AutofixSettings(jobs=2, color=False, limit=None, dry_run=False, interactive=False)
    repositories = sorted(f"{config.output_dir}/{path}" for path in config.get_cloned_repos())
    autofix_lib.fix(repositories, apply_fix=apply_fix, config=config, commit=commit, autofix_settings=settings)
"""


def run(folder: Path, *command: str, codes: tuple[int, ...] = (0,)) -> None:
    environment = {**ENVIRONMENT, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")


def all_repos(folder: Path, repositories: list[Path]) -> float:
    (folder / "repos.json").write_text(json.dumps({path.stem: f"file://{path}" for path in repositories}))
    settings = {
        "output_dir": "out",
        "source": "all_repos.source.json_file",
        "source_settings": {"filename": str(folder / "repos.json")},
        "push": "branch_push",
        "push_settings": {},
    }
    (folder / "all-repos.json").write_text(json.dumps(settings))
    (folder / "all-repos.json").chmod(0o600)
    (folder / "branch_push.py").write_text(PUSH)
    (folder / "fix.py").write_text(FIX)
    start = time.perf_counter()
    run(folder, sys.executable, "-m", "all_repos.clone", "-C", "all-repos.json", "-j", "2")
    run(folder, sys.executable, "fix.py")
    return time.perf_counter() - start


def ours(folder: Path, repositories: list[Path]) -> float:
    (folder / "list.txt").write_text("".join(f"file://{path}\n" for path in repositories))
    bulk = (sys.executable, "-m", "migrator", "bulk")
    start = time.perf_counter()
    run(
        folder,
        *bulk,
        "plan",
        "bench",
        "--source",
        "file:list.txt",
        "--select",
        "unauthenticated-image",
        "--jobs",
        "2",
        codes=(1,),
    )
    run(folder, *bulk, "review", "bench", "--approve", "all", codes=(1,))
    run(folder, *bulk, "push", "bench", "--jobs", "2")
    return time.perf_counter() - start


def compared(count: int, rounds: int = ROUNDS) -> Iterator[float]:
    """How many times as fast we are, round by round. Ends the program where a resulting file differs."""
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            top = Path(name)
            repositories = make_all(top / "host", count)
            times = {}
            for who in ((all_repos, ours), (ours, all_repos))[number % 2]:
                (folder := top / who.__name__).mkdir()
                times[who.__name__] = who(folder, repositories)
            for path in repositories:
                made = blobs(path, "migrator/bench")
                if not made or made != blobs(path, BRANCH):
                    sys.exit(f"{path.name}: the two disagree")
        yield times["all_repos"] / times["ours"]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    ratio = statistics.median(compared(count))
    print(f"{count} repositories, median: {ratio:.2f} times as fast as all-repos; expected at least {AT_LEAST}")
    sys.exit(ratio < AT_LEAST)


if __name__ == "__main__":
    main()
