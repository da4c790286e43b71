"""Patterns of paths: `*`, `?` and `[...]` within one name, `**` for any folders. A folder means what is below."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

BELOW = "a pattern of paths below .circleci, such as 'k8s/**'"


def is_below(pattern: str) -> bool:
    """Whether it can be a pattern of paths below a folder `.circleci`: written from there, leading nowhere else."""
    names = pattern.split("/")
    return bool(names[0]) and names[0] != ".circleci" and ".." not in names and "\\" not in pattern


def matches(patterns: Iterable[str], path: str) -> bool:
    """Whether one of the patterns means the path or a folder above it. Paths have slashes and no leading one."""
    names = path.split("/")
    return any(_matches([part for part in pattern.split("/") if part], names) for pattern in patterns)


def _matches(parts: list[str], names: list[str]) -> bool:
    """Whether the parts match the names from the first on; names that are left over are below what matched."""
    reached = {0}
    for number, part in enumerate(parts):
        if part == "**":
            # At the end it means what is below a folder, not the folder itself.
            least = min(reached) + (number == len(parts) - 1)
            reached = set(range(least, len(names) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(names) and fnmatchcase(names[at], part)}
        if not reached:
            return False
    return True
