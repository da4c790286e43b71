"""The one door through which everything is written: whole or not at all, and through no link that leads elsewhere.

What is in a repository decides nothing about what is written outside of it: a path that a link takes out of the
repository is refused. Nobody's save is lost: a config is exchanged with its new text in one step where the file system
can do that (Linux: renameat2), and what comes out is looked at; elsewhere it is compared right before the rename.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from migrator.errors import UsageError, WriteError
from migrator.files.exchange import exchange, is_at_rest
from migrator.files.links import leads_out
from migrator.files.reading import holds
from migrator.files.temporary import Temporary, of_file, write_temporary

_CHANGED = "was changed by another program meanwhile; run again"
_PATIENCE = 2_000
"""How often a file is exchanged with what another program saves at the same moment before giving up."""

_PAUSE = 0.001  # seconds


def refuse_link(path: str | Path) -> None:
    """Raise `UsageError` where a link inside a repository, or below this folder, leads a path out of it."""
    if outside := leads_out(path):
        raise UsageError(f"{path}: a link leads to {outside}, outside the repository; pass the path of that file")


def replace_file(path: str, data: bytes, was: bytes) -> None:
    """Put `data` in the place of a file that holds `was`, whole or not at all; mode, owner and attributes stay.

    A link stays a link: what it leads to is replaced. Raises `WriteError`, whose message does not name the path.
    """
    try:
        if leads_out(path):
            raise WriteError("is reached by a link that leads out of the repository; pass the path of the file itself")
        target = Path(path).resolve(strict=True)
        status = target.stat()
        if not stat.S_ISREG(status.st_mode):
            raise WriteError("is not a regular file")
        if not os.access(target, os.W_OK):
            raise WriteError("is write-protected; `chmod u+w` it first")
        if not holds(target, was):
            raise WriteError(_CHANGED)
        temporary = write_temporary(target, data, like=target)
        with temporary:
            temporary.announce(data, was)
            _swap(temporary, target, data, was)
        _sync_folder(target.parent)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror}") from None


def _swap(temporary: Temporary, target: Path, data: bytes, was: bytes) -> None:
    """Bring the new text in place of the old. What another program saved meanwhile is what stays."""
    if not exchange(temporary.path, target):
        if not holds(target, was):
            raise WriteError(_CHANGED)
        temporary.replace(target)
        return
    placed, expected, turns = data, was, 1
    # What came out must be what was there before; anything else is a later save, and goes back in.
    while not is_at_rest(temporary.path, expected):
        if turns > _PATIENCE:
            temporary.keep()
            raise WriteError(f"is being written by another program; its last content may be in {temporary.path.name}")
        time.sleep(_PAUSE if turns > 1 else 0)
        saved = temporary.path.read_bytes()
        exchange(temporary.path, target)
        placed, expected, turns = saved, placed, turns + 1
    temporary.path.unlink(missing_ok=True)
    if turns > 1:
        raise WriteError(_CHANGED)


def write_whole(
    path: str | Path, data: bytes | Iterable[bytes], *, private: bool = False, executable: bool = False
) -> None:
    """Write a result that the user named: a report, a patch, a policy. Pipes and devices are written to as they are.

    Of `data` that comes in pieces only one is in memory.

    A file that is there keeps its mode unless the result is `private`, which only its owner may read. Raises
    `UsageError` for a link that leads out of the repository, `WriteError` for what the system refuses.
    """
    refuse_link(path)
    target = Path(path)
    with naming(path):
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("wb") as file:
                file.writelines((data,) if isinstance(data, bytes) else data)
            return
        real = Path(os.path.realpath(target))
        with write_temporary(real, data, mode=0o600 if private else _mode(real, executable)) as temporary:
            temporary.replace(real)
        _sync_folder(real.parent)


def write_new(path: str | Path, data: bytes) -> None:
    """Write a file where nothing is yet. Raises `UsageError` where something is, `WriteError` as the system does."""
    refuse_link(path)
    with naming(path):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        except FileExistsError:
            raise UsageError(f"{path}: already exists; remove it, or choose another path") from None
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise


def append(path: Path, data: bytes) -> None:
    """Add to the end of a file of the user's own, made for its owner alone where there is none; on the disk on return.

    Raises `UsageError` for a link out of the repository, `WriteError` as the system does; then nothing was added.
    """
    refuse_link(path)
    with naming(path):
        fresh = not path.exists()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            try:
                while data:
                    data = data[os.write(handle, data) :]
                os.fsync(handle)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(handle, size)
                raise
        finally:
            os.close(handle)
        if fresh:
            _sync_folder(path.parent)


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Turn what the system says into a line that names the file."""
    try:
        yield
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {error.strerror or type(error).__name__}") from None


def clear_stale(folders: set[Path]) -> list[str]:
    """Remove the temporary files that killed runs left in the folders; one that may be a save is named and kept."""
    kept: list[str] = []
    for folder in sorted(folders):
        kept += [
            f"{left.path}: contains a version of {left.name} saved while a run was killed; compare it, then remove it"
            for left in of_file(folder)
            if not left.remove()
        ]
    return kept


def _mode(target: Path, executable: bool) -> int:
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return (0o777 if executable else 0o666) & ~mask


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: without it a new file or a rename may be lost with the power."""
    # Not every file system lets a folder be synced.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
