"""Where outcomes are kept: the cache folder of the person, which is used only if nobody else can write to it."""

from __future__ import annotations

import os
import stat
import sys

OFF = "MIGRATOR_NO_CACHE"
"""The variable that does without, as `--no-cache` does: any value but an empty one."""

_NAME = "circleci-migrator"


def cache_folder() -> str:
    """The folder, made where it is missing; empty where there is none to use, whatever the reason."""
    if os.environ.get(OFF):
        return ""
    try:
        parent = _person_folder()
        # A relative one would be in whatever folder this runs in, a repository for instance.
        return own_folder(f"{parent}/outcomes") if parent.startswith("/") else ""
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


def _person_folder() -> str:
    """What `platformdirs` says, whose import takes as long as a quarter of a run over known files."""
    if sys.platform == "linux" and "ANDROID_DATA" not in os.environ:
        base = os.environ.get("XDG_CACHE_HOME", "")
        return f"{base if base.startswith('/') else os.path.expanduser('~/.cache')}/{_NAME}"  # noqa: PTH111
    from platformdirs import user_cache_dir

    return user_cache_dir(_NAME, appauthor=False)
