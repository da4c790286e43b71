"""The files of a planned change, read again from where they were planned."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from migrator.bulk.blobs import blob_id
from migrator.bulk.entry import Entry
from migrator.bulk.generated import File
from migrator.bulk.states import RepositoryError
from migrator.bulk.store import Repository
from migrator.bulk.work import Result, apply
from migrator.bulk.world import World
from migrator.engine.batch import Plan
from migrator.engine.outcomes import Changed
from migrator.services.faults import Fault

GONE = "its plan is gone; run plan again"


def keep_blobs(files: Sequence[File], world: World) -> None:
    """Keep contents by their ids, for `from_blobs`."""
    for file in files:
        world.blobs.put(blob_id(file.data), file.data)


def from_blobs(entry: Entry, result: Result, world: World) -> list[File]:
    """The files of a plan, as `keep_blobs` kept them. Raises `RepositoryError` where one that changes is gone."""
    kept = ((other, world.blobs.get(other.blob)) for other in result.others)
    files = [File(each.path, data, each.mode, each.is_beside) for each, data in kept if data is not None]
    for edited in result.edited:
        data = world.blobs.get(edited.before)
        if data is None:
            raise RepositoryError(
                Fault.STALE, f"{edited.path}: the planned files are gone from {world.folder}; plan again"
            )
        files.append(File(edited.path, data, edited.mode))
    return files


def from_git(
    folder: Path, entry: Entry, result: Result, opened: Repository | None = None, *, on_disk: bool = False
) -> list[File]:
    """The configs of the planned commit in a git folder; `on_disk`: what differs is taken from the work tree.

    `opened` is the repository of that folder, for a caller who has it open. Raises `RepositoryError`.
    """
    if not folder.is_dir():
        raise RepositoryError(Fault.STALE, f"{folder} is gone; plan again")
    with nullcontext(opened) if opened else Repository(folder) as repository:
        files = {file.path: file for file in repository.files(entry.base)[1]}
    for edited in result.edited:
        if edited.path not in files or blob_id(files[edited.path].data, len(edited.before)) != edited.before:
            data = _on_disk(folder / edited.path) if on_disk else b""
            if blob_id(data, len(edited.before)) != edited.before:
                raise RepositoryError(Fault.STALE, f"{edited.path} changed since it was planned; plan again")
            files[edited.path] = File(edited.path, data, edited.mode)
    return list(files.values())


def _on_disk(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def new_files(plan: Plan, result: Result, files: Sequence[File], name: str) -> list[File]:
    """The files to commit to the repository `name`. Each is proven to be the one that was planned."""
    made = []
    for edited in result.edited:
        try:
            made.append(File(edited.path, apply(plan, edited, files, name), edited.mode))
        except (ValueError, StopIteration, UnicodeError):
            raise RepositoryError(Fault.STALE, f"{edited.path}: differs from the planned file; plan again") from None
    return made


def changes(plan: Plan, files: Sequence[File], name: str) -> list[Changed]:
    """The changes themselves, for showing them: whole texts, whose secrets the caller masks."""
    from migrator.bulk.work import outcomes_of

    return [outcome for outcome in outcomes_of(plan, files, name) if isinstance(outcome, Changed)]
