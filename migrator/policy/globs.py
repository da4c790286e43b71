"""Patterns of paths: `*`, `?` and `[...]` within one name, `**` for any folders. A folder means what is below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

BELOW = "a pattern of paths below .circleci, such as 'k8s/**'"


def is_below(pattern: str) -> bool:
    """Whether it can be a pattern of paths below a folder `.circleci`: written from there, leading nowhere else."""
    names = pattern.split("/")
    return bool(names[0]) and names[0] != ".circleci" and ".." not in names and "\\" not in pattern


def matches(patterns: Iterable[str], path: str) -> bool:
    """Whether one of the patterns means the path or a folder above it. Paths have slashes and no leading one."""
    names = path.split("/")
    return any(reached([part for part in pattern.split("/") if part], names) for pattern in patterns)


def reached(parts: Sequence[str], names: Sequence[str], is_name: Callable[[str, str], bool] = fnmatchcase) -> set[int]:
    """How many of the names the parts can match, from the first on; names that are left over are below what matched.

    Empty where they match none. `is_name` says whether a name is meant by a part without slashes.
    """
    found = {0}
    for number, part in enumerate(parts):
        if part == "**":
            # At the end it means what is below a folder, not the folder itself.
            least = min(found) + (number == len(parts) - 1)
            found = set(range(least, len(names) + 1))
        else:
            found = {at + 1 for at in found if at < len(names) and is_name(names[at], part)}
        if not found:
            break
    return found
