"""What a policy may decide: one that is in a repository that is read is data, as everything in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from migrator.files.repository import top_of
from migrator.policy import Policy
from migrator.startup.records import replace


def is_own(policy: Policy, paths: Iterable[str]) -> bool:
    """Whether a person chose this policy: they named the file, or it is above every repository that is read."""
    if policy.source is None or policy.found == "flag":
        return True
    folder = Path(os.path.realpath(policy.source)).parent
    return all(folder in top.parents for top in _tops(paths))


def is_in_none(policy: Policy, repositories: Iterable[str]) -> bool:
    """Whether a person chose this policy: they named the file, or it is in none of these repositories, which are read
    from elsewhere."""
    if policy.source is None or policy.found == "flag":
        return True
    folder = Path(os.path.realpath(policy.source)).parent
    return not any(top in (folder, *folder.parents) for top in _tops(repositories))


def _tops(paths: Iterable[str]) -> Iterator[Path]:
    """For each path the repository that it is in; a folder that no repository holds stands for itself."""
    for path in paths:
        here = Path(os.path.realpath(path))
        folder = here if here.is_dir() else here.parent
        yield Path(top_of(str(folder)) or folder)


def without_say(policy: Policy) -> Policy:
    """The policy as far as it says what to edit: not where a token goes, nor whose contexts are asked for."""
    kept = tuple(
        replace(each, keys=tuple((key, value) for key, value in each.keys if key[:1] != ("circleci",)))
        for each in policy.overrides
    )
    built_in = Policy()
    return replace(policy, organization=built_in.organization, api_url=built_in.api_url, overrides=kept)
