"""Adding up the facts of files, one after the other: nothing is kept of a file but its counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from migrator.engine.outcomes import Changed, Facts, Failed, Outcome, Skipped, Unchanged
from migrator.files.repository import folder_of, names_of_folders
from migrator.startup.records import record

if TYPE_CHECKING:
    from migrator.circleci.inventory.facts import Fact


@record
class Count:
    """How often something is there, and in which repositories, by their names with how often there."""

    number: int
    repositories: dict[str, int]


@record
class Tally:
    """What is known of one repository, or of one file: how many files there are, how many were read, and their facts.

    A file that was not read failed or was skipped, as generated ones are; nothing of it is in the facts.
    """

    files: int = 0
    failed: int = 0
    skipped: int = 0
    facts: Facts = ()

    def plain(self, shown: Callable[[str], str]) -> list[Any]:
        """As JSON has it, small. `shown` hides secrets in a text."""
        facts: Counter[Fact] = Counter()
        for fact, number in self.facts:
            facts[tuple(map(shown, fact))] += number
        return [self.files, self.failed, self.skipped, [[*fact, number] for fact, number in sorted(facts.items())]]

    @classmethod
    def from_plain(cls, given: list[Any]) -> Tally:
        files, failed, skipped, facts = given
        return cls(files, failed, skipped, tuple((tuple(words), number) for *words, number in facts))


def tally_of(outcomes: Iterable[Outcome]) -> Tally:
    """The files of one repository as one."""
    files = failed = skipped = 0
    facts: Counter[Fact] = Counter()
    for outcome in outcomes:
        files += 1
        failed += isinstance(outcome, Failed)
        skipped += isinstance(outcome, Skipped)
        if isinstance(outcome, Changed | Unchanged):
            facts.update(dict(outcome.facts or ()))
    return Tally(files, failed, skipped, tuple(sorted(facts.items())))


class Inventory:
    """What was added so far. Repositories are known by any text that tells one from another."""

    def __init__(self) -> None:
        self.files = self.failed = self.skipped = 0
        self._files: dict[str, int] = {}
        self._counts: dict[Fact, Counter[str]] = {}

    def add(self, repository: str, tally: Tally) -> None:
        """Count a repository, or a further file of one."""
        self.files += tally.files
        self.failed += tally.failed
        self.skipped += tally.skipped
        self._files[repository] = self._files.get(repository, 0) + tally.files
        for fact, number in tally.facts:
            self._counts.setdefault(fact, Counter())[repository] += number

    @property
    def repositories(self) -> list[str]:
        return list(self._files)

    def files_of(self, repository: str) -> int:
        return self._files[repository]

    def of(self, kind: str) -> dict[Fact, Count]:
        """The facts of one kind without its name, the most frequent first."""
        found = {fact[1:]: Count(each.total(), dict(each)) for fact, each in self._counts.items() if fact[0] == kind}
        return dict(sorted(found.items(), key=lambda item: (-item[1].number, item[0])))

    def total(self, kind: str, *ends: str) -> int:
        """How often a kind is there, or what of it ends so."""
        counts = self._counts.items()
        return sum(each.total() for fact, each in counts if fact[0] == kind and fact[len(fact) - len(ends) :] == ends)


class InventoryOfFiles(Inventory):
    """That of a run over files: the folder that holds `.circleci` is the repository."""

    def add_file(self, outcome: Outcome, repository: str = "") -> None:
        """Count what became of one file; `repository` names what it is of, where its path does not say."""
        self.add(repository or folder_of(outcome.path), tally_of((outcome,)))

    def named(self) -> Inventory:
        """The same with names for people in place of folders."""
        names = names_of_folders(self.repositories)
        named = Inventory()
        named.files, named.failed, named.skipped = self.files, self.failed, self.skipped
        named._files = {names[folder]: number for folder, number in self._files.items()}
        named._counts = {
            fact: Counter({names[folder]: number for folder, number in each.items()})
            for fact, each in self._counts.items()
        }
        return named
