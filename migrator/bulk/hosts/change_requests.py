"""What a push has to know of change requests on any host: what one of before means, and what follows the branch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from migrator.bulk.entry import Entry
from migrator.bulk.host import PUSH_AGAIN, OnHost
from migrator.bulk.states import RepositoryError, State


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


def after_branch(entry: Entry, head: str, request: Callable[[], OnHost]) -> OnHost:
    """Open or update the change request of a branch that was just made, whose commit is `head`.

    What another try may mend is raised, for the whole push is tried again. Else the branch is there, with the error.
    """
    try:
        return request()
    except RepositoryError as error:
        if error.fault in PUSH_AGAIN:
            raise
        return OnHost(entry, head=head, error=error)
