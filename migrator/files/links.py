"""Whether a link takes a path out of where its user pointed."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

MOST_LINKS = 8
"""So many links are followed from one to the next."""


def leads_out(path: str | Path) -> Path | None:
    """Where a path really leads if a link takes it out of a repository that it is in, or else out of this folder.

    Every folder above the path that holds `.git` is such a repository, also one that is only reached by a link. Where
    there is none the working directory is what the user pointed at, if the path is below it.
    """
    named = Path(os.path.abspath(path))  # noqa: PTH100 - links are what is looked for
    real = Path(os.path.realpath(named))
    if real == named:
        return None
    tops = [folder for folder in named.parents if os.path.lexists(folder / ".git")]
    if not tops and named.is_relative_to(here := Path(os.path.abspath("."))):  # noqa: PTH100
        tops = [here]
    if all(real.is_relative_to(os.path.realpath(top)) for top in tops):
        return None
    return real


def led_to(path: str, target: str) -> str:
    """Where a link that is committed leads, from the top of its repository; empty where it leads out of it."""
    real = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    parts = real.split("/")
    if target.startswith("/") or not target or "\n" in target or parts[0] in ("..", ".", "") or ".git" in parts:
        return ""
    return real
