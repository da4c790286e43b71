"""Planned changes read again, to show them."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.bulk.contents import changes
from migrator.bulk.entry import Entry
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.states import RepositoryError, State
from migrator.bulk.work import Result
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed
from migrator.results.diffs import masked_diff
from migrator.results.masking import Mask

_KEPT = 8
"""Changes of so many repositories are kept while they are looked at."""


class Planned:
    """What a campaign planned, to be looked at."""

    def __init__(self, ledger: Ledger, hosts: Hosts, plan: Plan) -> None:
        self.ledger, self.hosts, self.plan = ledger, hosts, plan
        self._seen: dict[str, list[Changed]] = {}

    def changes(self, entry: Entry) -> list[Changed]:
        """The change of a repository, secrets and all: who shows it masks them. Raises `RepositoryError`."""
        text = self.ledger.result(entry.result)
        if text is None:
            return []
        key = f"{entry.id} {entry.result}"
        made = self._seen.pop(key, None)
        if made is None:
            files = self.hosts.of(entry.kind).planned(entry, Result.from_json(entry.id, text))
            made = changes(self.plan, files, entry.name)
        # One repository is often the sample of several kinds, which are looked at one after the other.
        self._seen[key] = made
        if len(self._seen) > _KEPT:
            del self._seen[next(iter(self._seen))]
        return made

    def shape(self, entry: Entry) -> str:
        """What earlier versions called all changes that look like this one, for decisions that name it."""
        from migrator.results.shapes import shape_of

        if entry.shape:
            return entry.shape
        try:
            made = self.changes(entry)
        except RepositoryError:
            return ""
        return shape_of(made, mask_of(made)).id if made else ""


def mask_of(made: list[Changed]) -> Mask:
    """What hides the secrets of all files of one repository, in each of them."""
    return Mask(secret for change in made for secret in change.secrets)


def diff_of(entry: Entry, ledger: Ledger, hosts: Hosts, plan: Plan) -> str:
    """The diff of a repository's planned change with its secrets masked, or the line that says why there is none."""
    if ledger.result(entry.result) is None:
        return "its plan is gone; run plan again\n"
    try:
        made = Planned(ledger, hosts, plan).changes(entry)
    except RepositoryError as error:
        return f"{error}\n"
    mask = mask_of(made)
    return "".join(masked_diff(change, mask) for change in made)


def reviewed(ledger: Ledger, hosts: Hosts, plan: Plan) -> Iterator[tuple[Entry, list[Changed]]]:
    """Each repository with a planned, approved or rejected change, and the change itself, secrets and all.

    For reports that show them: the caller must mask secrets.
    """
    planned = Planned(ledger, hosts, plan)
    for entry in ledger.entries(State.PLANNED, State.APPROVED, State.REJECTED):
        if ledger.result(entry.result) is not None:
            try:
                yield entry, planned.changes(entry)
            except RepositoryError:
                continue  # `status` reports what is gone; `push` will not push it.
