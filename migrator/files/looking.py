"""What was looked at to decide something: files, the names in folders, and paths where nothing is.

An outcome carries this, so that whoever keeps outcomes knows when one still holds: as long as these files, these lists
of names and these gaps are what they were. Whatever reads for an outcome notes it here, also where it was read before.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from migrator.files.marks import UNKNOWN, joined

P = ParamSpec("P")
R = TypeVar("R")


class Looks(NamedTuple):
    """Absolute paths, sorted: where a Makefile or a `.git` is looked for does not depend on the folder of a run.

    `at` are files whose content counts, and folders whose names do; those end with a slash. `absent` are paths where
    nothing was. A link is noted by its own name, and so stands for what it leads to. `marks` say what was found at each
    of `at` (`files.marks`), in their order; they are empty where that is not known of all of them.
    """

    at: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


class _Seen(threading.local):
    """The paths that were looked at since somebody asked, each with whether something was there."""

    paths: dict[str, str | None] | None = None


_SEEN = _Seen()
_KEPT: list[Callable[[], None]] = []


def note(path: str, mark: str = UNKNOWN, *, there: bool = True) -> None:
    """A file was looked at, or a folder, whose path ends with a slash where its names were. `mark`: what was found."""
    if _SEEN.paths is not None:
        _take(_SEEN.paths, {path: mark if there else None})


def is_noted() -> bool:
    """Whether somebody wants to know what is looked at."""
    return _SEEN.paths is not None


def _take(paths: dict[str, str | None], more: dict[str, str | None]) -> None:
    """Add what more was seen. What is there at one look and not at the next has no mark."""
    for path, mark in more.items():
        before = paths.get(path, mark)
        paths[path] = mark if before == mark else joined(before or UNKNOWN, mark or UNKNOWN)


def looking(do: Callable[P, R], *given: P.args, **named: P.kwargs) -> tuple[R, Looks]:
    """The result of a call, and what was looked at during it."""
    paths: dict[str, str | None] = {}
    before, _SEEN.paths = _SEEN.paths, paths
    try:
        result = do(*given, **named)
    finally:
        _SEEN.paths = before
    if before is not None:
        _take(before, paths)
    return result, _sorted(paths)


def _sorted(paths: dict[str, str | None]) -> Looks:
    if not paths:
        return Looks()
    here = os.getcwd()  # noqa: PTH109 - for each file of a run
    at: dict[str, str | None] = {}
    absent = set()
    for path, mark in paths.items():
        if mark is None:
            absent.add(_absolute(path, here))
        else:
            _take(at, {_absolute(path, here): mark})
    found = sorted(at)
    marks = [at[path] or UNKNOWN for path in found]
    if not absent.isdisjoint(at):
        marks = [UNKNOWN]
    return Looks(tuple(found), tuple(sorted(absent.difference(at))), () if UNKNOWN in marks else tuple(marks))


@lru_cache(maxsize=4096)  # the files of a folder have most of them in common
def _absolute(path: str, _here: str) -> str:
    return os.path.abspath(path) + ("/" if path.endswith("/") else "")  # noqa: PTH100


def remembered(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a function finds on the disk, as `lru_cache` does. Whoever asks again has looked at the same."""

    def kept_by(find: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize=maxsize)
        def kept(*given: Any) -> tuple[R, dict[str, str | None]]:
            paths: dict[str, str | None] = {}
            before, _SEEN.paths = _SEEN.paths, paths
            try:
                return find(*given), paths  # type: ignore[call-arg]
            finally:
                _SEEN.paths = before

        @wraps(find)
        def asked(*given: P.args, **_: P.kwargs) -> R:
            found, paths = kept(*given)
            if _SEEN.paths is not None:
                _take(_SEEN.paths, paths)
            return found

        _KEPT.append(kept.cache_clear)
        return asked

    return kept_by


def forget() -> None:
    """Look again at what was found before: for a process that outlives what it reads."""
    for clear in _KEPT:
        clear()
