"""The kinds of a campaign as a list, and as JSON: how many have each and wait, a sample, and what differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from migrator.bulk.contents import GONE
from migrator.bulk.deciding.deciding import Deciding
from migrator.bulk.deciding.showing import Planned
from migrator.bulk.states import RepositoryError
from migrator.results.counted import counted
from migrator.results.diffs import Hunk, masked_diff
from migrator.results.kinds.review import Counted, Reviewed
from migrator.results.masking import visible

VERSION = 1
_VALUES, _NAMES, _HUNKS = 4, 3, 1
"""How many values of one sort, repositories of one value, and hunks of a sample the list has."""
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


class Styled:
    """Text in colours, where the person has not turned them off."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, text: str, **style: object) -> str:
        if not self._colours:
            return text
        import click

        return click.style(text, **style)  # type: ignore[arg-type]

    def diff(self, text: str) -> str:
        """The lines of a diff, what is added and removed in its colour."""
        lines = text.splitlines(keepends=True)
        return "".join(self._line(line) for line in lines)

    def _line(self, line: str) -> str:
        body = line.rstrip("\n")
        if body.startswith(("---", "+++")):
            return f"{self(body, bold=True)}\n"
        colour = _COLOURS.get(body[:1])
        return f"{self(body, fg=colour) if colour else body}\n"


def as_text(deciding: Deciding, planned: Planned, styled: Styled) -> Iterator[str]:
    """The kinds, largest first. Every text is safe for a terminal."""
    waiting = {kind.id: number for kind, number in deciding.waiting()}
    for kind in deciding.review.kinds:
        many = counted(len(kind.repositories), "repository")
        left = f"{waiting[kind.id]:,} to decide" if kind.id in waiting else "decided"
        yield f"{styled(visible(kind.name), bold=True)}: {many}, {left} ({kind.id})\n"
        name = deciding.review.repositories[kind.sample].name
        yield f"such as {visible(name)}:\n{styled.diff(visible(sample_of(deciding, planned, kind)))}"
        yield from (f"  {visible(line)}\n" for line in differing(deciding, kind))
        yield "\n"
    if not deciding.review.kinds:
        yield "there is nothing to review\n"


def sample_of(deciding: Deciding, planned: Planned, kind: Reviewed, most: int = _HUNKS) -> str:
    """The first hunks of a kind's sample as a diff, secrets masked; the line that says why there is none."""
    entry, result = deciding.entries[kind.sample], deciding.results[kind.sample]
    try:
        sample = planned.sample(entry, result, kind.kind)
    except RepositoryError as error:
        return f"{error}\n"
    parts, left = [], 0
    for excerpt in sample.excerpts:
        shown: tuple[Hunk, ...] = excerpt.hunks[: max(0, most)]
        most -= len(shown)
        left += len(excerpt.hunks) - len(shown)
        if shown:
            parts.append(masked_diff(excerpt.changed, sample.mask, shown))
    if left:
        parts.append(f"and {counted(left, 'more place')} like this\n")
    return "".join(parts) or f"{GONE}\n"


def differing(deciding: Deciding, kind: Reviewed) -> Iterator[str]:
    """What differs within a kind, a line for each sort of it; of a kind that one repository has, what that one has."""
    for what, found in kind.told().items():
        words = [f"{fact.value} ({_who(deciding, fact)})" for fact in found[:_VALUES]]
        if len(found) > _VALUES:
            words.append(f"{len(found) - _VALUES:,} more")
        yield f"{what}: {', '.join(words)}"


def _who(deciding: Deciding, fact: Counted) -> str:
    """How many repositories, or which where these are few."""
    if len(fact.repositories) > _NAMES:
        return f"{len(fact.repositories):,}"
    return ", ".join(deciding.review.repositories[number].name for number in fact.repositories)


def as_json(deciding: Deciding, planned: Planned) -> str:
    """One object: kinds with the names of their repositories, and repositories with the ids of their kinds."""
    waiting = {kind.id: number for kind, number in deciding.waiting()}
    names = [repository.name for repository in deciding.review.repositories]
    whole = {
        "version": VERSION,
        "campaign": deciding.ledger.name,
        "kinds": [
            {
                "id": kind.id,
                "kind": kind.name,
                "changes": [fact.line for fact in kind.kind.facts],
                "waiting": waiting.get(kind.id, 0),
                "sample": names[kind.sample],
                "diff": sample_of(deciding, planned, kind),
                "facts": [
                    {"what": fact.what, "value": fact.value, "repositories": [names[n] for n in fact.repositories]}
                    for fact in kind.counted
                ],
                "repositories": [names[number] for number in kind.repositories],
            }
            for kind in deciding.review.kinds
        ],
        "repositories": [
            {
                "repository": repository.name,
                "state": deciding.entries[number].state.value,
                "kinds": [deciding.review.kinds[place].id for place in repository.kinds],
                "waits_for": _waits_for(deciding, number),
                "reason": deciding.answers[number].reason,
            }
            for number, repository in enumerate(deciding.review.repositories)
        ],
    }
    return f"{json.dumps(whole, indent=2)}\n"


def _waits_for(deciding: Deciding, number: int) -> list[str]:
    if deciding.state(number) is not None:
        return []
    kinds = (deciding.review.kinds[place].id for place in deciding.review.repositories[number].kinds)
    return [kind for kind in kinds if kind not in deciding.answers[number].kinds]


def told(what: Callable[[str], None], decided: int, waiting: int, *, kept: bool) -> None:
    """Say what was decided, and what waits for another kind to be."""
    more = f", {waiting} wait for a decision about another kind" if waiting else ""
    what(f"{decided} decided{more}{'' if kept else ' (not kept: --dry-run)'}")
