"""How often a regular expression looks at its text, counted, and the texts on which that grows fastest.

`re` tells no count, and seconds say nothing on a busy machine. So its parse tree is interpreted here as `re` matches
it: from left to right, first way first, back where a way ends. The interpreter is held against `re` itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
from typing import Any

Matcher = Callable[[int], int | None]
MOST_STEPS = 150_000
# Growth with the text is asked for, and a number in a pattern is none: `{40,200}` is read as `{4,8}`.
LEAST, MOST = 3, 6
# Small texts show what may grow too fast; only there larger ones decide, in which what is in proportion weighs less.
SIZES = (8, 16, 32)
LARGE = (64, 128, 256)
SUSPICIOUS = 1.05
CLEAR = 1.6
ALPHABET = "a0_ -\n\"'/.:=$<{[\\#AZ@,;|>()x\t%!*\x00é"


class TooManyStepsError(Exception):
    """More steps than any of these texts needs."""


class Counted:
    """A regular expression whose steps are counted. `exact`: with its numbers as they are written."""

    def __init__(self, pattern: str, flags: int = 0, *, exact: bool = False) -> None:
        self._exact = exact
        self.compiled = re.compile(pattern, flags)
        self.tree = _parser.parse(pattern, flags)
        self._flags = self.tree.state.flags
        self.steps = 0
        self._text = ""
        self._groups: dict[int, tuple[int, int]] = {}
        self._not_at = -1  # behind an empty match, the next one there has to be longer
        self._match = self._sequence(
            list(self.tree), self._flags, lambda place: place if place != self._not_at else None
        )

    def match(self, text: str, start: int = 0) -> tuple[int, int] | None:
        self._text, self._groups = text, {}
        end = self._match(start)
        return None if end is None else (start, end)

    def matches(self, text: str) -> Iterator[tuple[int, int]]:
        """What `finditer` finds."""
        place = 0
        self._not_at = -1
        while place <= len(text):
            self._step()
            found = self.match(text, place)
            self._not_at = -1
            if found is None:
                place += 1
                continue
            yield found
            self._not_at = found[1] if found[0] == found[1] else -1
            place = found[1]

    def count(self, text: str, *, everywhere: bool) -> int:
        """The steps of a search through all of the text, or of one match at its start."""
        self.steps = 0
        try:
            if everywhere:
                for _ in self.matches(text):
                    pass
            else:
                self.match(text)
        except (TooManyStepsError, RecursionError):
            return MOST_STEPS * 1000
        return self.steps

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooManyStepsError

    def _bounds(self, least: int, most: Any) -> tuple[int, float]:
        unbounded = most is _constants.MAXREPEAT
        if self._exact:
            return least, float("inf") if unbounded else most
        return min(least, LEAST), float("inf") if unbounded else min(most, MOST)

    def _sequence(self, nodes: list[Any], flags: int, then: Matcher) -> Matcher:
        for node in reversed(nodes):
            then = self._node(node, flags, then)
        return then

    def _node(self, node: Any, flags: int, then: Matcher) -> Matcher:
        name, value = str(node[0]), node[1]
        if name in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
            return self._character(node, flags, then)
        if name == "BRANCH":
            return self._branch([self._sequence(list(way), flags, then) for way in value[1]])
        if name == "SUBPATTERN":
            group, added, removed, inner = value
            return self._group(group, list(inner), (flags | added) & ~removed, then)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeat(name, value, flags, then)
        if name in ("ASSERT", "ASSERT_NOT"):
            return self._look(value[0], list(value[1]), name == "ASSERT", flags, then)
        if name == "ATOMIC_GROUP":
            inner = self._sequence(list(value), flags, lambda place: place)
            return lambda place: None if (end := inner(place)) is None else then(end)
        if name == "AT":
            return self._at(node, flags, then)
        if name == "GROUPREF":
            return self._reference(value, then)
        raise NotImplementedError(name)

    def _character(self, node: Any, flags: int, then: Matcher) -> Matcher:
        fits = _fits(self._compile(node, flags))

        def matched(place: int) -> int | None:
            self._step()
            return then(place + 1) if place < len(self._text) and fits(self._text[place]) else None

        return matched

    def _compile(self, node: Any, flags: int) -> re.Pattern[str]:
        tree = _parser.SubPattern(self.tree.state, [node])
        compiled: re.Pattern[str] = _compiler.compile(tree, flags & ~re.DEBUG)
        return compiled

    @staticmethod
    def _branch(ways: list[Matcher]) -> Matcher:
        def matched(place: int) -> int | None:
            for way in ways:
                if (end := way(place)) is not None:
                    return end
            return None

        return matched

    def _group(self, group: int | None, inner: list[Any], flags: int, then: Matcher) -> Matcher:
        if group is None:
            return self._sequence(inner, flags, then)
        starts: list[int] = []

        def closed(place: int) -> int | None:
            before = self._groups.get(group)
            start = starts.pop()
            self._groups[group] = (start, place)
            end = then(place)
            starts.append(start)
            if end is None:
                self._groups.pop(group)
                if before is not None:
                    self._groups[group] = before
            return end

        body = self._sequence(inner, flags, closed)

        def opened(place: int) -> int | None:
            starts.append(place)
            end = body(place)
            starts.pop()
            return end

        return opened

    def _repeat(self, name: str, value: Any, flags: int, then: Matcher) -> Matcher:
        least, most = self._bounds(value[0], value[1])
        inner = list(value[2])
        if name == "POSSESSIVE_REPEAT":
            alone = self._node(("MAX_REPEAT", value), flags, lambda place: place)
            return lambda place: None if (end := alone(place)) is None else then(end)
        if len(inner) == 1 and str(inner[0][0]) in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
            return self._run(inner[0], flags, (least, most), name == "MAX_REPEAT", then)
        counts: list[tuple[int, int]] = [(0, -1)]

        def again(place: int) -> int | None:
            self._step()
            done, before = counts[-1]
            if place == before and done > least:  # an empty turn
                return None

            def more() -> int | None:
                if done >= most:
                    return None
                counts.append((done + 1, place))
                end = body(place)
                counts.pop()
                return end

            def leave() -> int | None:
                if done < least:
                    return None
                kept = counts.pop()
                end = then(place)
                counts.append(kept)
                return end

            first, second = (more, leave) if name == "MAX_REPEAT" else (leave, more)
            return end if (end := first()) is not None else second()

        body = self._sequence(inner, flags, again)

        def begun(place: int) -> int | None:
            counts.append((0, -1))
            end = again(place)
            counts.pop()
            return end

        return begun

    def _run(self, node: Any, flags: int, bounds: tuple[int, float], greedy: bool, then: Matcher) -> Matcher:
        """A repeated character, as `re` does it: without a step back into the repeat."""
        fits = _fits(self._compile(node, flags))
        least, most = bounds

        def next_fits(place: int) -> bool:
            self._step()
            return place < len(self._text) and fits(self._text[place])

        def greedily(place: int) -> int | None:
            end = place
            while end - place < most and next_fits(end):
                end += 1
            for last in range(end, place + least - 1, -1):
                self._step()
                if (found := then(last)) is not None:
                    return found
            return None

        def lazily(place: int) -> int | None:
            end = place
            while True:
                if end - place >= least:
                    self._step()
                    if (found := then(end)) is not None:
                        return found
                if end - place >= most or not next_fits(end):
                    return None
                end += 1

        return greedily if greedy else lazily

    def _look(self, direction: int, inner: list[Any], wanted: bool, flags: int, then: Matcher) -> Matcher:
        width = _parser.SubPattern(self.tree.state, inner).getwidth()[0] if direction < 0 else 0
        matched = self._sequence(inner, flags, lambda place: place)

        def looked(place: int) -> int | None:
            self._step()
            start = place - width
            found = start >= 0 and matched(start) is not None
            return then(place) if found == wanted else None

        return looked

    def _at(self, node: Any, flags: int, then: Matcher) -> Matcher:
        compiled = self._compile(node, flags)

        def matched(place: int) -> int | None:
            self._step()
            return then(place) if compiled.match(self._text, place) else None

        return matched

    def _reference(self, group: int, then: Matcher) -> Matcher:
        def matched(place: int) -> int | None:
            self._step()
            if group not in self._groups:
                return None
            start, end = self._groups[group]
            same = self._text.startswith(self._text[start:end], place)
            return then(place + end - start) if same else None

        return matched


def _fits(compiled: re.Pattern[str]) -> Callable[[str], bool]:
    return cache(lambda character: compiled.match(character) is not None)


class Samples:
    """Texts that parts of a pattern match, drawn the same way each time."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._random = random.Random(0)

    def of(self, nodes: list[Any], flags: int) -> str:
        return "".join(self._one(node, flags) for node in nodes)

    def _one(self, node: Any, flags: int) -> str:
        name, value = str(node[0]), node[1]
        if name == "LITERAL":
            return chr(value)
        if name in ("IN", "NOT_LITERAL", "ANY"):
            fits = _fits(self._counted._compile(node, flags))
            known = [each for each in self.alphabet() if fits(each)]
            known = known[:12] or [c for c in map(chr, range(0x3000)) if fits(c)][:1] or [""]
            return self._random.choice(known)
        if name == "BRANCH":
            return self.of(list(self._random.choice(value[1])), flags)
        if name == "SUBPATTERN":
            return self.of(list(value[3]), (flags | value[1]) & ~value[2])
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most = self._counted._bounds(value[0], value[1])
            return "".join(self.of(list(value[2]), flags) for _ in range(int(min(max(least, 1), most))))
        return self.of(list(value), flags) if name == "ATOMIC_GROUP" else ""

    @cache  # noqa: B019 - as short-lived as what it belongs to
    def alphabet(self) -> str:
        """Characters of the pattern itself first: what several of its parts take is tried first."""
        literals = {chr(node[1]) for node, _ in _nodes(list(self._counted.tree), 0) if str(node[0]) == "LITERAL"}
        return "".join(dict.fromkeys([*ALPHABET, *sorted(literals)]))

    def shared(self) -> list[str]:
        """The characters that most parts of the pattern take."""
        kinds = [(node, flags) for node, flags in _nodes(list(self._counted.tree), self._counted._flags)]
        tests = [
            _fits(self._counted._compile(node, flags))
            for node, flags in kinds
            if str(node[0]) in ("LITERAL", "IN", "NOT_LITERAL", "ANY")
        ]
        scores = {each: sum(fits(each) for fits in tests) for each in self.alphabet()}
        return sorted((each for each in scores if scores[each]), key=lambda each: -scores[each])


