"""Plans that know results of other campaigns: nothing is worked out twice, and nothing is said that differs."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.engines.limits import Limits, work_here
from migrator.bulk.host import Discovered
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.planning import Planner, note_discovered
from migrator.bulk.states import State
from migrator.bulk.work import Order, Result
from migrator.bulk.world import World
from migrator.cache.folder import OFF
from migrator.cache.results import ResultCache, result_cache
from migrator.cache.store import Store
from migrator.engine.batch import Plan
from migrator.policy import Policy
from tests.bulk.conftest import Bulk
from tests.bulk.repositories import config, make_bare

PLAN = Plan(("literal-secret", "unauthenticated-image"), (), Policy())
PASSWORD = "Tr0ub4dor-3x"
SECRET = config("private").replace("   # pinned", f"\n        auth: {{username: me, password: {PASSWORD}}}")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(OFF)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    for number in range(3):
        make_bare(tmp_path / "host" / f"r{number}.git", {".circleci/config.yml": config(f"job{number}")})
    make_bare(tmp_path / "host" / "none.git", {".circleci/config.yml": "version: 2.1\n"})
    make_bare(tmp_path / "host" / "broken.git", {".circleci/config.yml": "a: ["})
    make_bare(tmp_path / "host" / "secret.git", {".circleci/config.yml": SECRET})
    return tmp_path / "host"


class Watching:
    """An engine of this process that knows which repositories it worked on; and a watch that is told nothing."""

    width, pays = 1, 0.05

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.worked: list[int] = []

    def submit(self, plan: Plan, orders: Sequence[Order]) -> Future[list[Result]]:
        future: Future[list[Result]] = Future()
        self.worked += [order.number for order in orders]
        future.set_result(work_here(plan, orders, Limits()))
        return future

    def expect(self, total: int) -> None:
        return

    def done(self, name: str, state: State, message: str = "") -> None:
        return


def planned(folder: Path, host: Path, plan: Plan, *, cached: bool) -> tuple[set[str], list[dict[str, Any]]]:
    """Which repositories a new campaign worked on, and what it says of all of them."""
    folder.mkdir()
    world = World(folder / "hub.campaign")
    world.prepare()
    found = [Discovered(path.stem, str(path), kind="dir") for path in sorted(host.iterdir())]
    watch = Watching()
    with Ledger(folder / "hub.db", "hub", with_requests=(), create=True) as ledger:
        numbers = note_discovered(ledger, found, watch)
        kept = result_cache(plan) if cached else None
        Planner(ledger, Hosts(world), plan, watch, 2, watch, kept=kept).run(numbers)
        entries = list(ledger.entries())
        results = [ledger.result(entry.result) for entry in entries]
    worked = {entry.name for entry in entries if entry.id in watch.worked}
    said = [
        {"name": e.name, "state": e.state, "change": e.change, "message": e.message, "result": r}
        for e, r in zip(entries, results, strict=True)
    ]
    return worked, said


def test_another_campaign_works_out_what_is_secret_or_failed_and_nothing_else(tmp_path: Path, host: Path) -> None:
    plain = planned(tmp_path / "without", host, PLAN, cached=False)
    first = planned(tmp_path / "first", host, PLAN, cached=True)
    second = planned(tmp_path / "second", host, PLAN, cached=True)
    assert plain[0] == first[0] == {"r0", "r1", "r2", "none", "broken", "secret"}
    assert second[0] == {"broken", "secret"}
    assert plain[1] == first[1] == second[1]


def test_nothing_of_a_repository_with_a_secret_is_kept(tmp_path: Path, host: Path, cache: Path) -> None:
    planned(tmp_path / "first", host, PLAN, cached=True)
    kept = [file.read_bytes() for file in cache.rglob("*") if file.is_file()]
    assert any(b"job1" in each or b"unauthenticated-image" in each for each in kept)
    assert not any(PASSWORD.encode() in each or b"literal-secret" in each for each in kept)


def test_another_policy_and_another_text_are_worked_out(tmp_path: Path, host: Path) -> None:
    planned(tmp_path / "first", host, PLAN, cached=True)
    server = PLAN._replace(policy=Policy(target="server"))
    assert "r0" in planned(tmp_path / "server", host, server, cached=True)[0]
    make_bare(host / "r3.git", {".circleci/config.yml": config("job3")})
    assert planned(tmp_path / "second", host, PLAN, cached=True)[0] == {"broken", "secret", "r3"}


class Spoilt(ResultCache):
    """Has the same text for every key."""

    text = ""

    def find(self, key: str) -> str | None:
        return self.text


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"edited": 3, "findings": [], "requirements": []}', '{"unknown": 1}', "null", "3"]
)
def test_what_turns_out_to_be_no_result_is_worked_out(tmp_path: Path, host: Path, text: str) -> None:
    spoilt = Spoilt(Store(str(tmp_path / "store")), "run")
    spoilt.text = text
    watch = Watching()
    world = World(tmp_path / "hub.campaign")
    world.prepare()
    with Ledger(tmp_path / "hub.db", "hub", with_requests=(), create=True) as ledger:
        numbers = note_discovered(ledger, [Discovered("r0", str(host / "r0.git"), kind="dir")], watch)
        Planner(ledger, Hosts(world), PLAN, watch, 2, watch, kept=spoilt).run(numbers)
        assert [entry.state for entry in ledger.entries()] == [State.PLANNED]
    assert len(watch.worked) == 1


def test_circleci_is_asked_each_time() -> None:
    assert result_cache(PLAN) is not None
    assert result_cache(PLAN._replace(compiled=True)) is None


def test_no_cache_keeps_nothing(bulk: Bulk, host: Path, cache: Path) -> None:
    assert bulk("plan", "one", "--source", f"dir:{host}", "--no-cache").code == 3  # one of them is broken
    assert not cache.exists()
    bulk("plan", "two", "--source", f"dir:{host}")
    assert cache.exists()
    bulk("plan", "three", "--source", f"dir:{host}")
    one, two, three = (json.loads(bulk("status", name, "--format", "json").out) for name in ("one", "two", "three"))
    for each in (one, two, three):
        each.pop("campaign", None)
    assert one["repositories"] == two["repositories"] == three["repositories"]
