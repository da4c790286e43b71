"""What a repository waits for: what is missing at CircleCI, and what a person has to confirm as that did not say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from migrator.accounts.model import State
from migrator.bulk.entry import Entry
from migrator.bulk.ledger import Ledger
from migrator.bulk.needs.answers import Answers, stored
from migrator.bulk.needs.collecting import demanded
from migrator.policy import Policy
from migrator.results.counted import counted
from migrator.results.needs import Needed, Place


class Waiting(NamedTuple):
    """`missing` is what CircleCI does not have, `unknown` what it did not say: the names to confirm, each with why."""

    missing: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()

    def why(self, confirmed: frozenset[str] = frozenset()) -> str:
        """Why the repository waits, or nothing. Confirming never overrides what CircleCI says."""
        if self.missing:
            return f"missing at CircleCI: {'; '.join(self.missing)}"
        left = [(name, why) for name, why in self.unknown if name not in confirmed and "all" not in confirmed]
        if not left:
            return ""
        reasons = "; ".join(dict.fromkeys(why for _, why in left if why))
        options = " ".join(f"--confirm {name}" for name in dict.fromkeys(name for name, _ in left))
        return f"confirm that it exists: {options}" + (f" ({reasons})" if reasons else "")

    @property
    def words(self) -> str:
        """What is missing and what is not known, whoever confirmed what."""
        unknown = dict.fromkeys(why or f"it is not known whether {name} exists" for name, why in self.unknown)
        return "; ".join([*(f"missing at CircleCI: {each}" for each in self.missing), *unknown])


NOTHING = Waiting()


def waiting_for(needs: Sequence[Needed], place: Place, answers: Answers) -> Waiting:
    """What a repository with these needs waits for."""
    missing: dict[str, None] = {}
    unknown: dict[tuple[str, str], None] = {}
    for needed in needs:
        verdict = answers.of(needed, place)
        if verdict.state is State.MISSING:
            missing[verdict.why] = None
        elif verdict.state is State.UNKNOWN:
            name = needed.need.name if needed.need.kind == "context" else needed.need.kind
            unknown[name, verdict.why] = None
    return Waiting(tuple(missing), tuple(unknown))


def all_waiting(ledger: Ledger, policy: Policy, entries: Sequence[Entry] | None = None) -> dict[int, Waiting]:
    """What each repository waits for, by its number; what waits for nothing is left out."""
    answers = stored(ledger)
    found = {entry.id: waiting_for(needs, place, answers) for entry, place, needs in demanded(ledger, policy, entries)}
    return {number: waiting for number, waiting in found.items() if waiting != NOTHING}


def told(ledger: Ledger, policy: Policy) -> Iterator[str]:
    """What is missing at CircleCI, then what is not known, each with the repositories that wait for it, most first."""
    missing: dict[str, list[str]] = {}
    unknown: dict[str, list[str]] = {}
    answers, any_needs = stored(ledger), False
    for entry, place, needs in demanded(ledger, policy):
        any_needs = True
        waiting = waiting_for(needs, place, answers)
        for why in waiting.missing:
            missing.setdefault(why, []).append(entry.label)
        for why in dict.fromkeys(why for _, why in waiting.unknown):
            unknown.setdefault(why, []).append(entry.label)
    if not any_needs:
        return
    when = f" (asked {answers.when})" if answers.asked else ""
    if not missing and not unknown:
        yield f"everything that the changes need exists at CircleCI{when}"
    yield from _counted(missing, lambda why: f"missing at CircleCI: {why}{when}")
    yield from _counted(unknown, lambda why: f"not known: {why}")


def _counted(found: dict[str, list[str]], line: Callable[[str], str]) -> Iterator[str]:
    for why, names in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"{line(why)}: {names[0] if len(names) == 1 else counted(len(names), 'repository')}"
