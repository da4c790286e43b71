"""Two thousand repositories end to end, fifty kills, and faults in one of ten, on loopback. `make soak` runs it.

    python -m bench.bulk_soak size|kills|faults|growth|dask [NUMBER]

Each prints its figures and fails where a promise of `docs/bulk.md` is not kept.
"""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.bulk_hosts import ENVIRONMENT, make_all
from tests.bulk.gates import GitGate, HostGate
from tests.bulk.hosts.github.fake import TOKEN
from tests.bulk.killing import Phase, check_git, finish, pulls, start, states_of, storm

ROOT = Path(__file__).parent.parent
SELECT = ("--select", "unauthenticated-image")
UNLIMITED = ("--per-minute", "0", "--content-per-hour", "0")
MEMORY = 300


def memory(group: int) -> int:
    """The summed proportional memory of a process group, in KiB, without git's processes: how many of these are there
    at the same moment is chance, and none outlives its repository or store."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, fields = status.read_text().partition("(")[2].rpartition(")")
            if int(fields.split()[2]) == group and not name.startswith("git"):
                rollup = (status.parent / "smaps_rollup").read_text()
                total += int(rollup.partition("\nPss:")[2].split()[0])
        except (OSError, ValueError, IndexError):
            continue
    return total


def measured(folder: Path, *arguments: str, codes: tuple[int, ...], **more: str) -> tuple[float, float]:
    """Run a phase; its seconds and its largest memory in MB."""
    begin = time.perf_counter()
    process = start(folder, *arguments, **more)
    highest = 0
    told: list[bytes] = []
    assert process.stderr
    stderr = process.stderr
    reader = threading.Thread(target=lambda: told.append(stderr.read()))
    reader.start()
    while process.poll() is None:
        highest = max(highest, memory(process.pid))
        time.sleep(0.2)
    reader.join()
    stderr.close()
    assert process.returncode in codes, told[0].decode()[-2000:]
    return time.perf_counter() - begin, highest / 1024


@contextmanager
def github(folder: Path) -> Iterator[str]:
    """The API in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bulk.hosts.github.fake", str(folder)],
        cwd=ROOT, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().decode().strip()}"
    finally:
        process.stdin.close()
        process.wait(300)


def campaign(folder: Path, source: tuple[str, ...], end: int, **more: str) -> dict[str, tuple[float, float]]:
    """Plan, approve, push and status; seconds and MB of each."""
    jobs = ("--jobs", "2")
    figures = {"plan": measured(folder, "plan", "soak", *source, *SELECT, *jobs, codes=(1,), **more)}
    figures["approve"] = measured(folder, "review", "soak", "--approve", "all", codes=(1,), **more)
    figures["push"] = measured(folder, "push", "soak", *jobs, *UNLIMITED, codes=(end,), **more)
    figures["status"] = measured(folder, "status", "soak", codes=(end,), **more)
    return figures


def told(what: str, count: int, figures: dict[str, tuple[float, float]]) -> None:
    parts = [f"{phase} {seconds:.1f} s, {mb:.0f} MB" for phase, (seconds, mb) in figures.items()]
    print(f"{what}, {count} repositories: {'; '.join(parts)}", flush=True)


