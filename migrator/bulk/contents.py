"""The files that a planned change is about, read again from where they were planned."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from migrator.bulk.blobs import blob_id
from migrator.bulk.generated import File
from migrator.bulk.ledger import Entry
from migrator.bulk.sources import World
from migrator.bulk.states import Fault, RepositoryError
from migrator.bulk.store import Repository
from migrator.bulk.work import Result, apply
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed


def planned_files(entry: Entry, result: Result, world: World, opened: Repository | None = None) -> list[File]:
    """The files of a repository as they were when it was planned; at least those that change.

    `opened` is the repository that has them, for a caller who has it open.
    """
    if entry.kind == "github":
        return [_kept(entry, edited.path, edited.before, edited.mode, world) for edited in result.edited]
    folder = Path(entry.source) if entry.kind == "dir" else world.stores.folder / str(entry.store)
    if not folder.is_dir():
        raise RepositoryError(Fault.STALE, f"{folder} is gone; plan again")
    with nullcontext(opened) if opened else Repository(folder) as repository:
        files = {file.path: file for file in repository.files(entry.base)[1]}
    for edited in result.edited:
        if edited.path not in files or blob_id(files[edited.path].data, len(edited.before)) != edited.before:
            files[edited.path] = _on_disk(entry, folder, edited.path, edited.before, edited.mode)
    return list(files.values())


def _kept(entry: Entry, path: str, oid: str, mode: str, world: World) -> File:
    data = world.blobs.get(oid)
    if data is None:
        raise RepositoryError(Fault.STALE, f"{path}: what was planned is gone from {world.folder}; plan again")
    return File(path, data, mode)


def _on_disk(entry: Entry, folder: Path, path: str, oid: str, mode: str) -> File:
    try:
        data = (folder / path).read_bytes() if entry.kind == "dir" else b""
    except OSError:
        data = b""
    if blob_id(data, len(oid)) != oid:
        raise RepositoryError(Fault.STALE, f"{path} changed since it was planned; plan again")
    return File(path, data, mode)


def new_files(plan: Plan, result: Result, files: Sequence[File], name: str) -> list[File]:
    """The files to commit to the repository `name`. Each is proven to be the one that was planned."""
    made = []
    for edited in result.edited:
        try:
            made.append(File(edited.path, apply(plan, edited, files, name), edited.mode))
        except (ValueError, StopIteration, UnicodeError):
            raise RepositoryError(Fault.STALE, f"{edited.path}: is not what was planned; plan again") from None
    return made


def changes(plan: Plan, files: Sequence[File], name: str) -> list[Changed]:
    """The changes themselves, for showing them: whole texts, whose secrets the caller masks."""
    from migrator.bulk.work import outcomes_of

    return [outcome for outcome in outcomes_of(plan, files, name) if isinstance(outcome, Changed)]
