"""What was found where something was looked at, in few characters, so that it can be told later whether it is the same.

A mark begins with what it is about: `c` content, `k` the kind of what is there, `n` the names in a folder. A link has
what it leads to in its mark.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from migrator.startup.digests import digest

UNKNOWN = ""
"""The mark of what cannot be compared later, such as a file that changed while it was read."""

_KINDS = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l"}


def of_content(path: str, data: bytes, limit: int) -> str:
    """The mark of a file of which up to `limit` bytes were read."""
    read = str(limit) if len(data) >= limit else ""
    return f"c{read}:{digest(data)}{_link(path)}"


def of_names(names: Iterable[str]) -> str:
    """The mark of a folder by the names in it."""
    return f"n{digest(os.fsencode('/'.join(sorted(names))))}"


def of_kind(path: str) -> str:
    """The mark of what is at a path, whatever it holds."""
    try:
        mode = os.lstat(path).st_mode
        return f"k{_KINDS.get(stat.S_IFMT(mode), 'o')}{_link(path)}"
    except OSError:
        return UNKNOWN


def joined(first: str, second: str) -> str:
    """The mark of what two looks found at one place: the one that says more, unknown where they do not agree."""
    if first == second or second[:1] == "k":
        return first
    return second if first[:1] == "k" else UNKNOWN


def again(path: str, mark: str, most: int) -> str:
    """The mark of what is at a path now, of the same sort as another; of files up to `most` bytes are looked at."""
    try:
        if mark[:1] == "n":
            return of_names(os.listdir(path))  # noqa: PTH208
        if mark[:1] == "k":
            return of_kind(path)
        limit, colon, _ = mark[1:].partition(":")
        if mark[:1] != "c" or not colon or not (limit == "" or limit.isdecimal()):
            return UNKNOWN
        most = min(int(limit or most), most)
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return UNKNOWN
            parts: list[bytes] = []
            rest = most
            while rest > 0 and (part := os.read(handle, min(rest, 1 << 20))):
                parts.append(part)
                rest -= len(part)
        finally:
            os.close(handle)
    except (OSError, ValueError):
        return UNKNOWN
    return of_content(path, b"".join(parts), most)


def _link(path: str) -> str:
    """Behind the mark of a link: where it leads, and what kind of thing is there."""
    if not os.path.islink(path):  # noqa: PTH114 - for each file of a run
        return ""
    try:
        kind = _KINDS.get(stat.S_IFMT(os.stat(path).st_mode), "o")  # noqa: PTH116
    except OSError:
        kind = "-"
    return f"@{kind}{os.path.realpath(path)}"
