"""The repositories of a campaign: what its sources list, and the selection among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from migrator.bulk.host import Discovered, Kind
from migrator.bulk.kinds import Hosts, split
from migrator.bulk.states import STOPS
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


def _listed(hosts: Hosts, kind: Kind, place: str) -> Iterator[Discovered]:
    """The repositories of one source, up to where its host stops."""
    try:
        for each in hosts.of(kind.name).discover(place):
            yield each._replace(kind=kind.name)
    except STOPS as error:
        hosts.stops(kind.name, error)


def _pattern(option: str, text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise UsageError(f"{option}: '{text}' is not a regular expression: {error}") from None


def discover(specs: Sequence[str], hosts: Hosts, selection: Selection) -> Iterator[Discovered]:
    """All repositories of all sources, each name of a kind of host once."""
    names: dict[tuple[str, str], str] = {}
    places = [split(spec) for spec in specs]
    hosts.at_work(kind.name for kind, _ in places)

    def listed() -> Iterator[Discovered]:
        for kind, place in places:
            for each in _listed(hosts, kind, place):
                if names.get((kind.name, each.name), each.source) != each.source:
                    each = each._replace(name=each.source)
                if (kind.name, each.name) not in names:
                    names[kind.name, each.name] = each.source
                    yield each

    return selection.of(listed())
