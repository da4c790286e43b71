"""The ledger: the state of every repository of a campaign, in one SQLite file that survives any kill.

One process writes at a time. The ledger contains edits and ids of blobs, never text of a file or a diff, so it
may be copied and shared. What it lacks after a kill is read from the host again.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from migrator.bulk import history
from migrator.bulk.entry import Entry
from migrator.bulk.states import CampaignError, RepositoryError, State
from migrator.errors import UsageError
from migrator.files.writing import naming
from migrator.services.faults import Fault

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SCHEMA = 1
_OF_DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
_LITTLE = 100_000
"""Bytes of a disk with so few left that a ledger cannot be written."""
PATIENCE = 0.5
"""Seconds after which finished work is written down for good, however little it is."""

_TABLES = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS repositories (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, source TEXT NOT NULL,
  state TEXT NOT NULL, fault TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
  phase TEXT NOT NULL DEFAULT '', host_id TEXT NOT NULL DEFAULT '', public INTEGER NOT NULL DEFAULT 0,
  base TEXT NOT NULL DEFAULT '', base_branch TEXT NOT NULL DEFAULT '', tree TEXT NOT NULL DEFAULT '',
  store INTEGER NOT NULL DEFAULT 0, result TEXT NOT NULL DEFAULT '', change TEXT NOT NULL DEFAULT '',
  shape TEXT NOT NULL DEFAULT '', planned_at INTEGER NOT NULL DEFAULT 0, decided TEXT NOT NULL DEFAULT '',
  branch TEXT NOT NULL DEFAULT '', head TEXT NOT NULL DEFAULT '', pushed TEXT NOT NULL DEFAULT '',
  number INTEGER NOT NULL DEFAULT 0, pull_request TEXT NOT NULL DEFAULT '', checks TEXT NOT NULL DEFAULT '',
  wave INTEGER NOT NULL DEFAULT 0, before TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS by_state ON repositories (state);
CREATE INDEX IF NOT EXISTS by_host ON repositories (kind, host_id);
CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, result TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS writes (what TEXT NOT NULL, at REAL NOT NULL);
"""
_LATER = {
    "review": "TEXT NOT NULL DEFAULT ''", "opened": "INTEGER NOT NULL DEFAULT 0", "waits": "TEXT NOT NULL DEFAULT ''",
    "own": "TEXT NOT NULL DEFAULT ''", "topics": "TEXT NOT NULL DEFAULT ''", "answers": "TEXT NOT NULL DEFAULT ''",
}  # fmt: skip
"""Columns of repositories that earlier ledgers lack. `own` is what a host calls a repository whose `name` says more."""
_FIELDS = frozenset(field.name for field in fields(Entry))


def _entry(row: sqlite3.Row) -> Entry:
    values = {name: row[name] for name in row.keys() if name in _FIELDS}  # noqa: SIM118 - a row iterates its values
    values["state"], values["public"] = State(values["state"]), bool(values["public"])
    label = values.pop("name")
    return Entry(**values, name=(row["own"] if "own" in row.keys() else "") or label, label=label)  # noqa: SIM118


def _not_written(path: Path, error: BaseException) -> CampaignError:
    why = str(error)
    with suppress(OSError):
        if shutil.disk_usage(path.parent).free < _LITTLE:
            why = "no space left on device"  # SQLite often calls it "disk I/O error".
    return CampaignError(
        f"{path}: the ledger cannot be read or written ({why}); earlier entries are kept;"
        " fix that and run the same command again"
    )


