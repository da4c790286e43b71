"""Repositories a second, plan and push with pull requests, against multi-gitter on the same real Gitea.

    python -m bench.bulk_vs_multi_gitter [REPOSITORIES]

Three contenders, two workers each, an organisation of their own each: multi-gitter with this same edit as its command,
multi-gitter with a command that does next to nothing (its bare git work), and `migrate bulk` from plan to push.
`multi-gitter` is taken from PATH (`go build` in a checkout of https://github.com/lindell/multi-gitter); where it is
missing, its git work is done by git itself: clone of depth 1, command, add, commit, push, and the request by the API.
`gitea` is taken from PATH or `.tools/bin` (`.ci/run` builds it). Prints a table; fails only where a result is wrong.
"""

from __future__ import annotations

import base64
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from bench.bulk_hosts import ENVIRONMENT, blobs, config
from tests.bulk.hosts.gitea.rig import GiteaRig
from tests.bulk.hosts.gitea.server import Gitea, find

ROOT = Path(__file__).parent.parent
BRANCH = "migrator/bench"
EDIT = f"PYTHONPATH={ROOT} {sys.executable} -m migrator --select unauthenticated-image --write"
NOTHING = "echo >> .circleci/config.yml"


class Took(NamedTuple):
    """Seconds on the clock, and of processor time of the contender and of the server."""

    wall: float
    own: float
    server: float


class Field(NamedTuple):
    """An organisation with its repositories, and where a contender works."""

    rig: GiteaRig
    folder: Path

    @property
    def token(self) -> str:
        return self.rig.environment["GITEA_TOKEN"]


def _run(folder: Path, *command: str, codes: tuple[int, ...] = (0,), **more: str) -> None:
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT), **more}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode not in codes:
        sys.exit(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr).decode()[:2000]}")


def multi_gitter(field: Field, command: str) -> None:
    script = field.folder / "edit.sh"
    script.write_text(f"#!/bin/sh\n{command}\ntest $? -le 1\n")
    script.chmod(0o755)
    _run(
        field.folder, "multi-gitter", "run", str(script), "--platform", "gitea", "--base-url", field.rig.server.url,
        "--org", field.rig.owner, "--branch", BRANCH, "--commit-message", "Bench", "--concurrent", "2",
        "--git-type", "cmd", "--plain-output", "--log-level", "error", GITEA_TOKEN=field.token,
    )  # fmt: skip


def its_git_work(field: Field, command: str) -> None:
    """What multi-gitter does for a repository, by git and the API alone."""
    login = base64.b64encode(f"{field.rig.robot}:{field.token}".encode()).decode()
    git = ("git", "-c", f"http.extraHeader=Authorization: Basic {login}")
    names = [each["name"] for page in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) for each in field.rig.server.ask(
        "GET", f"/orgs/{field.rig.owner}/repos?limit=50&page={page}")]  # fmt: skip

    def one(name: str) -> None:
        url = f"{field.rig.server.url}/{field.rig.owner}/{name}.git"
        _run(field.folder, *git, "clone", "-q", "--depth", "1", "--single-branch", url, name)
        checkout = field.folder / name
        _run(checkout, "git", "checkout", "-q", "-b", BRANCH)
        _run(checkout, "sh", "-c", command, codes=(0, 1))
        _run(checkout, "git", "add", ".")
        _run(checkout, "git", "commit", "-q", "-m", "Bench")
        _run(checkout, *git, "push", "-q", "origin", f"HEAD:refs/heads/{BRANCH}")
        body = {"title": "Bench", "body": "", "head": BRANCH, "base": "main"}
        field.rig.server.ask("POST", f"/repos/{field.rig.owner}/{name}/pulls", body)
        shutil.rmtree(checkout)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, names))


def ours(field: Field, _: str) -> None:
    bulk = (sys.executable, "-m", "migrator", "bulk")
    free = ("--jobs", "2", "--per-minute", "0", "--content-per-hour", "0")
    asked = ("--source", field.rig.source, "--api-url", f"{field.rig.server.url}/api/v1")
    plan = (*bulk, "plan", "bench", *asked, "--select", "unauthenticated-image", *free)
    _run(field.folder, *plan, codes=(1,), GITEA_TOKEN=field.token)
    _run(field.folder, *bulk, "review", "bench", "--approve", "all", codes=(1,))
    _run(field.folder, *bulk, "push", "bench", *free, codes=(0, 1), GITEA_TOKEN=field.token)


def _seconds(process: int) -> float:
    """Processor time of a process and of what it ran to the end."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _own() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in usage)


def _field(server: Gitea, folder: Path, count: int) -> Field:
    rig = GiteaRig(server, folder / "made")

    def make(number: int) -> None:
        contents = {f"source/part{n % 5}/file{n}.txt": f"line of file {n} of {number}\n" * 30 for n in range(30)}
        rig.make(f"repository-{number:05}", {".circleci/config.yml": config(number), **contents})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, range(count)))
    (work := folder / "work").mkdir()
    return Field(rig, work)


def _took(field: Field, act: Callable[[Field, str], None], command: str) -> Took:
    process = field.rig.server.pid
    wall, own, server = time.perf_counter(), _own(), _seconds(process)
    act(field, command)
    return Took(time.perf_counter() - wall, _own() - own, _seconds(process) - server)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    if find() is None:
        sys.exit("no `gitea` in PATH or .tools/bin; .ci/run says how it is built")
    peer = multi_gitter if shutil.which("multi-gitter") else its_git_work
    name = "multi-gitter" if peer is multi_gitter else "its git work"
    runs: dict[str, tuple[Callable[[Field, str], None], str]] = {
        f"{name}, no edit": (peer, NOTHING),
        f"{name}, this edit": (peer, EDIT),
        "migrate bulk": (ours, ""),
    }
    with tempfile.TemporaryDirectory() as folder:
        # multi-gitter asks for pages of 100, and takes a shorter one for the last: of Gitea's 50 it would see one.
        server = Gitea(Path(folder) / "server", page=100)
        try:
            fields = {who: _field(server, Path(folder) / str(n), count) for n, who in enumerate(runs)}
            took = {who: _took(fields[who], *run) for who, run in runs.items()}
            edited, by_us = (fields[who].rig for who in list(runs)[1:])
            for number in range(count):
                each = f"repository-{number:05}"
                made = blobs(by_us.bare(each), BRANCH)
                if not made or made != blobs(edited.bare(each), BRANCH) or len(by_us.requests(each)) != 1:
                    sys.exit(f"{each}: the two disagree")
        finally:
            server.stop()
            for each in fields.values():
                each.rig.door.close()
    ours_took = took["migrate bulk"]
    print(f"{count} repositories, two workers each: milliseconds a repository, and how many times ours that is")
    for who, each in took.items():
        parts = (
            f"{what} {1000 * s / count:6.0f} ({s / o:.2f})"
            for what, s, o in zip(Took._fields, each, ours_took, strict=True)
        )
        print(f"{who:28} {'  '.join(parts)}", flush=True)


if __name__ == "__main__":
    main()
