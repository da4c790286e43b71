"""Which repositories are spoken to in this way: those of this machine, where the user's git has no wish of its own."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from urllib.parse import unquote

from migrator.bulk.git import Url, git
from migrator.bulk.wire.talking import OddError

_WISHES = re.compile(
    r"url\..*|(transfer|fetch)\.fsck.*|push\.(gpgsign|pushoption)|remote\..*\.(uploadpack|receivepack)|protocol\..*",
)
"""Settings that change whom git speaks to, or what it looks at: it is left to do that."""


def path_of(url: Url) -> str:
    """The path of a repository of this machine. `OddError` where git itself has to be asked."""
    path = unquote(url.plain[7:], errors="surrogateescape") if url.plain.startswith("file://") else url.plain
    if not path.startswith("/") or "\0" in path or "\n" in path or not Path(path).is_dir() or _has_wishes(_setting()):
        raise OddError
    return path


def _setting() -> tuple[tuple[str, str], ...]:
    """What of the environment decides which settings git has."""
    names = ("HOME", "XDG_CONFIG_HOME", "PATH")
    return tuple((name, value) for name, value in os.environ.items() if name in names or name.startswith("GIT_CONFIG"))


@functools.lru_cache(maxsize=8)
def _has_wishes(_setting: tuple[tuple[str, str], ...]) -> bool:
    listed = git(None, "config", "--list", "--name-only", "-z")
    names = listed.out.decode("utf-8", "replace").split("\0")
    # One of them is ours: see `git.environment`.
    return listed.code != 0 or any(_WISHES.fullmatch(name) for name in names if name != "protocol.ext.allow")
