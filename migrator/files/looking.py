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

P = ParamSpec("P")
R = TypeVar("R")


class Looks(NamedTuple):
    """Absolute paths, sorted: where a Makefile or a `.git` is looked for does not depend on the folder of a run.

    `at` are files whose content counts, and folders whose names do; those end with a slash. `absent` are paths where
    nothing was. A link is noted by its own name, and so stands for what it leads to.
    """

    at: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


class _Seen(threading.local):
    """The paths that were looked at since somebody asked, each with whether something was there."""

    paths: dict[str, bool] | None = None


_SEEN = _Seen()
_KEPT: list[Callable[[], None]] = []


def note(path: str, *, there: bool = True) -> None:
    """A file was looked at, or a folder, whose path ends with a slash where its names were."""
    paths = _SEEN.paths
    if paths is not None:
        paths[path] = there


def looking(do: Callable[P, R], *given: P.args, **named: P.kwargs) -> tuple[R, Looks]:
    """The result of a call, and what was looked at during it."""
    paths: dict[str, bool] = {}
    before, _SEEN.paths = _SEEN.paths, paths
    try:
        result = do(*given, **named)
    finally:
        _SEEN.paths = before
    if before is not None:
        before.update(paths)
    return result, _sorted(paths)


def _sorted(paths: dict[str, bool]) -> Looks:
    if not paths:
        return Looks()
    here = os.getcwd()  # noqa: PTH109 - for each file of a run
    at = {_absolute(path, here) for path, there in paths.items() if there}
    absent = {_absolute(path, here) for path, there in paths.items() if not there}
    return Looks(tuple(sorted(at)), tuple(sorted(absent - at)))


@lru_cache(maxsize=4096)  # the files of a folder have most of them in common
def _absolute(path: str, _here: str) -> str:
    return os.path.abspath(path) + ("/" if path.endswith("/") else "")  # noqa: PTH100


def remembered(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a function finds on the disk, as `lru_cache` does. Whoever asks again has looked at the same."""

    def kept_by(find: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize=maxsize)
        def kept(*given: Any) -> tuple[R, dict[str, bool]]:
            paths: dict[str, bool] = {}
            before, _SEEN.paths = _SEEN.paths, paths
            try:
                return find(*given), paths  # type: ignore[call-arg]
            finally:
                _SEEN.paths = before

        @wraps(find)
        def asked(*given: P.args, **_: P.kwargs) -> R:
            found, paths = kept(*given)
            if _SEEN.paths is not None:
                _SEEN.paths.update(paths)
            return found

        _KEPT.append(kept.cache_clear)
        return asked

    return kept_by


def forget() -> None:
    """Look again at what was found before: for a process that outlives what it reads."""
    for clear in _KEPT:
        clear()
