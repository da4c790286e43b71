"""What a change request of before means for a push: it may have been merged or closed before the ledger knew of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from migrator.bulk.entry import Entry
from migrator.bulk.host import OnHost
from migrator.bulk.states import State


class Past(NamedTuple):
    """A change request of our branch as its host has it: `state` is open, merged or closed."""

    number: int
    state: State
    url: str


def settled(
    entry: Entry, title: str, requests: Sequence[Past], look: Callable[[Past], tuple[str, str | None]]
) -> OnHost | None:
    """What a push finds done: the last request, where it has exactly this change; or one that a person closed while
    another change was planned, which declines the campaign. `None`: there is something to push.

    `requests` are the newest first, `title` is the name of the host. `look` gets the head of a request, and the change
    of ours that it makes, if it is one. A closed repository that was approved by its name has no `pull_request` and
    gets a new one.
    """
    if not requests or any(each.state is State.OPEN for each in requests):
        return None
    if entry.number:
        ours = next((each for each in requests if each.number == entry.number), None)
        if entry.pull_request and ours is not None and ours.state is State.CLOSED:
            return OnHost(entry, State.CLOSED, message=f"was closed on {title}")
        return None
    last = requests[0]
    head, change = look(last)
    if change != entry.change:
        return None
    return OnHost(entry, last.state, head, last.number, last.url, f"was {last.state} on {title}")