class Ledger:
    """The ledger of one campaign. Only the process that holds the lock writes; use it as a context manager.

    `with_requests` are the kinds of host whose branches are followed by a pull request.
    """

    def __init__(
        self, path: Path, name: str, *, with_requests: Collection[str], create: bool = False, write: bool = True
    ) -> None:
        if not create and not path.is_file():
            raise UsageError(
                f"{path}: no campaign '{name}' here; start one with `migrate bulk plan {name} --source ...`"
            )
        self.path, self.name, self.with_requests = path, name, with_requests
        self._lock = -1
        if write:
            self._take_lock()
        try:
            self._open()
        except BaseException as error:
            self._release()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_DISK:
                raise _not_written(path, error) from None
            if isinstance(error, sqlite3.Error | json.JSONDecodeError):
                raise CampaignError(f"{path}: is not a ledger that this version can read ({error})") from None
            raise
        self._dirty = 0.0

    def _open(self) -> None:
        # Private: it names private repositories.
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(self.path, isolation_level=None, timeout=30, check_same_thread=True)
        self._db.row_factory = sqlite3.Row
        try:
            self._begin()
        except BaseException:
            self._db.close()
            raise

    def _begin(self) -> None:
        tables = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        # Checked before anything is written: the file may be another program's, or a later version's.
        if tables and "settings" not in tables:
            raise sqlite3.DatabaseError("it is the database of another program")
        version = self.setting("version", SCHEMA) if tables else SCHEMA
        if version != SCHEMA:
            raise sqlite3.DatabaseError(f"its version is {version}, expected {SCHEMA}; use the program that created it")
        self._db.execute("PRAGMA synchronous=NORMAL")
        if self._lock >= 0 or fcntl is None:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(_TABLES + history.TABLES)
            known = {row["name"] for row in self._db.execute("PRAGMA table_info(repositories)")}
            for name in _LATER.keys() - known:
                self._db.execute(f"ALTER TABLE repositories ADD COLUMN {name} {_LATER[name]}")
        elif not tables:
            raise sqlite3.DatabaseError("it is empty")
        if self.setting("campaign", self.name) != self.name:
            raise UsageError(f"{self.path}: belongs to the campaign '{self.setting('campaign')}'")
        if self._lock >= 0 and self.setting("campaign") is None:
            self.set_settings(version=SCHEMA, campaign=self.name, created=int(time.time()))
        if self._lock >= 0 and self.setting("history") is None:
            self.set_settings(history=history.take_up(self._db, self.setting("created", 0)))

    def _take_lock(self) -> None:
        if fcntl is None:
            return
        while True:
            self._lock = os.open(self._lock_path, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                # The system releases the lock when its holder dies.
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                holder = os.pread(self._lock, 20, 0).decode("ascii", "replace").strip()
                os.close(self._lock)
                raise CampaignError(
                    f"{self.path}: another run is working on this campaign (process {holder}); wait for it to end"
                ) from None
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._lock), self._lock_path.stat()):
                    break
            os.close(self._lock)  # `close` removed the file in between: that lock protects nothing.
        with naming(self._lock_path):
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    def remove_lock(self) -> None:
        """Remove the file of the lock, which is still held until the ledger is closed."""
        with suppress(OSError):
            self._lock_path.unlink()

    def _release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            self.close()
        except sqlite3.Error as at_last:
            error = error or at_last
        if isinstance(error, sqlite3.Error):
            raise _not_written(self.path, error) from None

    def close(self) -> None:
        try:
            self.commit()
        finally:
            self._db.close()
            self._release()

    # -- settings

    def setting(self, name: str, default: Any = None) -> Any:
        row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])

    def set_settings(self, **values: Any) -> None:
        rows = [(name, json.dumps(value)) for name, value in values.items()]
        self._write("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)
        self.commit()

    # -- repositories

    def add(self, name: str, kind: str, source: str, **columns: Any) -> Entry:
        """The repository of that name, new or known; `columns` are what the source just reported.

        One with a `host_id` is known by that, whatever it was called, and is not another one that had its name before.
        Where a repository of another host has the name, its label is `KIND:NAME`, for good.
        """
        if host_id := columns.get("host_id"):
            known = self._db.execute(
                "SELECT * FROM repositories WHERE kind = ? AND host_id = ?", (kind, host_id)
            ).fetchone()
            if known is None:
                self._set_aside(self._label(name, kind), "number > 0 AND host_id NOT IN ('', ?)", host_id)
            elif _entry(known).name != name:
                self.rename(known["id"], name, source)
        label = self._label(name, kind)
        columns["own"] = name if label != name else ""
        names = ("name", "kind", "source", "state", *columns)
        update = ", ".join(f"{column} = excluded.{column}" for column in ("source", *columns))
        self._write(
            f"INSERT INTO repositories ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
            f" ON CONFLICT (name) DO UPDATE SET {update}",
            [(label, kind, source, State.DISCOVERED, *columns.values())],
        )
        return self.entry(label)

    def rename(self, number: int, name: str, source: str) -> None:
        """Note what a repository is called now."""
        kind = self.by_id(number).kind
        label = self._label(name, kind)
        self._set_aside(label, "id != ?", number)
        self.update(number, name=label, own=name if label != name else "", source=source)

    def _label(self, name: str, kind: str) -> str:
        """What a repository of that kind of host is called in this campaign."""
        holders = "SELECT kind FROM repositories WHERE name = ?"
        whole = f"{kind}:{name}"
        if self._db.execute(f"{holders} AND kind = ?", (whole, kind)).fetchone():
            return whole
        label = name
        while (held := self._db.execute(holders, (label,)).fetchone()) is not None and held["kind"] != kind:
            label = whole if label == name else f"{label}~"
        return label

    def _set_aside(self, name: str, where: str, value: object) -> None:
        """Let another repository that had this name have one of its own, until it is listed under its new one."""
        self._write(
            f"UPDATE repositories SET name = name || '~' || id, own = '' WHERE name = ? AND {where}", [(name, value)]
        )

    def entry(self, label: str) -> Entry:
        return _entry(self._db.execute("SELECT * FROM repositories WHERE name = ?", (label,)).fetchone())

    def named(self, text: str) -> Entry | None:
        """What a person means by a label, a name or `KIND:NAME`. `UsageError` where that is unclear."""
        ends = text.partition(":")[2]
        rows = self._db.execute(
            "SELECT * FROM repositories WHERE name IN (?, ?) OR substr(name, length(kind) + 2) = ?", (text, ends, text)
        ).fetchall()
        found = [each for each in map(_entry, rows) if text in (each.label, each.name, f"{each.kind}:{each.name}")]
        if len(found) > 1:
            names = " or ".join(sorted(f"{each.kind}:{each.name}" for each in found))
            raise UsageError(f"'{text}' is the name of {len(found)} repositories; write {names}")
        return found[0] if found else None

    def by_id(self, number: int) -> Entry:
        return _entry(self._db.execute("SELECT * FROM repositories WHERE id = ?", (number,)).fetchone())

    def update(self, number: int, /, **columns: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in columns)
        self._write(f"UPDATE repositories SET {names} WHERE id = ?", [(*columns.values(), number)])

    def fail(self, number: int, phase: str, error: RepositoryError | tuple[str, str]) -> None:
        """Record why a repository failed, and the phase where `retry` resumes."""
        fault, message = (error.fault, str(error)) if isinstance(error, RepositoryError) else error
        self._write(
            "UPDATE repositories SET before = CASE state WHEN 'failed' THEN before ELSE state END,"
            " state = 'failed', fault = ?, message = ?, phase = ? WHERE id = ?",
            [(fault or Fault.INTERNAL, message, phase, number)],
        )

    def entries(self, *states: State, phase: str | None = None) -> Iterator[Entry]:
        """Repositories in the order in which they were found, read as they are asked for."""
        where, values = "1", []
        if states:
            where, values = f"state IN ({', '.join('?' * len(states))})", [str(state) for state in states]
        if phase is not None:
            where, values = f"{where} AND phase = ?", [*values, phase]
        last = 0
        while True:
            rows = self._db.execute(
                f"SELECT * FROM repositories WHERE id > ? AND {where} ORDER BY id LIMIT 200", (last, *values)
            ).fetchall()
            if not rows:
                return
            last = rows[-1]["id"]
            yield from map(_entry, rows)

    def history(self, now: int) -> history.History:
        """What was left to be done, from the beginning until now."""
        return history.history_of(self._db, self.with_requests, self.setting("history", now), now)

    def counts(self) -> dict[State, int]:
        rows = self._db.execute("SELECT state, count(*) FROM repositories GROUP BY state").fetchall()
        found = {State(state): number for state, number in rows}
        return {state: found[state] for state in State if state in found}

    def counts_by_kind(self) -> dict[str, dict[State, int]]:
        """How many repositories of each kind of host are in each state."""
        rows = self._db.execute("SELECT kind, state, count(*) FROM repositories GROUP BY kind, state ORDER BY kind")
        found: dict[str, dict[State, int]] = {}
        for kind, state, number in rows.fetchall():
            found.setdefault(kind, {})[State(state)] = number
        return found

    def is_work_open(self) -> bool:
        """Whether some repository waits for a decision or an action. A branch without a pull request is done."""
        row = self._db.execute(
            "SELECT 1 FROM repositories WHERE state IN ('discovered', 'planned', 'approved', 'open')"
            f" OR (state = 'pushed' AND kind IN ({', '.join('?' * len(self.with_requests))})) LIMIT 1",
            tuple(self.with_requests),
        ).fetchone()
        return row is not None

    def exit_code(self) -> int:
        """The exit code of every phase: 3 if a repository failed, 1 if work is open, 0 if all is done."""
        return 3 if State.FAILED in self.counts() else int(self.is_work_open())

    def kinds(self) -> list[str]:
        """The kinds of host that its repositories are on."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT kind FROM repositories ORDER BY kind")]

    # -- results of planning, by what they were computed from

    def result(self, key: str) -> str | None:
        row = self._db.execute("SELECT result FROM results WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def put_result(self, key: str, result: str) -> None:
        self._write("INSERT OR REPLACE INTO results VALUES (?, ?)", [(key, result)])

    # -- what was created and pushed lately, for limits that outlive a run

    def note_writes(self, writes: Iterable[tuple[str, float]]) -> None:
        self._write("DELETE FROM writes WHERE at < ?", [(time.time() - 3600,)])
        self._write("INSERT INTO writes VALUES (?, ?)", list(writes))

    def writes(self) -> list[tuple[str, float]]:
        """What was written within the last hour, and when, as the budget reported it."""
        rows = self._db.execute("SELECT what, at FROM writes WHERE at > ? ORDER BY at", (time.time() - 3600,))
        return [(row[0], row[1]) for row in rows]

    # -- transactions

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            self._dirty = time.monotonic()
        self._db.executemany(statement, rows)

    def commit(self, *, if_due: bool = False) -> None:
        """Store what was written since the last time; with `if_due` only if that is a moment ago."""
        if self._db.in_transaction and (not if_due or time.monotonic() - self._dirty > PATIENCE):
            self._db.execute("COMMIT")


def ledger_path(name: str, given: str | None) -> Path:
    """The file of a campaign: the one given, or `NAME.campaign.db` here."""
    if (
        not name
        or name in (".", "..")
        or any(c in name for c in "/\\ \0:~^?*[")
        or name.startswith(("-", "."))
        or name.endswith((".lock", "."))
    ):
        raise UsageError(f"'{name}' is not a valid campaign name: it becomes the branch migrator/NAME")
    path = Path(given) if given else Path(f"{name}.campaign.db")
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"--ledger {path}: {'is a folder' if path.is_dir() else 'no such folder'}")
    return path


def store_folder(ledger: Path, name: str) -> Path:
    """The folder for the objects of a campaign, next to its ledger."""
    return ledger.with_name(f"{name}.campaign")
