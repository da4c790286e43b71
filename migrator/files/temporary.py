"""Temporary files beside what they are to replace, and those that a killed run left there."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

_SUFFIX = ".migrate-tmp"
_NAME = re.compile(r"\.(?P<name>.+?)\.[0-9a-f]+(?:\.(?P<sums>[0-9a-f]{16}\.[0-9a-f]{16}))?\.migrate-tmp")
_NAME_LENGTH = 150
"""Of a long name only so many characters are kept: a file system allows some 255 bytes."""


class Temporary:
    """A temporary file that holds new text; it is locked while the process lives, and removed when it is left."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._is_kept = False

    def only_read(self) -> None:
        """Hold the file without being able to write to it, so that it has no writer any more."""
        reading = os.open(self.path, os.O_RDONLY)
        os.close(self._handle)
        self._handle = reading
        _lock(reading)

    def announce(self, data: bytes, was: bytes) -> None:
        """Write into the name what it holds before and after an exchange, so that whoever finds it knows a save."""
        told = self.path.with_name(f"{self.path.name.removesuffix(_SUFFIX)}.{_sum(data)}.{_sum(was)}{_SUFFIX}")
        self.path.rename(told)
        self.path = told

    def replace(self, target: Path) -> None:
        self.path.replace(target)
        self._is_kept = True

    def keep(self) -> None:
        """Leave the file where it is: it may hold somebody's save."""
        self._is_kept = True

    def __enter__(self) -> Temporary:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        os.close(self._handle)
        if not self._is_kept:
            self.path.unlink(missing_ok=True)


def write_temporary(
    target: Path, data: bytes | Iterable[bytes], *, mode: int = 0o600, like: Path | None = None
) -> Temporary:
    """A file beside `target` that has the data, and this mode or all that `like` has. Raises `OSError`."""
    path = target.with_name(f".{target.name[:_NAME_LENGTH]}.{os.urandom(6).hex()}{_SUFFIX}")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    temporary = Temporary(path, handle)
    try:
        _lock(handle)
        for piece in (data,) if isinstance(data, bytes) else data:
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(handle, rest) :]
        if like is None:
            os.fchmod(handle, mode)
        else:
            _take_after(handle, like)
        os.fsync(handle)
        temporary.only_read()
    except BaseException as error:
        temporary.__exit__(type(error), error, None)
        raise
    return temporary


def _take_after(handle: int, like: Path) -> None:
    """Give a file the owner, the mode and the extended attributes of another."""
    status = like.stat()
    own = os.fstat(handle)
    if hasattr(os, "fchown") and (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        with suppress(PermissionError):  # Only root may give files away; whoever may write here keeps being able to.
            os.fchown(handle, status.st_uid, status.st_gid)
    if hasattr(os, "listxattr"):
        for name in os.listxattr(like):
            # What the system sets itself, as security.selinux, is not always for the user to set.
            with suppress(OSError):
                os.setxattr(handle, name, os.getxattr(like, name))
    os.fchmod(handle, stat.S_IMODE(status.st_mode))


class Left(NamedTuple):
    """A temporary file of a run that is no more. `name` is the file that it was to replace."""

    path: Path
    name: str
    sums: tuple[str, ...]

    def remove(self) -> bool:
        """Remove it; false where it holds what is neither the old text nor the new: somebody's save."""
        with suppress(OSError):
            if self.sums and _sum(self.path.read_bytes()) not in self.sums:
                return False
            self.path.unlink(missing_ok=True)
        return True


def of_file(folder: Path) -> Iterator[Left]:
    """The temporary files in a folder that no living process holds."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(_SUFFIX))  # noqa: PTH208
    except OSError:
        return
    for name in names:
        path = folder / name
        found = _NAME.fullmatch(name)
        if found and path.is_file() and not path.is_symlink() and _is_free(path):
            yield Left(path, found["name"], tuple((found["sums"] or "").split(".")) if found["sums"] else ())


def _is_free(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        return _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Lock a file while it is open; false where another process has, or where there are no locks."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


def _sum(data: bytes) -> str:
    from hashlib import sha256  # loads OpenSSL, which takes longer than reading a file

    return sha256(data).hexdigest()[:16]
