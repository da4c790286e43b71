"""Which files a run takes: what its PATHs and the policy mean, but for what is excluded, which is reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from migrator.files.names import FOLDER
from migrator.files.sources import NotRead, find_sources
from migrator.policy import Policy
from migrator.policy.globs import matches
from migrator.policy.overrides import policy_for

BY_POLICY = "excluded by the policy"
BY_OPTION = "excluded by --exclude"


def why_excluded(policy: Policy, patterns: Sequence[str], repository: str, path: str) -> str:
    """Why a file is left out, by its repository and its path from the top, or nothing.

    Patterns count from the `.circleci` that the file is in, or from the top where it is in none.
    """
    below = below_folder(path)
    if matches(patterns, below):
        return BY_OPTION
    return BY_POLICY if matches(policy_for(policy, repository, path).exclude, below) else ""


def below_folder(path: str) -> str:
    """A path from the `.circleci` that it is in, else from where it begins."""
    return f"/{path}".rpartition(f"/{FOLDER}/")[2].removeprefix("/")


def taken_files(paths: Sequence[str], policy: Policy, patterns: Sequence[str] = ()) -> list[str | NotRead]:
    """The files of a run in their order, and what gives none. A file that is named itself is never excluded."""
    found = find_sources(paths)
    if policy.generated:
        from migrator.files.generated import with_policy_sources

        found = with_policy_sources(found, paths, policy)
    if patterns or policy.exclude or any(("rules", "exclude") in dict(each.keys) for each in policy.overrides):
        found = list(_without_excluded(found, paths, policy, patterns))
    return found


def _without_excluded(
    found: Sequence[str | NotRead], named: Sequence[str], policy: Policy, patterns: Sequence[str]
) -> Iterator[str | NotRead]:
    from migrator.files.repository import name_and_path

    taken = {str(Path(path)) for path in named}
    for file in found:
        why = ""
        if isinstance(file, str) and file not in taken:
            why = why_excluded(policy, patterns, *name_and_path(file))
        yield NotRead(str(file), why, fails=False) if why else file
