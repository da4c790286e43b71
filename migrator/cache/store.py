"""Texts by their keys, a file each: small, bounded, and never trusted beyond what is checked.

A file each needs no database, whose import alone (sqlite3) takes 21 million instructions. A damaged one is lost alone,
and two runs at once need no lock, since each file is there whole or not at all.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress

from migrator.startup.digests import digest

MAX_ENTRY = 4_000_000
"""Bytes of the largest text that is kept."""
MAX_BYTES = 256_000_000
"""So much of the disk is used at most, but for what was added since some folder was last looked through."""
MAX_AGE = 30 * 86_400.0
"""Seconds after which what nobody asked for is removed."""

_HEADER = b"migrate-outcome 1 "
_SUM = 32
_SHARDS = "0123456789abcdef"
_USED = 86_400.0
"""Seconds between two notes that a text is still in use."""
_ABANDONED = 3_600.0
"""Seconds after which a file that is not whole is nobody's work any more."""
_BLOCK = 4_096
_ADDED = 64
"""After so many new texts one of the folders is looked through."""


class Store:
    """Raises nothing: what cannot be read is not there, what cannot be written is not kept."""

    def __init__(self, folder: str, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._most = max_bytes // len(_SHARDS)
        self._added = 0
        self._is_full = False

    def get(self, key: str) -> bytes | None:
        """The text that was kept under a key; `None` for what is not exactly that."""
        path = self._path(key)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            status = os.fstat(handle)
            is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
            if not is_ours or status.st_size > MAX_ENTRY + _BLOCK:
                return None
            data = _read(handle, status.st_size)
            now = time.time()
            if now - status.st_mtime > _USED:
                os.utime(handle)
        except OSError:
            return None
        finally:
            os.close(handle)
        start = len(_HEADER) + _SUM
        text = data[start:]
        if data[:start] == _HEADER + _sum(key, text):
            return text
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        return None

    def put(self, key: str, text: bytes) -> None:
        """Keep a text under a key, in place of an earlier one."""
        if self._is_full or len(text) > MAX_ENTRY:
            return
        path = self._path(key)
        part = f"{path}.{os.urandom(6).hex()}"
        try:
            handle = self._new(part)
            try:
                rest = memoryview(b"".join((_HEADER, _sum(key, text), text)))
                while rest:
                    rest = rest[os.write(handle, rest) :]
            finally:
                os.close(handle)
            os.replace(part, path)  # noqa: PTH105
        except OSError:
            self._is_full = True  # or read-only, or gone: the next ones would not fare better
            with suppress(OSError):
                os.unlink(part)  # noqa: PTH108
            return
        self._added += 1

    def drop(self, key: str) -> None:
        with suppress(OSError):
            os.unlink(self._path(key))  # noqa: PTH108

    def tidy(self) -> None:
        """Remove what is old and what is too much, in so many folders as were added to since; called at the end."""
        turns, rest = divmod(self._added, _ADDED)
        self._added = 0
        lot = os.urandom(turns + 1) if turns or rest else b""
        # One that adds little looks through a folder as rarely as it adds.
        shards = [each % len(_SHARDS) for each in lot[:turns]]
        if rest and int.from_bytes(os.urandom(2), "big") % _ADDED < rest:
            shards.append(lot[-1] % len(_SHARDS))
        for shard in sorted(set(shards)):
            _trim(f"{self._folder}/{_SHARDS[shard]}", self._most)

    def _path(self, key: str) -> str:
        return f"{self._folder}/{key[0]}/{key}"

    def _new(self, path: str) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(path, flags, 0o600)
        except FileNotFoundError:
            with suppress(FileExistsError):
                os.mkdir(os.path.dirname(path), 0o700)  # noqa: PTH102, PTH120
            return os.open(path, flags, 0o600)


def _sum(key: str, text: bytes) -> bytes:
    """Binds a text to its key, so that no file serves under another's name."""
    return digest(b"\n".join((key.encode(), text))).encode()


def _read(handle: int, size: int) -> bytes:
    data = os.read(handle, size + 1)
    while len(data) < size and (more := os.read(handle, size - len(data))):
        data += more
    return data


def _trim(folder: str, most: int) -> None:
    now = time.time()
    total = 0
    kept: list[tuple[float, int, str]] = []
    for path, status in _files(folder):
        age = now - status.st_mtime
        is_whole = "." not in path.rpartition("/")[2]
        if age > (MAX_AGE if is_whole else _ABANDONED):
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108
        elif is_whole:
            size = -(-status.st_size // _BLOCK) * _BLOCK
            total += size
            kept.append((status.st_mtime, size, path))
    if total <= most:
        return
    for _, size, path in sorted(kept):
        if total <= most * 3 // 4:
            break
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        total -= size


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_file(follow_symlinks=False):
                        yield entry.path, entry.stat(follow_symlinks=False)
    except OSError:
        return
