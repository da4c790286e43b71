"""What the hosts of a campaign share: where objects are kept, the budgets, how long to wait. None of it is stored."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from migrator.bulk.blobs import Blobs
from migrator.bulk.budgets import Budgets
from migrator.bulk.stores import Stores


def _unlimited() -> Budgets:
    return Budgets(threading.Event(), per_minute=0, per_hour=0)


@dataclass
class World:
    """`api_urls` are the roots of the APIs of your own servers by the name of the kind; one without is the public host.

    `base_branch` is the branch to change, empty for each default branch; `timeout` is in seconds.
    """

    folder: Path
    api_urls: Mapping[str, str] = field(default_factory=dict)
    base_branch: str = ""
    timeout: float = 60.0
    budgets: Budgets = field(default_factory=_unlimited)

    def __post_init__(self) -> None:
        self.stores = Stores(self.folder / "stores")
        self.blobs = Blobs(self.folder / "blobs")

    def prepare(self) -> None:
        """Make the folder, readable by its owner only, and clear what a killed run left in it."""
        self.stores.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.stores.clear_locks()
