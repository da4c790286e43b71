"""`merge`: only what is ours, green, and has its prerequisites confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.bulk.github.api import Api, RefusedError
from migrator.bulk.github.following import checks_of, pulls
from migrator.bulk.ledger import Entry, Ledger
from migrator.bulk.planning import Watch
from migrator.bulk.rollout import on_threads
from migrator.bulk.sources import World
from migrator.bulk.states import Fault, RepositoryError, State
from migrator.bulk.work import Result


def merge_all(
    ledger: Ledger,
    world: World,
    jobs: int,
    watch: Watch,
    confirmed: frozenset[str],
    method: str,
    limit: int | None,
    *,
    dry_run: bool,
) -> Iterator[tuple[str, str]]:
    """Merge what is ready; yields each repository with what was done or what it waits for."""
    entries = list(ledger.entries(State.OPEN))
    if not entries:
        return
    ready: list[Entry] = []
    for entry, pull in pulls(world.api, entries):
        if isinstance(pull, RepositoryError):
            yield entry.name, f"waits: {pull}"
        elif pull is not None and pull["state"] != "OPEN":
            ledger.update(
                entry.id, state=State(pull["state"].lower()), message=f"was {pull['state'].lower()} on GitHub"
            )
        elif why := _waits(entry, pull, ledger, confirmed):
            yield entry.name, f"waits: {why}"
        elif limit is None or len(ready) < limit:
            ready.append(entry)
    ledger.commit()
    if dry_run:
        yield from ((entry.name, f"would be merged: {entry.pull_request}") for entry in ready)
        return
    watch.expect(len(ready))
    api: Api = world.api

    def act(entry: Entry) -> None:
        _merge(api, entry, method)

    for entry, done in on_threads([[entry] for entry in ready], act, jobs, watch):
        if isinstance(done, RepositoryError):
            ledger.fail(entry.id, "merge", done)
            watch.done(entry.name, State.FAILED, f"{done.fault}: {done}")
        else:
            ledger.update(entry.id, state=State.MERGED, message="", fault="", phase="")
            watch.done(entry.name, State.MERGED)
            yield entry.name, "merged"
        ledger.commit(if_due=True)
    ledger.commit()


def _waits(entry: Entry, pull: dict[str, Any] | None, ledger: Ledger, confirmed: frozenset[str]) -> str:
    """Why a pull request is not merged, or nothing."""
    if pull is None:
        return "its pull request cannot be seen any more"
    if pull["headRefOid"] != entry.head:
        return "its head is not ours: a person has committed to the branch"
    if pull["isDraft"]:
        return "is a draft"
    if (checks := checks_of(pull)) != "success":
        return f"checks are {checks}" if checks else "no check has reported"
    if pull["mergeable"] == "CONFLICTING":
        return "conflicts with its base"
    text = ledger.result(entry.result)
    needs = Result.from_json(entry.id, text).requirements if text else ()
    names = sorted({name if kind == "context" else kind for kind, name, _ in needs})
    missing = [name for name in names if name not in confirmed and "all" not in confirmed]
    return f"confirm that it exists: --confirm {' --confirm '.join(missing)}" if missing else ""


def _merge(api: Api, entry: Entry, method: str) -> None:
    body = {"sha": entry.head, "merge_method": method}
    try:
        api.rest("PUT", f"/repos/{entry.name}/pulls/{entry.number}/merge", body)
    except RefusedError as refused:
        if refused.status in (405, 409, 422):
            raise RepositoryError(Fault.PROTECTED, f"GitHub does not merge it: {refused.words}") from None
        raise
