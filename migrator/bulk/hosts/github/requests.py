"""Pull requests as they are on GitHub: one query for many of them, since a query each would use up the budget."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from migrator.bulk.entry import Entry
from migrator.bulk.host import Request
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.merging import queued, review_of
from migrator.bulk.hosts.github.queries import pulls_query
from migrator.bulk.states import RepositoryError, State
from migrator.services.halving import by_halves

BATCH = 50
BEGUN = 300.0
"""Seconds after a commit within which checks may still begin."""


def pulls(api: Api, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
    """Each pull request as it is on the host, `None` where it is gone, or the reason why the host did not report it."""

    def ask(some: Sequence[Entry]) -> list[Request | RepositoryError | None]:
        variables: dict[str, Any] = {}
        for number, entry in enumerate(some):
            variables |= {f"i{number}": entry.host_id, f"n{number}": entry.number}
        data, refused = api.query_many(pulls_query(some), variables)
        return [_one(data[name], refused, name) for name in (f"r{number}" for number in range(len(some)))]

    waiting = iter(entry for entry in entries if entry.number and entry.host_id)
    while batch := list(itertools.islice(waiting, BATCH)):
        for some, found in by_halves(batch, ask):
            if isinstance(found, RepositoryError):
                yield from ((entry, found) for entry in some)
            else:
                yield from zip(some, found, strict=True)


def _one(
    node: dict[str, Any] | None, refused: dict[tuple[str, ...], RepositoryError], name: str
) -> Request | RepositoryError | None:
    if node is not None and node["pullRequest"] is not None:
        return _request(node, node["pullRequest"])
    return refused.get((name,)) or refused.get((name, "pullRequest"))


def _request(repository: dict[str, Any], pull: dict[str, Any]) -> Request:
    return Request(
        State(pull["state"].lower()),
        pull["headRefOid"],
        _checks(pull),
        pull["isDraft"],
        pull["mergeable"] == "CONFLICTING",
        queued="" if pull["mergeable"] == "CONFLICTING" else queued(pull),
        review=review_of(pull),
        opened=int(_seconds(pull["createdAt"])),
        name=repository["nameWithOwner"],
        source=repository["url"],
        url=pull["url"],
    )


def _checks(pull: dict[str, Any]) -> str:
    """What checks say. There are none, and none is required, where GitHub would merge it although none has reported."""
    nodes = pull["commits"]["nodes"]
    commit = nodes[0]["commit"] if nodes else None
    if commit and commit["statusCheckRollup"]:
        return str(commit["statusCheckRollup"]["state"]).lower()
    can_merge = pull["mergeStateStatus"] in ("CLEAN", "HAS_HOOKS")
    return "none" if commit and can_merge and time.time() - _seconds(commit["committedDate"]) > BEGUN else ""


def _seconds(moment: str) -> float:
    """A time of GitHub in seconds since 1970, 0 where it is none."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0
