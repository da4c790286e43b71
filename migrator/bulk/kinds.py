"""The kinds of host: the folders of `migrator/bulk/hosts/`, found when they are asked for."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from migrator.bulk import hosts
from migrator.bulk.host import Host, Kind
from migrator.bulk.world import World
from migrator.errors import MigratorError, UsageError


def kinds() -> dict[str, Kind]:
    """Every kind by the name of its folder, sorted."""
    found = {}
    for module in sorted(pkgutil.iter_modules(hosts.__path__), key=lambda module: module.name):
        if module.ispkg:
            kind: Kind = importlib.import_module(f"{hosts.__name__}.{module.name}").KIND
            found[module.name] = replace(kind, name=module.name)
    return found


@contextmanager
def also_in(folder: Path) -> Iterator[None]:
    """Let the subfolders of a folder be kinds of host as well. Only a program that embeds this one calls it."""
    hosts.__path__.append(str(folder))
    try:
        yield
    finally:
        hosts.__path__.remove(str(folder))


def with_requests() -> frozenset[str]:
    """The kinds whose branches are followed by a change request."""
    return frozenset(name for name, kind in kinds().items() if kind.has_requests)


def forms() -> str:
    """How a source may be written, for messages and help."""
    *first, last = (form for kind in kinds().values() for form in kind.forms)
    return f"{', '.join(first)} or {last}"


def split(spec: str) -> tuple[Kind, str]:
    """The kind of a source and its place. Raises `UsageError`."""
    prefix, colon, place = spec.partition(":")
    kind = next((kind for kind in kinds().values() if kind.prefix == prefix), None)
    if not colon or kind is None or not re.fullmatch(kind.pattern, place):
        raise UsageError(f"--source: '{spec}': expected {forms()}")
    return kind, place


def api_urls(given: Sequence[str], sources: Sequence[str]) -> dict[str, str]:
    """What `--api-url` says, by the name of the kind: `URL`, for the one kind of the sources that has an API, or
    `KIND=URL`. Raises `UsageError`."""
    known = {kind.prefix: kind for kind in kinds().values() if kind.api_url}
    used = {split(spec)[0].prefix for spec in sources} & set(known)
    urls: dict[str, str] = {}
    for text in given:
        prefix, equals, url = text.partition("=")
        if not equals or prefix not in known:
            if len(used) != 1:
                raise UsageError(f"--api-url: '{text}': expected KIND=URL, where KIND is {' or '.join(known)}")
            (prefix,), url = used, text
        name = known[prefix].name
        if urls.setdefault(name, url.rstrip("/")) != url.rstrip("/"):
            raise UsageError(f"--api-url: {known[prefix].title} has two; a campaign asks one server of a kind")
    return urls


def absolute(spec: str) -> str:
    """A source as it is kept for runs that are started elsewhere."""
    kind, place = split(spec)
    return f"{kind.prefix}:{Path(place).resolve()}" if kind.is_path else spec


class Hosts:
    """The hosts of a run, each opened when it is first asked for. Close it after use."""

    def __init__(self, world: World, sources: Sequence[str] = ()) -> None:
        """`sources` are those of the campaign, which may contain what no ledger does."""
        self.world = world
        self._sources = sources
        self._kinds = kinds()
        self._opened: dict[str, Host] = {}
        self._at_work: set[str] = set()
        self.down: dict[str, MigratorError] = {}
        """The kinds of host that the run had to leave, and why; it went on with the others."""

    def kind(self, name: str) -> Kind:
        """The kind of that name. Raises `UsageError` where there is none, as for a ledger of another program."""
        if name not in self._kinds:
            raise UsageError(f"'{name}' is not a known kind of host; expected one of {', '.join(self._kinds)}")
        return self._kinds[name]

    def of(self, name: str) -> Host:
        """The host of that kind. Called by one thread."""
        if name not in self._opened:
            kind = self.kind(name)
            module = importlib.import_module(f"{hosts.__name__}.{name}.host")
            host: Host = module.Host(kind, self.world)
            for its, place in map(split, self._sources):
                if its.name == name:
                    host.resume(place)
            self._opened[name] = host
        return self._opened[name]

    def at_work(self, names: Iterable[str]) -> None:
        """Note which kinds of host the run works with."""
        self._at_work.update(names)

    def stops(self, name: str, error: MigratorError) -> None:
        """What stops a host, such as a rejected token, leaves the others: it is noted in `down`.

        Where the run works with no other kind of host, it is raised.
        """
        if self._at_work <= {name}:
            raise error
        self.down.setdefault(name, error)

    def close(self) -> None:
        """Close what was opened: connections and git's helpers."""
        for host in self._opened.values():
            host.close()
        self._opened.clear()
        self.world.stores.close()
