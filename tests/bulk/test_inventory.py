"""Where a campaign is: the inventory from what planning counted, and what was left at which time."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.bulk.history import history_of
from migrator.bulk.ledger import Ledger
from migrator.bulk.states import State
from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.repositories import config, make_bare

DAY = 86_400
IMAGES = {("docker.io", "none"), ("quay.io", "variable")}


def ledger_in(folder: Path, *, create: bool = True) -> Ledger:
    return Ledger(folder / "hub.db", "hub", with_requests=("github",), create=create)


def moved(folder: Path, rows: list[tuple[int, str, int]]) -> None:
    """Put other moments in the place of those that were written down."""
    with sqlite3.connect(folder / "hub.db") as db:
        db.execute("DELETE FROM history")
        db.executemany("INSERT INTO history VALUES (?, ?, ?)", rows)


def test_every_change_of_a_state_is_written_down_and_nothing_else(tmp_path: Path) -> None:
    with ledger_in(tmp_path) as ledger:
        ledger.add("acme/web", "github", "u")
        ledger.update(1, state=State.PLANNED, message="x")
        ledger.update(1, state=State.PLANNED, checks="success")
        ledger.add("acme/web", "github", "u", base_branch="main")
        ledger.fail(1, "push", ("git", "no"))
    with sqlite3.connect(tmp_path / "hub.db") as db:
        assert [row[0] for row in db.execute("SELECT state FROM history")] == ["discovered", "planned", "failed"]


def test_what_is_left_is_counted_by_what_is_to_be_done(tmp_path: Path) -> None:
    with ledger_in(tmp_path) as ledger:
        for name, kind in (("a", "github"), ("b", "dir"), ("c", "github")):
            ledger.add(name, kind, "u")
    found_at = [(number, "discovered", 0) for number in (1, 2, 3)]
    next_day = [(1, "planned", DAY), (2, "pushed", DAY), (3, "unchanged", DAY)]
    moved(tmp_path, [*found_at, *next_day, (1, "open", 2 * DAY), (1, "merged", 3 * DAY)])
    with ledger_in(tmp_path) as ledger:
        found = ledger.history(4 * DAY)
    assert found.times == (0, DAY, 2 * DAY, 3 * DAY, 4 * DAY)
    assert found.left == {
        "to decide": [3, 1, 0, 0, 0], "to push": [0] * 5, "in review": [0, 0, 1, 0, 0], "failed": [0] * 5,
    }  # fmt: skip
    assert found.now == 0


def test_a_ledger_of_before_says_from_when_on_it_is_exact(tmp_path: Path) -> None:
    with ledger_in(tmp_path) as ledger:
        ledger.add("acme/web", "github", "u")
        ledger.update(1, state=State.MERGED, planned_at=2 * DAY, opened=3 * DAY)
        created = ledger.setting("created")
    with sqlite3.connect(tmp_path / "hub.db") as db:
        db.executescript("DROP TRIGGER was_found; DROP TRIGGER became; DROP TABLE history")
        db.execute("DELETE FROM settings WHERE name = 'history'")
        db.execute("UPDATE settings SET value = ? WHERE name = 'created'", (str(DAY),))
    with Ledger(tmp_path / "hub.db", "hub", with_requests=("github",), write=False) as old:
        assert old.history(created).times == ()
    with ledger_in(tmp_path, create=False) as ledger:
        found = ledger.history(created + 10)
    assert found.since >= created
    assert found.times[:3] == (DAY, 2 * DAY, 3 * DAY)
    assert found.left["to decide"][:3] == [1, 1, 0]
    assert found.left["in review"][2] == 1
    assert found.now == 0
    with ledger_in(tmp_path, create=False) as ledger:
        assert ledger.history(created + 10) == found, "taken up once"


MOVES = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([str(state) for state in State])), max_size=30)


@given(MOVES)
def test_what_is_left_at_last_is_what_the_states_say(moves: list[tuple[int, str]]) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE repositories (id INTEGER PRIMARY KEY, state TEXT, kind TEXT)")
    db.execute("CREATE TABLE history (id INTEGER, state TEXT, at INTEGER)")
    last = dict.fromkeys(range(1, 5), "discovered")
    db.executemany("INSERT INTO repositories VALUES (?, '', 'github')", [(number,) for number in last])
    for at, (number, state) in enumerate([*last.items(), *moves]):
        db.execute("INSERT INTO history VALUES (?, ?, ?)", (number, state, at * 7))
        last[number] = state
    found = history_of(db, ("github",), 0, 10_000)
    open_ = sum(state in ("discovered", "planned", "approved", "pushed", "open", "failed") for state in last.values())
    assert found.now == open_
    assert all(sum(column) <= 4 and min(column) >= 0 for column in zip(*found.left.values(), strict=True))
    assert len(found.times) == len(found.left["failed"])


@pytest.fixture
def planned(bulk: Bulk, tmp_path: Path) -> Bulk:
    other = "version: 2.1\njobs: {a: {docker: [{image: quay.io/x, auth: {username: $A, password: $B}}]}}\n"
    folder = tmp_path / "repositories"
    for name, text in {"web": config("acme/web:1"), "lib": other, "broken": "jobs: ["}.items():
        make_bare(folder / name, {CONFIG: text})
    Path("list.txt").write_text("".join(f"{folder / name}\n" for name in ("web", "lib", "broken")))
    bulk("plan", "hub", "--source", "file:list.txt")
    return bulk


def test_the_status_has_the_inventory_of_the_plan(planned: Bulk) -> None:
    said = json.loads(planned("status", "hub", "--format", "json", "--inventory").out)
    found: dict[str, Any] = said["inventory"]
    assert (found["repositories"], found["unknown"]) == (2, 1)
    assert {(row["registry"], row["authentication"]) for row in found["images"]} == IMAGES
    assert said["history"][-1]["exact"]
    assert sum(said["history"][-1][name] for name in ("to decide", "to push", "in review", "failed")) == 2
    assert "Images by registry and credentials\n" in planned("status", "hub", "--inventory").out
    assert "inventory" not in json.loads(planned("status", "hub", "--format", "json").out)


def test_the_page_of_the_status_is_whole_and_private(planned: Bulk) -> None:
    said = planned("status", "hub", "--html", "status.html")
    assert said.err.startswith("migrate: status.html: open it in a browser")
    page = Path("status.html").read_text("utf-8")
    assert Path("status.html").stat().st_mode & 0o077 == 0
    assert "<script" not in page
    assert "Repositories left, over time" in page
    assert "quay.io" in page
