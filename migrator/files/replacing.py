"""Replacing a file as a whole: after a crash it is the old one or the new one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from migrator.errors import WriteError


def replace_file(path: str, data: bytes, was: bytes) -> None:
    """Put `data` in the place of a file that holds `was`, whole or not at all; its mode stays.

    A link stays a link: what it leads to is replaced. Raises `WriteError`, whose message does not name the path.
    """
    try:
        target = Path(path).resolve(strict=True)
        status = target.stat()
        if not os.access(target, os.W_OK):
            raise WriteError("is write-protected; `chmod u+w` it to have it changed")
        if target.read_bytes() != was:
            raise WriteError("was changed by another program meanwhile; run again")
        write_whole(target, data, stat.S_IMODE(status.st_mode), owner=(status.st_uid, status.st_gid))
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror}") from None


def write_whole(target: Path, data: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Write a file with one rename, so that a crash leaves the old file or the new one. Raises `OSError`."""
    temporary = target.with_name(f".{target.name[:200]}.{os.getpid()}.migrate-tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if owner and hasattr(os, "fchown"):
                kept = os.fstat(file.fileno())
                if (kept.st_uid, kept.st_gid) != owner:
                    _give(file.fileno(), owner)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _give(handle: int, owner: tuple[int, int]) -> None:
    try:
        os.fchown(handle, *owner)
    except PermissionError:
        return  # Only root may give files away; whoever may write here keeps being able to.


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: without it a new file or a rename may be lost with the power."""
    # Not every file system lets a folder be synced.
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
