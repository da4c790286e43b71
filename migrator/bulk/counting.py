"""The inventory of a campaign, from what was counted while it was planned: no host is asked."""

from __future__ import annotations

import json

from migrator.bulk.ledger import Ledger
from migrator.bulk.states import State
from migrator.results.inventory.counting import Inventory, Tally


def inventory_of(ledger: Ledger) -> tuple[Inventory, int]:
    """What the configs had when they were planned, and how many repositories were not counted, as they failed or were
    not planned yet."""
    inventory, unknown = Inventory(), 0
    for entry in ledger.entries():
        text = ledger.result(entry.result) if entry.result else None
        counted = json.loads(text).get("counted") if text is not None else None
        if counted is not None:
            inventory.add(entry.label, Tally.from_plain(counted))
        elif entry.state in (State.FAILED, State.DISCOVERED) or entry.result:
            unknown += 1
    return inventory, unknown
