"""Listing the checkouts and bare repositories of a folder, however deep, and reading what they have."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from migrator.bulk.blobs import blob_id
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File, is_of_interest
from migrator.bulk.git import git
from migrator.bulk.host import Discovered, Read
from migrator.bulk.outside.asking import complete
from migrator.bulk.states import RepositoryError
from migrator.bulk.store import Committed, Repository
from migrator.documents import MAX_BYTES
from migrator.errors import ReadError, UsageError
from migrator.files.names import FOLDER, FOREIGN
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
            if (folder / ".git").exists():
                tree, committed = repository.folder(head[0])
                files = complete(_on_disk(folder, committed, FOLDER), _Checkout(folder, repository, head[0]))
            else:
                tree, files = repository.files(head[0])
            return Read(entry, head[0], tree, tuple(files))
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


class _Checkout:
    """What a work tree has, as a place to ask; what is missing there is taken from its commit."""

    def __init__(self, folder: Path, repository: Repository, commit: str) -> None:
        self._folder, self._committed = folder, Committed(repository, commit)

    def listed(self) -> set[str]:
        found = self._committed.listed()
        for each in os.scandir(self._folder):
            if not each.is_dir(follow_symlinks=False):
                found.add(each.name)
            elif each.name not in (*FOREIGN, FOLDER):
                with suppress(OSError):  # a folder that cannot be looked into
                    below = os.scandir(each.path)
                    found |= {f"{each.name}/{one.name}" for one in below if not one.is_dir(follow_symlinks=False)}
        return found

    def files(self, path: str) -> Iterable[File]:
        committed = list(self._committed.files(path))
        if path.endswith("/"):
            return _on_disk(self._folder, committed, path.rstrip("/"))
        real = _within(self._folder, self._folder / path)
        if real is None or not real.is_file():
            return committed
        data = read_head(real, MAX_BYTES + 1)
        return [_taken(data, *committed) if committed else File(path, data)]


def _on_disk(folder: Path, committed: Sequence[File], start: str) -> Iterator[File]:
    """The files of the work tree at or below a path."""
    known = {file.path: file for file in committed}
    for path, data in _found(folder, start):
        file = known.pop(path, None)
        yield File(path, data) if file is None else _taken(data, file)
    # Missing from a sparse checkout or one without files, yet the commit has it.
    yield from known.values()


def _taken(data: bytes, file: File) -> File:
    """A file with the bytes that it has on the disk, unless these differ from its commit in line ends alone."""
    same = blob_id(data.replace(b"\r\n", b"\n")) == blob_id(file.data.replace(b"\r\n", b"\n"))
    return file if same else file._replace(data=data)


def _within(folder: Path, path: Path) -> Path | None:
    """Where a path in a checkout really leads, if that is in there."""
    top, real = real_path(folder), real_path(path)
    return real if real.is_relative_to(top) and ".git" not in real.relative_to(top).parts else None


def _found(folder: Path, start: str) -> Iterator[tuple[str, bytes]]:
    """The files below a path by where they really are in the checkout; links out of it are not followed."""
    top = real_path(folder)
    waiting, seen = [(folder / start, start)], set()
    while waiting:
        path, named = waiting.pop()
        real = _within(folder, path)
        if real is None or real in seen:
            continue
        seen.add(real)
        if real.is_dir():
            names = sorted(os.listdir(real), reverse=True)  # noqa: PTH208
            waiting += [(real / name, f"{named}/{name}") for name in names]
        elif is_of_interest(named) and real.is_file():
            yield real.relative_to(top).as_posix(), read_head(real, MAX_BYTES + 1)
