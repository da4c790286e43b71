"""When repositories came into their states: what is left of a campaign, over time.

The ledger writes each change of a state down by itself, with the time. Ledgers that earlier versions began know no such
times; of what was before they have when a change was planned and a change request opened.
"""

from __future__ import annotations

import sqlite3
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection
from typing import Final

from migrator.bulk.states import State
from migrator.startup.records import record

_NOW: Final = "CAST(strftime('%s', 'now') AS INTEGER)"
TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS history (id INTEGER NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TRIGGER IF NOT EXISTS was_found AFTER INSERT ON repositories
  BEGIN INSERT INTO history VALUES (new.id, new.state, {_NOW}); END;
CREATE TRIGGER IF NOT EXISTS became AFTER UPDATE OF state ON repositories WHEN new.state != old.state
  BEGIN INSERT INTO history VALUES (new.id, new.state, {_NOW}); END;
"""
_OF_BEFORE: Final = (
    "INSERT INTO history SELECT id, 'discovered', ? FROM repositories",
    "INSERT INTO history SELECT id, 'planned', planned_at FROM repositories WHERE planned_at > 0",
    "INSERT INTO history SELECT id, 'open', opened FROM repositories WHERE opened > 0",
    f"INSERT INTO history SELECT id, state, {_NOW} FROM repositories",
)
_MOST: Final = 90
"""Moments of a curve."""

_LEFT: Final = {
    State.DISCOVERED: "to decide",
    State.PLANNED: "to decide",
    State.APPROVED: "to push",
    State.PUSHED: "in review",
    State.OPEN: "in review",
    State.FAILED: "failed",
}
"""What is to be done with a repository, by its state; those in other states are done."""


@record
class History:
    """How many repositories are left, by what is to be done with them: for each of the `times`, in seconds since 1970.

    Before `since` it is not exact.
    """

    times: tuple[int, ...]
    left: dict[str, list[int]]
    since: int

    @property
    def now(self) -> int:
        """How many are left at last."""
        return sum(row[-1] for row in self.left.values())


def take_up(db: sqlite3.Connection, created: int) -> int:
    """Write down what a ledger without a history knows of the time before, and return since when it is exact."""
    if db.execute("SELECT 1 FROM repositories LIMIT 1").fetchone() is None:
        return created
    for statement in _OF_BEFORE:
        db.execute(statement, (created,) if "?" in statement else ())
    return int(time.time())


def history_of(db: sqlite3.Connection, with_requests: Collection[str], since: int, now: int) -> History:
    """What was left at each time until now. A branch of a kind of host without change requests is done."""
    left: dict[str, list[int]] = {name: [] for name in dict.fromkeys(_LEFT.values())}
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'history'").fetchone() is None:
        return History((), left, now)
    moments = _moments([row[0] for row in db.execute("SELECT DISTINCT at FROM history ORDER BY at")], now)
    rows = db.execute(
        "SELECT history.id, history.state, at, kind FROM history JOIN repositories ON repositories.id = history.id"
        " ORDER BY at, history.rowid"
    )
    states: dict[int, str] = {}
    counts: Counter[str] = Counter()
    place = 0
    for number, state, at, kind in rows:
        while place < len(moments) - 1 and at > moments[place]:
            _note(left, counts)
            place += 1
        counts[states.get(number, "")] -= 1
        is_done = state not in _LEFT or (state == State.PUSHED and kind not in with_requests)
        states[number] = "" if is_done else _LEFT[State(state)]
        counts[states[number]] += 1
    for _ in moments[place:]:
        _note(left, counts)
    return History(tuple(moments), left, since)


def _note(left: dict[str, list[int]], counts: Counter[str]) -> None:
    for name, row in left.items():
        row.append(counts[name])


def _moments(times: list[int], now: int) -> list[int]:
    """The times at which something changed, or as many of the same distance as a curve has, and now."""
    if len(times) > _MOST:
        first = times[0]
        times = sorted({first, *(first + (now - first) * n // _MOST for n in range(1, _MOST))})
    return [*times[: bisect_left(times, now)], now] if times else []
