"""One repository of a campaign, as the ledger holds it."""

from __future__ import annotations

from dataclasses import dataclass

from migrator.bulk.states import State


@dataclass(frozen=True, slots=True)
class Entry:
    """One repository. `name` is what its host calls it, `label` what the campaign does: the same, unless a repository
    of another host has that name. `source` is its URL as given without credentials; `phase` is the one that failed.

    `kind` names the kind of its host. `change` is what is planned, `decided` the change that was approved or rejected,
    `pushed` the one on the branch, and `head` the branch's commit when we last saw it there. `tree` names the
    `.circleci` folder that was planned. `before` is the state that a failure took the place of. `checks`, `review`,
    `opened` and `waits` are of its change request, as the host last said; `waits` is what it waits for beside those.
    `topics` are the host's, with blanks between.
    `answers` are what a person said of the kinds of its change. `shape` is what an earlier version had planned.
    """

    id: int
    name: str
    kind: str
    source: str
    state: State
    fault: str = ""
    message: str = ""
    phase: str = ""
    host_id: str = ""
    public: bool = False
    base: str = ""
    base_branch: str = ""
    tree: str = ""
    store: int = 0
    result: str = ""
    change: str = ""
    shape: str = ""
    planned_at: int = 0
    decided: str = ""
    branch: str = ""
    head: str = ""
    pushed: str = ""
    number: int = 0
    pull_request: str = ""
    checks: str = ""
    wave: int = 0
    before: str = ""
    review: str = ""
    opened: int = 0
    waits: str = ""
    topics: str = ""
    answers: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.name)
