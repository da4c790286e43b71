"""What a person reviews: kinds of change, largest first, each with a sample and all that differs within it as counts.

Plain data that a page, a terminal and a script read alike. Nothing here is formatted, and nothing holds a secret if
what is added holds none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from migrator.results.decisions import Answer
from migrator.results.kinds.found import Found
from migrator.results.kinds.kind import Kind
from migrator.results.kinds.naming import names_of

RULES: Final = "rules"
WARNINGS: Final = "warnings"
LEFT: Final = "left for a person"
SECRETS: Final = "literal secrets"
ORDER: Final = (LEFT, SECRETS, WARNINGS, "contexts", "beside contexts", "images", "variables", RULES)
"""What can differ within a kind, what matters most first."""
_CODE = re.compile(r"`[^`]*`")


class Noted(NamedTuple):
    """A finding as far as it tells repositories apart."""

    rule: str
    applied: bool
    warnings: Sequence[str] = ()


class Repository(NamedTuple):
    """`kinds` are places in `Review.kinds`; `size` is the number of lines that its change adds and removes."""

    name: str
    kinds: tuple[int, ...]
    size: int


class Counted(NamedTuple):
    """What some repositories of a kind have: `value` of `what`. `repositories` are places in `Review.repositories`."""

    what: str
    value: str
    repositories: tuple[int, ...]


class Reviewed(NamedTuple):
    """One kind. `name` is no other's. `sample` is the smallest change that has it; its place, like `repositories`, is
    one of `Review.repositories`."""

    kind: Kind
    name: str
    repositories: tuple[int, ...]
    sample: int
    counted: tuple[Counted, ...]

    @property
    def id(self) -> str:
        return self.kind.id

    def differing(self) -> tuple[Counted, ...]:
        """What some have and not all."""
        return tuple(each for each in self.counted if len(each.repositories) < len(self.repositories))

    def told(self) -> dict[str, list[Counted]]:
        """What differs, by what it is; of a kind that one repository has, what that one has."""
        groups: dict[str, list[Counted]] = {}
        for fact in self.counted if len(self.repositories) == 1 else self.differing():
            groups.setdefault(fact.what, []).append(fact)
        return groups


class Review(NamedTuple):
    repositories: tuple[Repository, ...]
    kinds: tuple[Reviewed, ...]

    def named(self, text: str) -> Reviewed | None:
        """The kind of that name or id."""
        return next((each for each in self.kinds if text in (each.name, each.id)), None)

    def waiting(self, said: Callable[[int], Mapping[str, Answer] | None]) -> list[tuple[Reviewed, int]]:
        """Kinds that undecided repositories wait for, and how many of them wait for each; most first.

        `said` are the answers to kinds, by their ids, in a repository with this place; `None` for one that is decided.
        """
        counts = [0] * len(self.kinds)
        for number, repository in enumerate(self.repositories):
            answers = said(number)
            if answers is not None:
                for place in repository.kinds:
                    counts[place] += self.kinds[place].id not in answers
        found = [(kind, count) for kind, count in zip(self.kinds, counts, strict=True) if count]
        return sorted(found, key=lambda each: -each[1])


def answer_of(kinds: Iterable[str], answers: Mapping[str, Answer]) -> Answer | None:
    """Skipped where one kind is, applied where all are, else nothing yet: a change is approved as a whole."""
    found = {answers.get(kind) for kind in kinds}
    if Answer.SKIP in found:
        return Answer.SKIP
    return Answer.APPLY if found == {Answer.APPLY} else None


class Gathering:
    """Takes up the repositories of a review one by one."""

    def __init__(self) -> None:
        self._repositories: list[tuple[str, tuple[Kind, ...], int]] = []
        self._having: dict[Kind, list[int]] = {}
        self._counted: dict[Kind, dict[tuple[str, str], list[int]]] = {}
        self._warnings: dict[str, str] = {}

    def add(
        self, name: str, found: Sequence[Found], findings: Iterable[Noted] = (), *, size: int = 0, secrets: bool = False
    ) -> None:
        """A repository that changes. Names, warnings and kinds were masked before."""
        number = len(self._repositories)
        self._repositories.append((name, tuple(each.kind for each in found), size))
        of_all = dict.fromkeys(self._of_all(findings, secrets=secrets))
        for each in found:
            self._having.setdefault(each.kind, []).append(number)
            values = self._counted.setdefault(each.kind, {})
            for pair in dict.fromkeys((*of_all, *each.counted)):
                values.setdefault(pair, []).append(number)

    def _of_all(self, findings: Iterable[Noted], *, secrets: bool) -> Iterator[tuple[str, str]]:
        if secrets:
            yield SECRETS, "in what changes"
        for finding in findings:
            yield (RULES if finding.applied else LEFT), finding.rule
            for warning in finding.warnings if finding.applied else ():
                # Warnings that differ only in names are one; it reads as the first of them.
                yield WARNINGS, self._warnings.setdefault(_CODE.sub("`", warning), warning)

    def review(self) -> Review:
        """Everything that was taken up."""
        names = names_of(self._having)
        kinds = sorted(self._having, key=lambda kind: (-len(self._having[kind]), kind.text))
        places = {kind: place for place, kind in enumerate(kinds)}
        repositories = tuple(
            Repository(name, tuple(sorted(places[kind] for kind in found)), size)
            for name, found, size in self._repositories
        )
        return Review(repositories, tuple(self._reviewed(kind, names[kind.id], repositories) for kind in kinds))

    def _reviewed(self, kind: Kind, name: str, repositories: Sequence[Repository]) -> Reviewed:
        having = self._having[kind]
        sample = min(having, key=lambda number: (repositories[number].size, len(repositories[number].kinds), number))
        counted = [Counted(*pair, tuple(numbers)) for pair, numbers in self._counted[kind].items()]
        counted.sort(key=lambda each: (ORDER.index(each.what), -len(each.repositories), each.value))
        return Reviewed(kind, name, tuple(having), sample, tuple(counted))