def _nodes(nodes: list[Any], flags: int) -> Iterator[tuple[Any, int]]:
    """Every node below these."""
    for node in nodes:
        name, value = str(node[0]), node[1]
        yield node, flags
        if name == "BRANCH":
            for way in value[1]:
                yield from _nodes(list(way), flags)
        elif name == "SUBPATTERN":
            yield from _nodes(list(value[3]), (flags | value[1]) & ~value[2])
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            yield from _nodes(list(value[2]), flags)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from _nodes(list(value[1]), flags)
        elif name == "ATOMIC_GROUP":
            yield from _nodes(list(value), flags)


def hostile_texts(counted: Counted) -> Iterator[Callable[[int], str]]:
    """Texts on which a pattern may take long, each as a function of how many times something is repeated in it.

    What leads to a repeat stands first, then what it repeats, then an end that it does not take.
    """
    samples = Samples(counted)
    tree, flags = list(counted.tree), counted._flags
    pumps = dict.fromkeys(samples.shared()[:5])
    leads = {"": None}
    for node, its_flags in _nodes(tree, flags):
        name, value = str(node[0]), node[1]
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and value[1] is _constants.MAXREPEAT:
            pumps.update(dict.fromkeys(samples.of(list(value[2]), its_flags) for _ in range(2)))
    for number in range(1, len(tree) + 1):
        pumps[samples.of(tree[:number], flags)] = None
        leads[samples.of(tree[:number], flags)] = None
    many = [pump for pump in pumps if pump]
    for pump in many[:12]:
        for lead in [*leads][:3] + [*leads][-2:]:
            for end in ("", "\0", "\n!"):
                yield lambda size, lead=lead, pump=pump, end=end: lead + pump * size + end  # type: ignore[misc]


def fastest_growth(pattern: str, flags: int, *, everywhere: bool) -> tuple[float, str]:
    """How much faster than its text the steps of a pattern grow, at worst, and on which text: 1 is in proportion.

    Between three sizes, each twice the one before: what a pattern does once does not count.
    """
    counted = Counted(pattern, flags)
    worst = (0.0, "")
    for text in hostile_texts(counted):
        growth = _growth(counted, text, SIZES, everywhere)
        if growth > SUSPICIOUS and growth > worst[0] - 0.5:
            growth = _growth(counted, text, LARGE, everywhere)
        worst = max(worst, (growth, text(2)))
        if growth > CLEAR:
            break
    return worst


def _growth(counted: Counted, text: Callable[[int], str], sizes: tuple[int, int, int], everywhere: bool) -> float:
    small, middle, large = (counted.count(text(size), everywhere=everywhere) for size in sizes)
    return (large - middle) / max(2 * (middle - small), sizes[-1]) if large <= MOST_STEPS else float("inf")
