"""The needs of a campaign: what its results need, by the organisations and projects that its sources name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from migrator.bulk.entry import Entry
from migrator.bulk.ledger import Ledger
from migrator.bulk.needs.answers import Answers, stored
from migrator.bulk.states import State
from migrator.bulk.work import Result
from migrator.files.names import FOLDER
from migrator.files.repository import name_in_url, slug_of_source
from migrator.policy import Policy
from migrator.policy.overrides import organization_of, policy_for
from migrator.results.needs import Needed, Needs, Place, Use, collect, named_by

LEFT = (State.PLANNED, State.APPROVED, State.PUSHED, State.OPEN)
"""The states whose changes are not merged yet, and may be."""


_NO_ANSWERS = Answers()


class Around(NamedTuple):
    """What is known beside one repository: the contexts that configs of each organisation name, what CircleCI said,
    and who is to be asked for what is missing, empty where the reader may create it."""

    named: frozenset[tuple[str, str]] = frozenset()
    answers: Answers = _NO_ANSWERS
    contact: str = ""


def place_of(entry: Entry, result: Result, policy: Policy) -> Place:
    """Where a repository is at CircleCI: its organisation is that of the policy, else that of its source."""
    path = result.edited[0].path if result.edited else f"{FOLDER}/config.yml"
    project = slug_of_source(entry.source)
    own = policy_for(policy, entry.name, path)
    organization = organization_of(own, project)
    owner, _, name = name_in_url(entry.source).rpartition("/")
    if not project and name and organization.partition("/")[2] == owner:
        project = f"{organization}/{name}"  # a server of one's own, whose name says nothing
    return Place(entry.label, entry.label, project, organization, entry.label, own.target)


def use_of(entry: Entry, result: Result, policy: Policy) -> Use:
    return Use(place_of(entry, result, policy), result.requirements, result.contexts)


def uses(ledger: Ledger, policy: Policy, *states: State) -> Iterator[Use]:
    """What the repositories in these states need, in all if none are named."""
    for entry in ledger.entries(*states):
        text = ledger.result(entry.result)
        if text is not None:
            yield use_of(entry, Result.from_json(entry.id, text), policy)


def around_of(ledger: Ledger, policy: Policy, contact: str = "") -> Around:
    """What all repositories of a campaign tell of each other, and what CircleCI said when it was last asked."""
    return Around(named_by(uses(ledger, policy)), stored(ledger), contact)


def of_campaign(ledger: Ledger, policy: Policy) -> Needs:
    """What all changes need that are not merged yet, and may be."""
    return collect(uses(ledger, policy, *LEFT), around_of(ledger, policy).named)


def demanded(
    ledger: Ledger, policy: Policy, entries: Iterable[Entry] | None = None
) -> Iterator[tuple[Entry, Place, Sequence[Needed]]]:
    """What each repository demands, if it does; without `entries` all whose change is not merged yet, and may be."""
    around = around_of(ledger, policy)
    for entry in ledger.entries(*LEFT) if entries is None else entries:
        text = ledger.result(entry.result)
        if text is not None:
            result = Result.from_json(entry.id, text)
            if needs := needs_of(entry, result, policy, around).demanded:
                yield entry, place_of(entry, result, policy), needs


def needs_of(entry: Entry, result: Result, policy: Policy, around: Around) -> Needs:
    """What the change of one repository needs."""
    return collect([use_of(entry, result, policy)], around.named)
