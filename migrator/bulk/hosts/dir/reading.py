"""Listing the checkouts and bare repositories of a folder, however deep, and reading what they have."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from migrator.bulk.blobs import blob_id
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File, wanted
from migrator.bulk.git import git
from migrator.bulk.host import Discovered, Read
from migrator.bulk.states import RepositoryError
from migrator.bulk.store import Repository
from migrator.documents import MAX_BYTES
from migrator.errors import ReadError, UsageError
from migrator.files.names import FOLDER
from migrator.files.reading import read_head, real_path
from migrator.services.faults import Fault

_FOREIGN = frozenset(("node_modules", "__pycache__", ".tox", ".venv", ".git"))


def discover(place: str) -> Iterator[Discovered]:
    """Every repository below PATH, sorted; checkouts inside of checkouts too.

    A bare repository inside a checkout is skipped: git can commit one, with settings and all, as it can any file.
    """
    top = Path(place).resolve()
    if not top.is_dir():
        raise UsageError(f"--source dir:{place}: no such folder")
    found = False
    checkouts: set[Path] = set()
    for folder, folders, files in os.walk(top):
        path = Path(folder)
        is_checkout = ".git" in folders or ".git" in files
        bare = not is_checkout and "HEAD" in files and "objects" in folders and "refs" in folders
        is_inside = not checkouts.isdisjoint(path.parents)
        if is_checkout:
            checkouts.add(path)
        if bare or is_checkout:
            found = True
            name = path.relative_to(top).as_posix().removesuffix(".git").rstrip("/")
            skip = "is a work tree of another one" if ".git" in files and _is_further_work_tree(path, top) else ""
            if bare and is_inside:
                skip = "is a bare repository inside a checkout; if it is yours, name it as a source of its own"
            yield Discovered(top.name if name in ("", ".") else name, str(path), skip)
        folders[:] = [] if bare else sorted(name for name in folders if name not in _FOREIGN)
    if not found:
        raise UsageError(f"--source dir:{place}: no git repository in this folder")


def _is_further_work_tree(path: Path, top: Path) -> bool:
    """Whether a checkout shares its branches with a repository that is listed itself: one of them makes ours."""
    try:
        folder = path / (path / ".git").read_text("utf-8").removeprefix("gitdir:").strip()
        common = folder / (folder / "commondir").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return False  # a submodule, which has its own
    return common.resolve().is_relative_to(top)


def read(entry: Entry, branch: str) -> Read:
    """Files of a checkout, and what HEAD has in a bare repository. The branch is made from HEAD."""
    folder = Path(entry.source)
    try:
        with Repository(folder) as repository:
            head = repository.object(branch or "HEAD")
            if head is None:
                return _without_head(entry, folder)
            tree, committed = repository.files(head[0])
            files = tuple(_on_disk(folder, committed)) if (folder / ".git").exists() else tuple(committed)
            return Read(entry, head[0], tree, files)
    except RepositoryError as error:
        return Read(entry, error=error)
    except ReadError as error:  # it became another kind of file right now
        return Read(entry, error=RepositoryError(Fault.CONFIG, str(error)))
    except OSError as error:
        return Read(entry, error=RepositoryError(Fault.GIT, f"{error.filename}: {error.strerror}"))


def _without_head(entry: Entry, folder: Path) -> Read:
    refs = git(folder, "for-each-ref", "--count=1")
    if refs.code == 0 and not refs.out:
        return Read(entry, skip="is empty")
    return Read(entry, error=RepositoryError(Fault.NO_BRANCH, "HEAD names no commit; check out its default branch"))


def _on_disk(folder: Path, committed: Sequence[File]) -> Iterator[File]:
    """The files of the work tree. One that differs from its commit in line ends alone is taken from there."""
    known = {file.path: file for file in committed}
    for path, data in _found(folder):
        file = known.pop(path, None)
        if file is None:
            yield File(path, data)
        elif blob_id(data.replace(b"\r\n", b"\n")) == blob_id(file.data.replace(b"\r\n", b"\n")):
            yield file
        else:
            yield file._replace(data=data)
    # Missing from a sparse checkout or one without files, yet the commit has it.
    yield from known.values()


def _found(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files below `.circleci` by where they really are in the checkout; links out of it are not followed."""
    top = real_path(folder)
    waiting, seen = [(folder / FOLDER, FOLDER)], set()
    while waiting:
        path, named = waiting.pop()
        real = real_path(path)
        if real in seen or not real.is_relative_to(top) or ".git" in real.relative_to(top).parts:
            continue
        seen.add(real)
        if real.is_dir():
            names = sorted(os.listdir(real), reverse=True)  # noqa: PTH208
            waiting += [(real / name, f"{named}/{name}") for name in names]
        elif wanted(named) and real.is_file():
            yield real.relative_to(top).as_posix(), read_head(real, MAX_BYTES + 1)
