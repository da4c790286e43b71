"""`push`: one branch, one commit and, on GitHub, one pull request a repository; derived from the host every time.

A push that was killed at any moment is done again by the next run, which asks the host what is there first. A commit
is known to be ours by its id or by its trailers, which name the very change that it makes to its parent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from migrator.bulk.git import Identity
from migrator.bulk.ledger import Entry
from migrator.bulk.sources import World
from migrator.bulk.states import Fault, RepositoryError, State
from migrator.bulk.texts import Wording
from migrator.bulk.work import Result
from migrator.engine.batch import Plan

KINDS = {
    "dir": "migrator.bulk.pushing.local",
    "git": "migrator.bulk.pushing.remote",
    "github": "migrator.bulk.pushing.github",
}


_BUILT_IN = Wording()


@dataclass(frozen=True)
class Terms:
    """What is the same for all pushes of a run."""

    campaign: str
    branch: str
    plan: Plan
    identity: Identity
    wording: Wording = _BUILT_IN
    commit: bool = True
    draft: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    base: str = ""


class Job(NamedTuple):
    """One repository whose change is approved."""

    entry: Entry
    result: Result


class Pushed(NamedTuple):
    """What is on the host now. `error` says what is not."""

    entry: Entry
    state: State = State.PUSHED
    head: str = ""
    number: int = 0
    pull_request: str = ""
    message: str = ""
    error: RepositoryError | None = None


class Pusher(Protocol):
    """Brings changes to one kind of host. `groups` tells which jobs one thread must do one after the other."""

    def groups(self, jobs: Sequence[Job]) -> list[list[Job]]: ...
    def push(self, job: Job) -> Pushed: ...
    def close_one(self, entry: Entry) -> Pushed: ...
    def finish(self, jobs: Sequence[Job]) -> None: ...


def open_pusher(kind: str, world: World, terms: Terms) -> Pusher:
    import importlib

    pusher: Pusher = importlib.import_module(KINDS[kind]).Pusher(world, terms)
    return pusher


def human(branch: str) -> RepositoryError:
    return RepositoryError(
        Fault.HUMAN,
        f"the branch {branch} has commits that are not ours; it is left as it is: merge, rename or delete it",
    )
