"""Reading a file that a user or a folder names: never more than a config can be, never what is no regular file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from migrator.documents import MAX_BYTES
from migrator.errors import ReadError

_AT_ONCE = 65_536


def read_source(path: str) -> bytes:
    """The bytes of a file. Raises `ReadError`, whose message does not name the path."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise ReadError("is no regular file; a config can be piped in with `migrate -`")
            if status.st_size > MAX_BYTES:
                raise ReadError(f"has {status.st_size:,} bytes; more than {MAX_BYTES:,} are not read")
            parts: list[bytes] = []
            while part := os.read(handle, max(status.st_size + 1, _AT_ONCE)):
                parts.append(part)
            return b"".join(parts)
        finally:
            os.close(handle)
    except OSError as error:
        raise ReadError(why_unreadable(Path(path), error)) from None


def real_path(path: str | Path) -> Path:
    """A path without links; one that goes round in a circle, at which `Path.resolve` breaks, ends where it began."""
    return Path(os.path.realpath(path))


def why_unreadable(path: Path, error: OSError) -> str:
    """What is wrong with a file that cannot be opened, without its name."""
    if isinstance(error, FileNotFoundError):
        return "is a link to a file that does not exist" if path.is_symlink() else "no such file or folder"
    return f"cannot be read: {error.strerror}"
