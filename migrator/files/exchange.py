"""Exchanging two files in one step, and telling whether anybody may still write to what came out."""

from __future__ import annotations

import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from migrator.files.reading import holds

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# What renameat2(2) answers where the kernel or the file system cannot exchange, or a sandbox does not let it.
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM, errno.EXDEV)


def exchange(one: Path, other: Path) -> bool:
    """Let two files change their names in one step; false where the file system cannot. Raises `OSError`."""
    call = _renameat2()
    if call is None:
        return False
    import ctypes

    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(other))


@cache
def _renameat2() -> Any:
    """The function of the C library (glibc 2.28 and musl 1.2.5 have it), or `None`."""
    if sys.platform != "linux":
        return None
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return call


def is_at_rest(file: Path, data: bytes) -> bool:
    """Whether a file holds these bytes and nobody has it open for writing.

    Linux grants a read lease on a file only while nobody has it open for writing, and holds up who opens it so
    meanwhile (fcntl(2), "Leases"). Where it grants none for another reason, only the bytes are compared.
    """
    if sys.platform != "linux":
        return holds(file, data)
    import fcntl
    import signal

    handle = os.open(file, os.O_RDONLY)
    try:
        try:
            # A lease that is asked back is announced by a signal that does nothing, not by one that ends the process.
            fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            return error.errno != errno.EAGAIN and holds(file, data)
        return holds(file, data) and fcntl.fcntl(handle, fcntl.F_GETLEASE) == fcntl.F_RDLCK
    finally:
        os.close(handle)
