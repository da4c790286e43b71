"""Which files a PATH means."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from migrator.documents import TEMPLATE
from migrator.errors import UsageError
from migrator.files.names import FOLDER, FOREIGN, RECIPES, YAML
from migrator.files.packed import is_packed
from migrator.files.reading import beginning, real_path, why_unreadable

_LEADS_OUT = "is a link that leads out of the folder; pass the path that it leads to"


class NotRead(NamedTuple):
    """A path that gives no file to look at. `fails` marks a failure, apart from what is left out on purpose."""

    path: str
    reason: str
    fails: bool = True


def find_sources(paths: Iterable[str]) -> list[str | NotRead]:
    """The files that the paths mean, in the order of the paths, each once; a path that means none is a failure.

    A file is taken as it is, a folder is searched for configs. Names are as the user gave them.
    """
    found: list[str | NotRead] = []
    seen = _Seen()
    for given in paths:
        if not given:
            raise UsageError("an empty PATH; write . for this folder")
        path = Path(given)
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except OSError as error:
            found.append(NotRead(given, why_unreadable(path, error)))
            continue
        before = len(found)
        known = False
        for file in _search(path) if is_folder else (path,):
            if isinstance(file, Path) and seen.before(file):
                known = True
                continue
            found.append(str(file) if isinstance(file, Path) else file)
        if is_folder and len(found) == before and not known:
            from migrator.files.absent import why_no_config

            found.append(NotRead(given, why_no_config(path)))
    return found


class _Seen:
    """The files that were met so far. Only of those that share an inode the real paths, which take long, are compared:
    a hard link is a file of its own."""

    def __init__(self) -> None:
        self._by_inode: dict[tuple[int, int], list[Path]] = {}

    def before(self, file: Path) -> bool:
        """Whether the file was met before, under whatever name; it is from now on."""
        try:
            status = file.stat()
        except OSError:
            return False  # whoever reads it says what is wrong
        others = self._by_inode.setdefault((status.st_dev, status.st_ino), [])
        if others and any(real_path(file) == real_path(other) for other in others):
            return True
        others.append(file)
        return False


def _search(folder: Path) -> Iterator[Path | NotRead]:
    """Configs and packed sources below a folder, sorted. What a link leads to outside of it is not taken."""
    root = real_path(folder)
    faults: list[NotRead] = []

    def note(error: OSError) -> None:
        faults.append(NotRead(str(error.filename), f"cannot be read: {error.strerror}"))

    def below(top: Path, wanted: bool) -> Iterator[Path]:
        taken = {top} if wanted else set()
        packed: set[Path] = set()
        named: set[Path] = set()
        for name, folders, files in os.walk(top, onerror=note):
            here = Path(name)
            if "pyvenv.cfg" in files:
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if name not in FOREIGN)
            named |= _packed_by_recipe(here, folders, files)
            inside = here.parent in packed and here.name != FOLDER
            if inside or is_packed(files) or here in named:
                packed.add(here)
                taken.add(here)
                folders[:] = [name for name in folders if name == ".circleci" or not name.startswith(".")]
                files = [name for name in files if not name.startswith(".")]
            for child in [here / folder for folder in folders]:
                if here in taken or child.name == ".circleci":
                    taken.add(child)
                    # os.walk does not follow links. A .circleci may be one, but what is in it is not followed again.
                    if here in taken or not child.is_symlink():
                        continue
                    if real_path(child).is_relative_to(root):
                        yield from below(child, True)
                    else:
                        faults.append(NotRead(str(child), _LEADS_OUT, fails=False))
            if here in taken:
                yield from (here / file for file in files if file.endswith(YAML) or _generates(here / file))

    files = sorted(below(folder, ".circleci" in root.parts), key=lambda file: file.parts)
    reals = {file: real_path(file) for file in files}
    own = {real for file, real in reals.items() if real == root / file.relative_to(folder)}
    for file, real in reals.items():
        if not real.is_relative_to(root):
            yield NotRead(str(file), _LEADS_OUT, fails=False)
        elif real not in own or real == root / file.relative_to(folder):
            yield file
    yield from faults


def _packed_by_recipe(top: Path, folders: Sequence[str], files: Sequence[str]) -> set[Path]:
    """The folders that a Makefile or the like here, or a step of the config, packs."""
    recipes = [top / name for name in RECIPES if name in files]
    if FOLDER in folders:
        recipes.append(top / FOLDER / "config.yml")
    found: set[Path] = set()
    for file in recipes:
        text = beginning(file)
        if " pack " in text:
            from migrator.files.kinds.recipes import packed_in

            found |= {Path(os.path.normpath(top / folder)) for folder in packed_in(text)}
    return found - {top}


def _generates(file: Path) -> bool:
    if file.suffix != ".py" and not TEMPLATE.search(file.name):
        return False
    from migrator.files.generators import is_generator

    return is_generator(file)
