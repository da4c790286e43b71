"""Runs of changed lines, each with the leaves and the bare lines that are there before and not after, or after only."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple, TypeAlias

from migrator.engine.outcomes import Changed
from migrator.results.diffs import Region, regions
from migrator.results.kinds.leaves import Leaf, is_key, leaves_of
from migrator.results.rereading import documents_of
from migrator.startup.patterns import lazy
from migrator.tree import Node

Signed: TypeAlias = tuple[str, Leaf]
"""A leaf that is added (`+`) or removed (`-`)."""
_LETTER: Final = lazy(r"\w")


class Trees(NamedTuple):
    """The trees of the text before and after; `None` for one that cannot be read again: its changes are lines."""

    before: Node | None
    after: Node | None


class Run(NamedTuple):
    """`line` is the first line in the text before, from 1. `lines` are comments, code and tags of templates.

    `joined` are the contexts, beside those that are added, of each invocation that gains one.
    """

    line: int
    leaves: tuple[Signed, ...]
    lines: tuple[tuple[str, str], ...]
    joined: dict[str, tuple[str, ...]]


class Runs(NamedTuple):
    """`all` are in the order of lines; `users` are the jobs that run on each executor of the file."""

    all: tuple[Run, ...]
    users: dict[str, frozenset[str]]


def trees_of(changed: Changed) -> Trees:
    """The trees, parsed: whoever has them already hands them over instead."""
    before, after = documents_of(changed)
    return Trees(before.root if before else None, after.root if after else None)


def runs_of(changed: Changed, trees: Trees) -> Runs:
    """What changes, by the trees of the file before and after."""
    before, after = _Side(changed.before, trees.before), _Side(changed.after, trees.after)
    runs = tuple(_run(before, after, *places) for places in _places_of(changed))
    return Runs(runs, before.users)


def runs_in(changed: Changed) -> Runs:
    """What changes: as it was described, else by its texts, which are read again."""
    known = (each for each in changed.described if isinstance(each, Runs))
    return next(known, None) or runs_of(changed, trees_of(changed))


def _places_of(changed: Changed) -> Iterator[tuple[int, int, int, int, int]]:
    """Each run of changed lines: its first line, where it begins and ends before, and where after."""
    added = 0
    last: list[Region] = []
    for region in regions(changed.before, changed.edits):
        if last and last[-1].end != region.start:
            yield _places(last, added)
            added += sum(_size(each) - (each.end - each.start) for each in last)
            last = []
        last.append(region)
    if last:
        yield _places(last, added)


def _places(run: Sequence[Region], added: int) -> tuple[int, int, int, int, int]:
    start, end = run[0].start, run[-1].end
    return run[0].line, start, end, start + added, start + added + sum(map(_size, run))


def _size(region: Region) -> int:
    return sum(map(len, region.new))


class _Side:
    """One text and the leaves of its tree, to be asked for what is in a range."""

    def __init__(self, text: str, root: Node | None) -> None:
        self.text = text
        self.leaves = sorted(leaves_of(root), key=lambda leaf: leaf.start) if root is not None else []
        self._ends = list(accumulate((leaf.end for leaf in self.leaves), max))

    @property
    def users(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for leaf in self.leaves:
            if leaf.owner[0] == "job" and leaf.subject == "job" and leaf.path[:1] == ("executor",):
                found.setdefault(leaf.value, set()).add(leaf.owner[1])
        return {name: frozenset(jobs) for name, jobs in found.items()}

    def within(self, start: int, end: int) -> list[Leaf]:
        """The leaves that share characters with a range; of an empty range those around it."""
        found, index = [], bisect_right(self._ends, start)
        while index < len(self.leaves) and (leaf := self.leaves[index]).start < end:
            if leaf.end > start:
                found.append(leaf)
            index += 1
        return found

    def bare_lines(self, start: int, end: int, leaves: Iterable[Leaf]) -> Counter[str]:
        """The lines of a range that no leaf and no key is on: comments, code, the tags of a template."""
        covered = sorted((leaf.start, leaf.end) for leaf in leaves)
        ends = list(accumulate((each[1] for each in covered), max))
        found: Counter[str] = Counter()
        place = start
        while place < end:
            after = self.text.find("\n", place, end) + 1 or end
            index = bisect_right(ends, place)
            if (index == len(covered) or covered[index][0] >= after) and _LETTER.search(self.text, place, after):
                found[self.text[place:after].strip()] += 1
            place = after
        return found

    def joined(self, place: int) -> tuple[str, ...]:
        """The contexts of the invocation around a place."""
        index = bisect_right(self._ends, place)
        first = last = index
        while first > 0 and self._is_argument(first):
            first -= 1
        while last + 1 < len(self.leaves) and self._is_argument(last + 1):
            last += 1
        return tuple(each.value for each in self.leaves[first : last + 1] if each.path == ("context[]",))

    def _is_argument(self, index: int) -> bool:
        """Whether it belongs to the same invocation as the leaf before it."""
        leaf = self.leaves[index]
        return is_key(leaf) or (leaf.subject == "invocation" and leaf.path != ())


def _run(before: _Side, after: _Side, line: int, start: int, end: int, new: int, new_end: int) -> Run:
    old_leaves, new_leaves = before.within(start, end), after.within(new, new_end)
    old_counts = Counter(leaf.concrete for leaf in old_leaves if not is_key(leaf))
    new_counts = Counter(leaf.concrete for leaf in new_leaves if not is_key(leaf))
    gone, come = _rest(old_leaves, old_counts - new_counts), _rest(new_leaves, new_counts - old_counts)
    old_lines, new_lines = before.bare_lines(start, end, old_leaves), after.bare_lines(new, new_end, new_leaves)
    given = [leaf for leaf in come if leaf.path == ("context[]",)]
    return Run(
        line,
        (*(("-", leaf) for leaf in gone), *(("+", leaf) for leaf in come)),
        (*(("-", text) for text in old_lines - new_lines), *(("+", text) for text in new_lines - old_lines)),
        {leaf.label: tuple(each for each in after.joined(leaf.start) if each != leaf.value) for leaf in given},
    )


def _rest(leaves: Iterable[Leaf], counts: Counter[tuple[str, str, tuple[str, ...], str]]) -> list[Leaf]:
    """As many of the leaves as are counted."""
    found = []
    for leaf in leaves:
        if not is_key(leaf) and counts[leaf.concrete] > 0:
            counts[leaf.concrete] -= 1
            found.append(leaf)
    return found
