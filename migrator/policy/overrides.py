"""Which values of a policy count for one file: its own, or what its overrides set for a repository or paths."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

from migrator.policy import Override, Policy
from migrator.policy.globs import matches
from migrator.startup.records import replace


def policy_for(policy: Policy, repository: str, path: str) -> Policy:
    """The policy for one file, without overrides: later ones win, key by key.

    `repository` is the name that its remote or its host gives (`acme/web`), else that of its folder; `path` counts from
    its root. Raises `PolicyError` where overrides that are right one by one leave a registry without its context.
    """
    if not policy.overrides:
        return policy
    wanted = [number for number, one in enumerate(policy.overrides) if _applies(one, repository, path)]
    return replace(_with(policy, tuple(wanted)), source=policy.source)


def organization_of(own: Policy, project: str) -> str:
    """The slug of the organisation whose contexts a file gets: that of its policy, else that of its project's slug."""
    return own.organization or project.rpartition("/")[0]


def names_repository(patterns: Iterable[str], repository: str) -> bool:
    """Whether one of the patterns names a repository."""
    # Hosts take no notice of case in names of owners and repositories.
    name = repository.casefold()
    return any(fnmatchcase(name, each.casefold()) for each in patterns)


def _applies(override: Override, repository: str, path: str) -> bool:
    if override.repositories and not names_repository(override.repositories, repository):
        return False
    return not override.paths or matches(override.paths, path)


@lru_cache(maxsize=256)
def _with(policy: Policy, numbers: tuple[int, ...]) -> Policy:
    from migrator.policy.toml import overridden

    for number in numbers:
        policy = overridden(policy, number)
    return replace(policy, overrides=())