def size(count: int) -> None:
    """End to end over git URLs and over the API, with the memory of the whole process tree."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        paths = make_all(top / "host", count, files=8)
        (top / "list.txt").write_text("".join(f"file://{path}\n" for path in paths))
        (git := top / "git").mkdir()
        figures = {"file://": campaign(git, ("--source", f"file:{top}/list.txt"), 0)}
        told("file://", count, figures["file://"])
        check_git(paths, "migrator/soak")
        for path in paths:
            subprocess.run(["git", "update-ref", "-d", "refs/heads/migrator/soak"], cwd=path, check=True)
        (api := top / "api").mkdir()
        with github(top / "host") as url:
            source = ("--source", "github:acme", "--api-url", url)
            figures["GitHub"] = campaign(api, source, 1, GITHUB_TOKEN=TOKEN)
            told("GitHub", count, figures["GitHub"])
            found = pulls(url)
        check_git(paths, "migrator/soak")
        assert all(len(found[path.stem]) == 1 for path in paths)
        assert set(states_of(git, "soak").values()) == {"pushed"}
        assert Counter(states_of(api, "soak").values()) == {"open": count}
        highest = max(mb for each in figures.values() for _, mb in each.values())
        print(f"highest memory of a process tree: {highest:.0f} MB of {MEMORY}")
        assert highest < MEMORY


class Growth(NamedTuple):
    """What a campaign of so many repositories takes: seconds for each, and the most memory of its processes, MB."""

    repositories: int
    seconds: float
    megabytes: float


def growing(count: int) -> list[Growth]:
    """Plan and push over `file://`, of a tenth of so many repositories and of all of them."""
    found = []
    for number in (count // 10, count):
        with tempfile.TemporaryDirectory() as name:
            top = Path(name)
            paths = make_all(top / "host", number, files=8)
            (top / "list.txt").write_text("".join(f"file://{path}\n" for path in paths))
            figures = campaign(top, ("--source", f"file:{top}/list.txt"), 0)
            told("file://", number, figures)
            check_git(paths[:: max(1, number // 200)], "migrator/soak")
            assert set(states_of(top, "soak").values()) == {"pushed"}
            seconds = sum(figures[phase][0] for phase in ("plan", "push")) / number
            found.append(Growth(number, seconds, max(mb for _, mb in figures.values())))
    return found


FLAT = 20
"""So many MB more may ten times as many repositories take: their names and numbers."""


def growth(count: int) -> None:
    """What a repository costs at `count`, against a tenth of them, and that the memory stays."""
    few, many = growing(count)
    ratio, more = many.seconds / few.seconds, many.megabytes - few.megabytes
    print(
        f"a repository of {many.repositories} takes {ratio:.2f} times one of {few.repositories}; expected at most 1.5"
    )
    print(f"memory: {few.megabytes:.0f} MB and {many.megabytes:.0f} MB; expected at most {FLAT} more")
    assert ratio <= 1.5
    assert more <= FLAT


def kills(count: int) -> None:
    """SIGKILL at random moments of plan and push, half of them against the API, each of them on a live run."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        paths = make_all(top / "host", 150, files=4)
        (top / "list.txt").write_text("".join(f"file://{path}\n" for path in paths))
        plan = Phase(("plan", "soak", "--source", "file:list.txt", *SELECT), len(paths))
        git = storm(top, GitGate(top / "gate"), (plan, Phase(("push", "soak"))), count // 2, seed=1)
        _check(top, paths, "pushed")
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        paths = make_all(top / "host", 150, files=4)
        with github(top / "host") as url:
            # Two queries list them, and four read them.
            plan = Phase(("plan", "soak", "--source", "github:acme", "--api-url", url, *SELECT), 6)
            push = Phase(("push", "soak", *UNLIMITED))
            api = storm(top, HostGate(url), (plan, push), count - count // 2, seed=2, GITHUB_TOKEN=TOKEN)
            found = pulls(url)
        assert all(len(found[path.stem]) == 1 for path in paths)
        _check(top, paths, "open")
    print(f"{git + api} kills hit a live run ({git} of git, {api} of the API)")
    print("every repository ended in its right state, with one commit and at most one pull request")
    assert git + api == count


def _check(top: Path, paths: list[Path], state: str) -> None:
    check_git(paths, "migrator/soak")
    assert set(states_of(top, "soak").values()) == {state}


def faults(count: int) -> None:
    """One repository of ten has a fault; the others are done, and `retry` does only the faulty ones."""
    from tests.bulk.hosts.github.fake import GitHub, serve
    from tests.bulk.repositories import commit, git

    kinds = (
        "timeout@write",
        "500@write",
        "403@write",
        "drop@write",
        "protected",
        "500@read",
        "headless",
        "human",
        "broken",
    )
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        paths = make_all(top / "host", count, files=4)
        chosen = {path.stem: kinds[number % len(kinds)] for number, path in enumerate(paths[::10])}
        for stem, kind in chosen.items():
            path = top / "host" / f"{stem}.git"
            if kind == "headless":
                git(path, "symbolic-ref", "HEAD", "refs/heads/gone")
            elif kind == "human":
                git(path, "branch", "migrator/soak", "main")
                commit(path, {"notes": "mine"}, "migrator/soak")
            elif kind == "broken":
                commit(path, {".circleci/config.yml": "jobs: [\n"})
        host = GitHub(top / "host")
        for stem, kind in chosen.items():
            host.repositories[stem].fault = kind if kind not in ("headless", "human", "broken") else ""
        server = serve(host)
        url = f"http://127.0.0.1:{server.server_address[1]}"
        more = {"GITHUB_TOKEN": TOKEN}
        plan = ("plan", "soak", "--source", "github:acme", "--api-url", url, *SELECT, "--timeout", "300")
        wait = ("--timeout", "20")  # long enough for whoever answers at all
        finish(top, *plan, codes=(3,), **more)
        finish(top, "review", "soak", "--approve", "all", codes=(3,), **more)
        finish(top, "push", "soak", *UNLIMITED, *wait, "--jobs", "8", codes=(3,), **more)
        states = states_of(top, "soak", **more)
        wrong = [stem for stem in host.repositories if (states[f"acme/{stem}"] == "failed") != (stem in chosen)]
        assert not wrong, wrong
        for stem in chosen:
            host.repositories[stem].fault = ""
        before = host.requests["POST"]
        finish(top, "retry", "soak", *UNLIMITED, codes=(3,), **more)
        mended = sum(
            kind in ("timeout@write", "500@write", "403@write", "drop@write", "protected") for kind in chosen.values()
        )
        created = host.requests["POST"] - before
        print(f"{len(chosen)} of {count} had faults of {len(kinds)} kinds; the others were done")
        print(f"retry made {created} pull requests of {mended}")
        assert created == mended
        assert host.faults == []
        host.wake.set()
        server.shutdown()


def workers_compared(count: int, rounds: int = 3) -> Iterator[float]:
    """How many times as fast two dask workers plan as one, the start of the cluster excluded, round by round; in
    batches that are sized as the planner does."""
    from bench.bulk_hosts import config
    from migrator.bulk.engines.cluster import dask_cluster
    from migrator.bulk.engines.limits import Limits
    from migrator.bulk.generated import File
    from migrator.bulk.work import Order
    from migrator.engine.batch import Plan
    from migrator.policy import Policy

    plan = Plan(("unauthenticated-image",), (), Policy())
    orders = [Order(n, (File(".circleci/config.yml", config(n, 40).encode()),)) for n in range(count)]
    for _ in range(rounds):
        seconds = {}
        for workers in (1, 2):
            with dask_cluster(workers, None, Limits()) as engine:
                first = [engine.submit(plan, orders[:2]) for _ in range(4 * workers)]  # imports and rules
                each = min(result.seconds for future in first for result in future.result())
                size = max(1, math.ceil(engine.pays / each))
                batches = [orders[start : start + size] for start in range(0, count, size)]
                begin = time.perf_counter()
                results = [r for future in [engine.submit(plan, batch) for batch in batches] for r in future.result()]
                seconds[workers] = time.perf_counter() - begin
                assert all(result.status == "changed" for result in results)
        print(f"one worker {seconds[1]:.2f} s, two {seconds[2]:.2f} s", file=sys.stderr, flush=True)
        yield seconds[1] / seconds[2]


def dask(count: int) -> None:
    """Planning with two dask workers against one."""
    ratio = statistics.median(workers_compared(count))
    print(f"median: two dask workers are {ratio:.2f} times as fast as one; expected at least 1.6 on idle cores")
    assert ratio >= 1.4


DEFAULTS = {size: 2000, kills: 50, faults: 200, growth: 10_000, dask: 480}


def main() -> None:
    wanted = sys.argv[1:2] or [each.__name__ for each in DEFAULTS]
    for each, number in DEFAULTS.items():
        if each.__name__ in wanted:
            each(int(sys.argv[2]) if len(sys.argv) > 2 else number)


if __name__ == "__main__":
    assert os.name == "posix"
    main()
