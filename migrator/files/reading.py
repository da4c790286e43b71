"""The one door through which files are read: never more than is looked at, never what is not a regular file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from migrator.documents import MAX_BYTES
from migrator.errors import ReadError
from migrator.files import marks
from migrator.files.looking import is_noted, note, remembered

TOO_LARGE = f"has more than {MAX_BYTES:,} bytes; such a file cannot be read"
_AT_ONCE = 65_536
_BEGINNING = 1_000_000


def read_source(path: str) -> bytes:
    """The bytes of a config. Raises `ReadError`, whose message does not name the path."""
    try:
        return _content(path, MAX_BYTES + 1, whole="; a config can be piped in with `migrate -`")
    except OSError as error:
        raise ReadError(why_unreadable(Path(path), error)) from None


def read_head(path: str | Path, limit: int) -> bytes:
    """Up to `limit` bytes from the start of a file. Raises `OSError`, or `ReadError` for what is not a regular file."""
    return _content(str(path), limit)


def holds(path: str | Path, data: bytes) -> bool:
    """Whether a file has these bytes and no more. Raises `OSError`."""
    return read_head(path, len(data) + 1) == data


def _content(path: str, limit: int, whole: str = "") -> bytes:
    """What a file has, without waiting for it, as opening a FIFO would.

    `whole`: less than `limit` is too much of it; what to do with what is not a regular file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        note(path, there=not isinstance(error, FileNotFoundError | NotADirectoryError))
        raise
    mark = marks.UNKNOWN
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ReadError(f"is not a regular file{whole}")
        if whole and status.st_size >= limit:
            raise ReadError(f"has {status.st_size:,} bytes; files over {MAX_BYTES:,} bytes are not read")
        data = _read(handle, limit)
        if whole and len(data) >= limit:  # it grows, or the system does not know its size
            raise ReadError(TOO_LARGE)
        mark = marks.of_content(path, data, limit) if is_noted() else mark
        return data
    finally:
        os.close(handle)
        note(path, mark)


def _read(handle: int, limit: int) -> bytes:
    parts: list[bytes] = []
    while limit > 0 and (part := os.read(handle, min(limit, max(os.fstat(handle).st_size + 1, _AT_ONCE)))):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)


def real_path(path: str | Path) -> Path:
    """A path without links; one that goes round in a circle, at which `Path.resolve` breaks, ends where it began."""
    return Path(os.path.realpath(path))


def why_unreadable(path: Path, error: OSError) -> str:
    """What is wrong with a file that cannot be opened, without its name."""
    if isinstance(error, FileNotFoundError):
        return "is a link to a file that does not exist" if path.is_symlink() else "no such file or folder"
    return f"cannot be read: {error.strerror}"


def beginning(path: str | Path) -> str:
    """The first million bytes of a file that is looked at and not needed, as text; nothing where it cannot be read."""
    try:
        return read_head(path, _BEGINNING).decode("utf-8", "replace")
    except (OSError, ReadError):
        return ""


def names_in(folder: str) -> tuple[str, ...]:
    """The names in a folder, sorted, looked up once for all the files in it; none where it cannot be listed."""
    try:
        names, mark = _names_in(folder, os.stat(folder).st_mtime_ns)  # noqa: PTH116
    except OSError as error:
        is_gone = isinstance(error, FileNotFoundError)
        note(folder if is_gone else f"{folder}/", there=not is_gone)
        return ()
    note(f"{folder}/", mark)
    return names


@remembered(256)
def _names_in(folder: str, _changed: int) -> tuple[tuple[str, ...], str]:
    names = tuple(sorted(os.listdir(folder)))  # noqa: PTH208
    return names, marks.of_names(names)


def text_of(path: str) -> bytes:
    """The bytes of a file that others of its folder ask for too, read once while it does not change; nothing of a link,
    and of what cannot be read."""
    try:
        found = os.lstat(path)
    except OSError:
        note(path, there=False)
        return b""
    if stat.S_ISREG(found.st_mode):
        return _text_of(path, found.st_mtime_ns, found.st_size)
    note(path, marks.of_kind(path))
    return b""


def exists(path: str | Path) -> bool:
    """Whether something is at a path, be it a link to nowhere."""
    there = os.path.lexists(path)
    note(str(path), marks.of_kind(str(path)) if there and is_noted() else marks.UNKNOWN, there=there)
    return there


def is_file(path: str | Path) -> bool:
    """Whether a path leads to a regular file."""
    return exists(path) and os.path.isfile(path)  # noqa: PTH113


@remembered(2048)
def _text_of(path: str, _changed: int, _size: int) -> bytes:
    try:
        return read_source(path)
    except ReadError:
        return b""
