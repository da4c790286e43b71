"""Pull requests as they are on GitHub: one query for many of them, since a query each would use up the budget."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from migrator.bulk.entry import Entry
from migrator.bulk.host import Request
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.halving import by_halves
from migrator.bulk.hosts.github.queries import MERGED, pulls_query
from migrator.bulk.states import RepositoryError, State
from migrator.services.answers import RefusedError, plain
from migrator.services.faults import Fault

BATCH = 50


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
        return _request(node["pullRequest"])
    return refused.get((name,)) or refused.get((name, "pullRequest"))


def _request(pull: dict[str, Any]) -> Request:
    nodes = pull["commits"]["nodes"]
    rollup = nodes[0]["commit"]["statusCheckRollup"] if nodes else None
    checks = str(rollup["state"]).lower() if rollup else ""
    state = State(pull["state"].lower())
    return Request(state, pull["headRefOid"], checks, pull["isDraft"], pull["mergeable"] == "CONFLICTING")


def merge(api: Api, entry: Entry, method: str) -> None:
    """Merge a pull request whose head is still ours."""
    body = {"sha": entry.head, "merge_method": method}
    try:
        done = api.rest("PUT", f"/repos/{entry.name}/pulls/{entry.number}/merge", MERGED, body)
    except RefusedError as refused:
        if refused.status in (405, 409, 422):
            raise RepositoryError(Fault.PROTECTED, f"GitHub does not merge it: {refused.words}") from None
        raise
    if not done["merged"]:
        raise RepositoryError(
            Fault.PROTECTED, f"GitHub does not merge it: {plain(done['message'] or 'no reason given')}"
        )
