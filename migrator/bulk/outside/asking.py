"""Which files outside of `.circleci` are asked for, in a few rounds: what one file names is known once that is read.

Every kind of host answers the same questions, so that a repository has the same plan wherever it is read from.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Generator, Iterable
from typing import Protocol

from migrator.bulk.generated import File, absent_beside, may_tell
from migrator.files.names import FOLDER, FOREIGN, RECIPES
from migrator.files.owners import PLACES
from migrator.files.packed import is_packed

ROUNDS = 2
"""A recipe names a script; what that is written by, if anything, is the last that is asked for."""
_MOST = 20
"""So many files are asked for because a repository names them: real ones name one or two."""

Asking = Generator[list[str], Iterable[File], list[File]]
"""Yields the paths it asks for, folders with a slash at the end, and is sent what is there; returns all files."""


class Place(Protocol):
    """Where a repository is read: what a listing of its top has, and the files at or below a path."""

    def listed(self) -> Collection[str]:
        """The paths of the files at the top of the repository and in the folders there."""

    def files(self, path: str) -> Iterable[File]:
        """The file at a path, or all below a folder, whose path ends with a slash, that are of interest."""


def asking(files: Iterable[File], listed: Collection[str]) -> Asking:
    """Ask for what is outside of `.circleci`, from the files in there and a listing as `Place.listed` has it."""
    known = {file.path: file for file in files}
    take = _Taking(known)
    owners = [place for place in PLACES if place in listed][:1] if known else []
    if first := [*(name for name in RECIPES if name in listed and name not in known), *owners]:
        take.beside((yield first))
        take.asked.update(owners)
    if folders := _packed_folders(known.values(), listed):
        below = yield [f"{folder}/" for folder in folders]
        take.taken(file for file in below if not _is_left_out(file.path))
    for _ in range(ROUNDS):
        wanted = sorted(absent_beside(tuple(known.values())) - take.asked)[:_MOST]
        if not wanted:
            break
        take.asked.update(wanted)
        take.beside((yield wanted))
    names = {posixpath.basename(file.path) for file in known.values() if not file.is_beside}
    return [file for file in known.values() if not file.is_beside or file.path in take.asked or may_tell(file, names)]


def _packed_folders(files: Iterable[File], listed: Collection[str]) -> list[str]:
    """The folders outside of `.circleci` that a recipe or a step packs, and those at the top that are packed trees."""
    found: dict[str, None] = {}
    for file in files:
        is_recipe = file.path in RECIPES or file.path == f"{FOLDER}/config.yml"
        if is_recipe and b" pack " in file.data:
            from migrator.files.kinds.recipes import packed_in

            found |= dict.fromkeys(map(posixpath.normpath, packed_in(file.data.decode("utf-8", "replace"))))
    found |= dict.fromkeys(posixpath.dirname(path) for path in listed if is_packed([posixpath.basename(path)]))
    return [each for each in sorted(found) if _is_below_the_top(each)]


def _is_below_the_top(folder: str) -> bool:
    """Whether a normal path is that of a folder of the repository's own, outside of `.circleci`, and not its top."""
    parts = folder.split("/")
    return parts[0] not in ("", ".", "..", FOLDER) and "$" not in folder and FOREIGN.isdisjoint(parts)


def _is_left_out(path: str) -> bool:
    """Whether packing leaves a file out (github.com/CircleCI-Public/circleci-cli, filetree), or it is a foreign one."""
    parts = path.split("/")
    return any(part.startswith(".") for part in parts[1:]) or not FOREIGN.isdisjoint(parts)


class _Taking:
    """Takes in what was answered. What is there already stays."""

    def __init__(self, known: dict[str, File]) -> None:
        self._known = known
        self.asked: set[str] = set()

    def taken(self, files: Iterable[File]) -> None:
        for file in files:
            self._known.setdefault(file.path, file)

    def beside(self, files: Iterable[File]) -> None:
        self.taken(file._replace(is_beside=True) for file in files)


def complete(files: Iterable[File], place: Place) -> list[File]:
    """All files of a repository that is at hand, those outside of `.circleci` included."""
    steps = asking(files, place.listed())
    try:
        asked = next(steps)
        while True:
            asked = steps.send([file for path in asked for file in place.files(path)])
    except StopIteration as stop:
        found: list[File] = stop.value
        return found
