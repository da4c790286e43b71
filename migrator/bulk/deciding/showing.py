"""Planned changes read again, to show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migrator.bulk.contents import GONE, changes
from migrator.bulk.entry import Entry
from migrator.bulk.kinds import Hosts
from migrator.bulk.ledger import Ledger
from migrator.bulk.states import RepositoryError
from migrator.bulk.work import Result
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed
from migrator.results.diffs import masked_diff
from migrator.results.kinds.kind import Kind
from migrator.results.kinds.sample import Excerpt, excerpts
from migrator.results.masking import Mask

_KEPT = 8
"""Changes of so many repositories are kept while they are looked at."""


class Sample(NamedTuple):
    """What a person looks at: the excerpts, the places that they begin at, and what hides the secrets in them."""

    excerpts: list[Excerpt]
    places: Sequence[tuple[str, int]]
    mask: Mask


class Planned:
    """What a campaign planned, to be looked at."""

    def __init__(self, ledger: Ledger, hosts: Hosts, plan: Plan) -> None:
        self.ledger, self.hosts, self.plan = ledger, hosts, plan
        self._seen: dict[tuple[int, str], list[Changed]] = {}

    def changes(self, entry: Entry, result: Result | None = None) -> list[Changed]:
        """The change of a repository, secrets and all: who shows it masks them. Raises `RepositoryError`.

        `result` is its plan, from whoever has read it already.
        """
        key = entry.id, entry.result
        made = self._seen.pop(key, None)
        if made is None:
            result = result or self._result(entry)
            if result is None:
                return []
            made = changes(self.plan, self.hosts.of(entry.kind).planned(entry, result), entry.name)
        # One repository is often the sample of several kinds, which are looked at one after the other.
        self._seen[key] = made
        if len(self._seen) > _KEPT:
            del self._seen[next(iter(self._seen))]
        return made

    def _result(self, entry: Entry) -> Result | None:
        text = self.ledger.result(entry.result)
        return None if text is None else Result.from_json(entry.id, text)

    def sample(self, entry: Entry, result: Result, kind: Kind | None) -> Sample:
        """What a repository has of a kind, or all that changes in it. Raises `RepositoryError`."""
        made = self.changes(entry, result)
        mask = mask_of(made)
        places = next((each.places for each in result.kinds if each.kind == kind), ())
        return Sample(excerpts(made, places, mask), places, mask)

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
        return f"{GONE}\n"
    try:
        made = Planned(ledger, hosts, plan).changes(entry)
    except RepositoryError as error:
        return f"{error}\n"
    mask = mask_of(made)
    return "".join(masked_diff(change, mask) for change in made)
