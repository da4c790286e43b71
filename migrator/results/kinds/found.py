"""The kinds of a repository's change, with the names that differ between repositories and the places in its diff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from migrator.engine.outcomes import Changed
from migrator.results.kinds.kind import Kind
from migrator.results.kinds.parts import parts_of
from migrator.results.kinds.runs import Trees
from migrator.results.masking import Mask


class Found(NamedTuple):
    """A kind that a change has. `counted` are names by what they are, such as `("images", "cimg/go:1.22")`.

    `places` are the path and the line, in the text before, of each run of changed lines that has it.
    """

    kind: Kind
    counted: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, int], ...]

    def as_json(self) -> list[Any]:
        return [self.kind.facts, self.counted, self.places]

    @classmethod
    def from_json(cls, stored: Sequence[Any]) -> Found:
        facts, counted, places = stored
        return cls(Kind.of(facts), tuple(map(tuple, counted)), tuple((path, line) for path, line in places))


def kinds_of(
    changes: Iterable[Changed], mask: Mask | None = None, trees: Callable[[Changed], Trees] | None = None
) -> tuple[Found, ...]:
    """The kinds of what changes in one repository, in the order of its files and lines.

    `mask` hides more than the secrets of a file alone; `trees` hands over the trees of a change that are there already.
    """
    counted: dict[Kind, dict[tuple[str, str], None]] = {}
    places: dict[Kind, dict[tuple[str, int], None]] = {}
    for changed in changes:
        hidden = Mask(changed.secrets) if mask is None else mask
        for part in parts_of(changed, hidden, trees(changed) if trees else None):
            kind = Kind.of(part.facts)
            counted.setdefault(kind, {}).update(dict.fromkeys(part.counted))
            places.setdefault(kind, {})[hidden.text(changed.path), part.line] = None
    return tuple(Found(kind, tuple(counted[kind]), tuple(places[kind])) for kind in counted)
