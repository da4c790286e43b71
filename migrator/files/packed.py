"""Packed source trees: `circleci config pack` and `circleci orb pack` merge the files below one folder into one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TypeVar

from migrator.circleci.kinds import SECTIONS
from migrator.errors import ReadError
from migrator.files.bases import beside
from migrator.files.fragments import beside as fragments_beside
from migrator.files.looking import note, remembered
from migrator.files.marks import of_names
from migrator.files.names import FOREIGN, YAML
from migrator.files.reading import names_in, read_source

P = TypeVar("P", bound=PurePath)

ROOTS = frozenset(("@config.yml", "@config.yaml", "@orb.yml", "@orb.yaml"))
"""The files that make a folder the root of such a tree, whatever else is above it."""


def is_packed(names: Iterable[str]) -> bool:
    """Whether a folder with files of these names is a part of such a tree: packing merges every `@name.yml`."""
    return any(name.startswith("@") and name.endswith(YAML) for name in names)


def siblings(path: str) -> list[tuple[str, bytes]]:
    """The other files of the config that a file is a part of: of its packed source tree, a script and what that loads,
    or fragments in one folder. Those that cannot be read are left out."""
    top = _packed_top_of(os.path.abspath(os.path.dirname(path)))  # noqa: PTH100, PTH120
    if top is None:
        return [*beside(path), *fragments_beside(path)]
    own = Path(path).resolve()
    found: list[tuple[str, bytes]] = []
    for here, folders, files in os.walk(top):
        note(f"{here}/", of_names((*folders, *files)))
        folders[:] = sorted(name for name in folders if name not in FOREIGN and not name.startswith("."))
        for file in [Path(here, name) for name in sorted(files) if name.endswith(YAML) and not name.startswith(".")]:
            with suppress(ReadError):
                if file != own:
                    found.append((str(file), read_source(str(file))))
    return found


@remembered(1024)
def _packed_top_of(folder: str) -> Path | None:
    return _packed_top(Path(folder).resolve())


@remembered(1024)
def _packed_top(folder: Path) -> Path | None:
    return packed_top(folder, lambda here: names_in(str(here)))


def packed_top(folder: P, names_of: Callable[[P], Iterable[str]]) -> P | None:
    """The nearest folder from here upwards, within the repository, that is the root of a packed tree.

    `names_of` says what is in a folder; the repository ends at the one that has `.git`.
    Without one of `ROOTS` it is the highest that has another `@name.yml`, or what holds that where it is a section.
    """
    highest: P | None = None
    for here in (folder, *folder.parents):
        names = names_of(here)
        if not ROOTS.isdisjoint(names):
            return here
        if is_packed(names):
            highest = here.parent if here.name in SECTIONS else here
        # Packing leaves out what begins with a dot (github.com/CircleCI-Public/circleci-cli, filetree).
        if ".git" in names or here.name.startswith("."):
            break
    return highest
