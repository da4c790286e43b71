"""Where repositories come from: `dir:PATH`, `file:LIST`, `github:ORG` and `github:OWNER/NAME`.

Each kind is a module of two names: `discover`, which lists repositories, and `Reader`, which reads their configs.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from migrator.bulk.blobs import Blobs
from migrator.bulk.generated import File
from migrator.bulk.git import Url
from migrator.bulk.ledger import Entry
from migrator.bulk.states import RepositoryError
from migrator.bulk.store import Stores
from migrator.errors import UsageError

if TYPE_CHECKING:
    from migrator.bulk.github.api import Api

KINDS = {
    "dir": "migrator.bulk.sources.dir",
    "file": "migrator.bulk.sources.file",
    "github": "migrator.bulk.sources.github",
}


class Discovered(NamedTuple):
    """A repository that a source lists. `skip` is why it is left alone; `base` is empty until it is read."""

    name: str
    kind: str
    source: str
    skip: str = ""
    error: RepositoryError | None = None
    host_id: str = ""
    public: bool = False
    base: str = ""
    base_branch: str = ""
    topics: tuple[str, ...] = ()


class Read(NamedTuple):
    """What a reader found. `is_known` says that it is what was planned already: then `files` is empty."""

    entry: Entry
    base: str = ""
    tree: str = ""
    files: tuple[File, ...] = ()
    store: int = 0
    is_known: bool = False
    skip: str = ""
    error: RepositoryError | None = None


class Reader(Protocol):
    """Reads configs. `batch` is how many repositories it likes to be asked for at once; any thread may ask."""

    batch: int

    def read(self, entries: Sequence[Entry]) -> list[Read]: ...
    def close(self) -> None: ...


@dataclass
class World:
    """What sources and pushes share: our stores, the logins of git URLs, the API. Nothing of it is stored."""

    folder: Path
    api_url: str = "https://api.github.com"
    base_branch: str = ""
    timeout: float = 60.0
    urls: dict[str, Url] = field(default_factory=dict)
    connect: Callable[[str], Api] | None = None

    def __post_init__(self) -> None:
        self.stores = Stores(self.folder / "stores")
        self.blobs = Blobs(self.folder / "blobs")
        self._api: Api | None = None

    @property
    def api(self) -> Api:
        """The host's API; the first use looks for credentials."""
        if self._api is None:
            assert self.connect is not None
            self._api = self.connect(self.api_url)
        return self._api

    def close(self) -> None:
        """Close what was opened: connections and git's helpers."""
        self.stores.close()
        if self._api is not None:
            self._api.close()
            self._api = None

    def prepare(self) -> None:
        """Make the folder, readable by its owner only, and clear what a killed run left in it."""
        self.stores.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.stores.clear_locks()

    def url(self, source: str) -> Url:
        """The URL of a repository with its login, if it has one."""
        return self.urls.get(source) or Url(source)


class Selection(NamedTuple):
    """Which of the listed repositories are taken."""

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
        raise UsageError(f"{option}: '{text}' is no regular expression: {error}") from None


def discover(specs: Sequence[str], world: World, selection: Selection) -> Iterator[Discovered]:
    """All repositories of all sources, each name once."""
    names: dict[str, str] = {}

    def listed() -> Iterator[Discovered]:
        for spec in specs:
            kind, place = split(spec)
            for each in importlib.import_module(KINDS[kind]).discover(place, world):
                if names.get(each.name, each.source) != each.source:
                    each = each._replace(name=each.source)
                if each.name not in names:
                    names[each.name] = each.source
                    yield each

    return selection.of(listed())


def split(spec: str) -> tuple[str, str]:
    """The kind of a source and its place."""
    kind, colon, place = spec.partition(":")
    is_wrong = kind == "github" and not re.fullmatch(r"[^/\s]+(/[^/\s]+)?", place)
    if not colon or kind not in KINDS or not place or is_wrong:
        raise UsageError(f"--source: '{spec}': expected dir:PATH, file:LIST, github:ORG or github:OWNER/NAME")
    return kind, place


def load_logins(specs: Sequence[str], world: World) -> None:
    """Take up the logins of URLs again: they stand in the user's list, and in no ledger."""
    for spec in specs:
        kind, place = split(spec)
        if kind == "file":
            from migrator.bulk.sources.file import read_list

            try:
                world.urls.update((url.plain, url) for url in read_list(Path(place)))
            except UsageError:
                continue  # Without the list, git's own credential helpers are asked.


def open_reader(kind: str, world: World) -> Reader:
    """The reader for repositories of a kind."""
    module = {"git": "file"}.get(kind, kind)
    reader: Reader = importlib.import_module(KINDS[module]).Reader(world)
    return reader
