"""Kinds of change as a page has them: their names, a sample each, and all that differs within them as counted facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migrator.engine.outcomes import Located
from migrator.results.kinds.found import Found
from migrator.results.kinds.review import LEFT, RULES, SECRETS, WARNINGS, Counted, Gathering, Noted, Reviewed
from migrator.results.masking import Mask

_MOST = 60
"""So many facts of a kind are in the page: more are found by searching."""
_WORDS = {
    LEFT: "`{}` left for a person",
    SECRETS: "literal secrets {}",
    WARNINGS: "warning: {}",
    RULES: "rule `{}`",
    "contexts": "context `{}`",
    "beside contexts": "beside the context `{}`",
    "images": "`{}`",
    "variables": "variable `{}`",
}


class Unit(NamedTuple):
    """One kind. `members` and `sample` are numbers of repositories of the page; `facts` are what some of its
    repositories have and not all, each with its words and those that have it; `rules` are those that all have."""

    id: str
    name: str
    members: tuple[int, ...]
    sample: int
    rules: tuple[str, ...]
    facts: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def repositories(self) -> int:
        return len(self.members)


class Kinds:
    """Gathers the kinds of a page, repository by repository."""

    def __init__(self) -> None:
        self._gathering = Gathering()
        self._numbers: list[int] = []

    def add(
        self, number: int, found: Sequence[Found], findings: Iterable[Located], *, size: int, has_secrets: bool
    ) -> None:
        """Take up the change of a repository, which the page calls by that number; `size` is how many lines it has."""
        noted = (Noted(each.rule, each.applied, each.warnings) for each in findings)
        self._gathering.add(str(number), found, noted, size=size, secrets=has_secrets)
        self._numbers.append(number)

    def units(self) -> tuple[list[Unit], dict[int, tuple[int, ...]]]:
        """All kinds, largest first, and which of them each repository has."""
        review = self._gathering.review()
        having = {self._numbers[place]: each.kinds for place, each in enumerate(review.repositories)}
        return [self._unit(each) for each in review.kinds], having

    def _unit(self, kind: Reviewed) -> Unit:
        members = self._places(kind.repositories)
        shared = (each.value for each in kind.counted if each.what == RULES and len(each.repositories) == len(members))
        facts = tuple((_words(each), self._places(each.repositories)) for each in kind.differing()[:_MOST])
        return Unit(kind.id, kind.name, members, self._numbers[kind.sample], tuple(shared), facts)

    def _places(self, places: Iterable[int]) -> tuple[int, ...]:
        return tuple(self._numbers[place] for place in places)


def _words(fact: Counted) -> str:
    return _WORDS.get(fact.what, f"{fact.what}: {{}}").format(fact.value)


def runs_in(path: str, found: Sequence[Found], mask: Mask) -> dict[int, list[str]]:
    """The kinds of each run of changed lines of a file, by its first line."""
    runs: dict[int, list[str]] = {}
    hidden = mask.text(path)
    for each in found:
        for place, line in each.places:
            if place in (path, hidden):
                runs.setdefault(line, []).append(each.kind.id)
    return dict(sorted(runs.items()))
