"""The repositories of a campaign: what its sources list, and the selection among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from migrator.bulk.host import Discovered
from migrator.bulk.kinds import Hosts, split
from migrator.errors import UsageError


class Selection(NamedTuple):
    """Which of the listed repositories are selected."""

    match: str = ""
    exclude: str = ""
    topics: tuple[str, ...] = ()
    limit: int = 0

    def of(self, found: Iterator[Discovered]) -> Iterator[Discovered]:
        match, exclude = _pattern("--match", self.match), _pattern("--exclude", self.exclude)
        taken = 0
        for each in found:
            if (match and not match.search(each.name)) or (exclude and exclude.search(each.name)):
                continue
            if self.topics and not set(self.topics) <= set(each.topics):
                continue
            if self.limit and taken == self.limit:
                return
            # What is left alone anyway does not use up the limit.
            taken += not each.skip
            yield each


def _pattern(option: str, text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise UsageError(f"{option}: '{text}' is not a regular expression: {error}") from None


def discover(specs: Sequence[str], hosts: Hosts, selection: Selection) -> Iterator[Discovered]:
    """All repositories of all sources, each name once."""
    names: dict[str, str] = {}

    def listed() -> Iterator[Discovered]:
        for spec in specs:
            kind, place = split(spec)
            for each in hosts.of(kind.name).discover(place):
                each = each._replace(kind=kind.name)
                if names.get(each.name, each.source) != each.source:
                    each = each._replace(name=each.source)
                if each.name not in names:
                    names[each.name] = each.source
                    yield each

    return selection.of(listed())
