"""Where outcomes are kept: the cache folder of the person, which is used only if nobody else can write to it."""

from __future__ import annotations

import os
import stat

OFF = "MIGRATOR_NO_CACHE"
"""The variable that does without, as `--no-cache` does: any value but an empty one."""

_NAME = "circleci-migrator"


def cache_folder() -> str:
    """The folder, made where it is missing; empty where there is none to use, whatever the reason."""
    if os.environ.get(OFF):
        return ""
    try:
        from platformdirs import user_cache_dir

        parent = user_cache_dir(_NAME, appauthor=False)
        # A relative one would be in whatever folder this runs in, a repository for instance.
        return own_folder(os.path.join(parent, "outcomes")) if os.path.isabs(parent) else ""  # noqa: PTH117, PTH118
    except (OSError, RuntimeError, ValueError, KeyError):
        return ""


def own_folder(path: str) -> str:
    """A folder, made if it is missing; empty where others could write to it. Raises `OSError`."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        os.mkdir(path, 0o700)  # noqa: PTH102
        status = os.lstat(path)
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return path if is_own and not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) else ""
