"""What the hosts of a campaign share: where objects are kept, the budget, how long to wait. None of it is stored."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from migrator.bulk.blobs import Blobs
from migrator.bulk.store import Stores
from migrator.services.budget import Budget


def _unlimited() -> Budget:
    return Budget(threading.Event(), per_minute=0, per_hour=0)


@dataclass
class World:
    """`api_url` is the root of the API of your own server, empty for the public one of each host.

    `base_branch` is the branch to change, empty for each default branch; `timeout` is in seconds.
    """

    folder: Path
    api_url: str = ""
    base_branch: str = ""
    timeout: float = 60.0
    budget: Budget = field(default_factory=_unlimited)

    def __post_init__(self) -> None:
        self.stores = Stores(self.folder / "stores")
        self.blobs = Blobs(self.folder / "blobs")

    def prepare(self) -> None:
        """Make the folder, readable by its owner only, and clear what a killed run left in it."""
        self.stores.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.stores.clear_locks()
