"""What is to be done with every file of a run. Plain data, which every process is sent."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from migrator.engine.asked import Asked, Describe
from migrator.engine.limits import FILE_TIMEOUT
from migrator.policy import Policy


class Plan(NamedTuple):
    """What is to be done with every file. Plain data: a worker process is sent this and loads the rules itself."""

    rules: tuple[str, ...]
    directories: tuple[Path, ...]
    policy: Policy
    review_too: bool = False
    include_generated: bool = False
    known: tuple[str, ...] | None = None
    """The ids of all rules that there are, so that a suppression of any other is reported."""
    exclude: tuple[str, ...] = ()
    """Patterns of paths below `.circleci` that are left out, beside those of the policy."""
    file_timeout: float = FILE_TIMEOUT
    """Seconds that one file may take; 0 for no limit."""
    compiled: bool = False
    """Whether CircleCI's compiler has to agree before a change is made."""
    named: frozenset[str] = frozenset()
    """The files that the command line names: what cannot be read of them is a failure."""
    reason: str = ""
    """Why findings are suppressed, where that is what is done instead of fixes."""
    inventory: bool = False
    """Whether outcomes have the facts of an inventory."""
    describe: Describe | None = None
    """What describes a change for those who report it, in the process that has its trees; a function of a module."""

    @property
    def asked(self) -> Asked:
        return Asked(self.inventory, self.describe)

    def siblings(self, path: str) -> list[tuple[str, bytes]]:
        """The other files of the config that a file is a part of."""
        from migrator.files.generated import siblings_of

        return siblings_of(path, self.policy, include_generated=self.include_generated)
