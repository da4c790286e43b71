"""Pull requests as they are on GitHub: one query for many of them, since a query each would use up the budget."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from migrator.bulk.entry import Entry
from migrator.bulk.host import Request
from migrator.bulk.hosts.github.api import Api, RefusedError
from migrator.bulk.hosts.github.halving import by_halves
from migrator.bulk.hosts.github.queries import pulls_query
from migrator.bulk.states import Fault, RepositoryError, State

BATCH = 50


def pulls(api: Api, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Request | RepositoryError | None]]:
    """Each pull request as it is on the host, `None` where it is gone, or the reason why the host did not report it."""

    def ask(some: Sequence[Entry]) -> list[Request | None]:
        variables: dict[str, Any] = {}
        for number, entry in enumerate(some):
            variables |= {f"i{number}": entry.host_id, f"n{number}": entry.number}
        data = api.query(pulls_query(some), variables)
        nodes = [data.get(f"r{number}") for number in range(len(some))]
        return [_request(node["pullRequest"]) if node and node.get("pullRequest") else None for node in nodes]

    waiting = iter(entry for entry in entries if entry.number and entry.host_id)
    while batch := list(itertools.islice(waiting, BATCH)):
        for some, found in by_halves(batch, ask):
            if isinstance(found, RepositoryError):
                yield from ((entry, found) for entry in some)
            else:
                yield from zip(some, found, strict=True)


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
        api.rest("PUT", f"/repos/{entry.name}/pulls/{entry.number}/merge", body)
    except RefusedError as refused:
        if refused.status in (405, 409, 422):
            raise RepositoryError(Fault.PROTECTED, f"GitHub does not merge it: {refused.words}") from None
        raise
