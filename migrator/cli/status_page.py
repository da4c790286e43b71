"""`migrate bulk status NAME --html FILE` and `--inventory`: where a campaign is, as a page and as numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from migrator.bulk.counting import inventory_of
from migrator.bulk.ledger import Ledger
from migrator.cli.talk import tell
from migrator.files.writing import write_whole
from migrator.reports.inventory.page import History, StatusPage, render_status
from migrator.reports.inventory.text import lines_of
from migrator.results.inventory.plain import plain


def put_status_page(ledger: Ledger, output: str) -> None:
    """Write the page of a campaign, readable by its owner only: it names repositories and contexts."""
    now = int(time.time())
    history = ledger.history(now)
    inventory, unknown = inventory_of(ledger)
    states = {str(state): number for state, number in ledger.counts().items()}
    page = StatusPage(
        ledger.name,
        f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC",
        states,
        sum(states.values()) - history.now,
        History(history.times, history.left, history.since),
        inventory,
        unknown,
    )
    write_whole(output, render_status(page).encode("utf-8", "backslashreplace"), private=True)
    tell(f"{output}: open it in a browser; it needs no network. It names private repositories: only you may read it")


def inventory_in_json(ledger: Ledger) -> dict[str, Any]:
    """The inventory, and a row for each moment of the history."""
    history = ledger.history(int(time.time()))
    inventory, unknown = inventory_of(ledger)
    rows = [
        {"at": _moment(at), "exact": at >= history.since, **{name: row[n] for name, row in history.left.items()}}
        for n, at in enumerate(history.times)
    ]
    return {"inventory": {**plain(inventory, str), "unknown": unknown}, "history": rows}


def inventory_in_text(ledger: Ledger) -> Iterator[str]:
    """The inventory, and what it could not count."""
    inventory, unknown = inventory_of(ledger)
    yield "\n"
    yield from (text for text, _ in lines_of(inventory, str))
    if unknown:
        yield f"\n{unknown} of the repositories failed or were not planned yet, and are not counted.\n"


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
