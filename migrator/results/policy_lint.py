"""What in a policy is most likely not what its author meant, though it is no error: told once in every run.

A pattern that names nothing is normal where the policy is for more than what a run reads. So that is said only where
the policy lies in what is read; what can name nothing anywhere, and a name that is nearly right, always.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from migrator.circleci.credentials.named import UNKNOWN, names
from migrator.engine.outcomes import Changed, Outcome, Skipped, Unchanged
from migrator.files.reading import real_path
from migrator.files.repository import name_and_path
from migrator.files.taking import BY_OPTION, below_folder
from migrator.policy import HUB, Policy
from migrator.policy.globs import matches
from migrator.policy.overrides import names_repository
from migrator.policy.practice import ECR, lacks_dollar, name_of_percent
from migrator.policy.publishers import PUBLIC
from migrator.policy.writing import toml_key, toml_value

_WILD: Final = frozenset("*?[")


def policy_warnings(policy: Policy, outcomes: Sequence[Outcome] = (), paths: Iterable[str] = ()) -> tuple[str, ...]:
    """Warnings about a policy file, each one line that names the file and the key. `paths` are those of the run."""
    if policy.source is None:
        return ()
    images = _images(outcomes)
    found = [*_of_names(policy), *_of_forms(policy), *_of_near_misses(policy, images)]
    if _is_within(policy.source, paths):
        found += [*_of_images(policy, images), *_of_paths(policy, outcomes), *_of_overrides(policy, outcomes)]
    shown = os.path.relpath(policy.source)
    return tuple(dict.fromkeys(f"{shown}: {line}" for line in found))


def campaign_warnings(
    policy: Policy, repositories: Iterable[str], images: frozenset[tuple[str, str]]
) -> tuple[str, ...]:
    """As `policy_warnings`, of what means nothing in all repositories of a campaign, by their names and images."""
    if policy.source is None:
        return ()
    shown = os.path.relpath(policy.source)
    found = (*_of_near_misses(policy, images), *_of_images(policy, images), *_unreached(policy, set(repositories)))
    return tuple(dict.fromkeys(f"{shown}: {line}" for line in found))


def _is_within(policy: Path, paths: Iterable[str]) -> bool:
    """Whether the folder of the policy, and with it all that is below, is among what is read."""
    folder = real_path(policy).parent
    return any(path == folder or path in folder.parents for path in map(real_path, paths))


def _registry_key(host: str, name: str) -> str:
    return f"registries.{toml_key(host)}.{name}"


def _of_names(policy: Policy) -> Iterator[str]:
    """Usernames that look like the name of a variable."""
    given = [(_registry_key(one.host, "username"), one.host, one.username) for one in policy.registries]
    for number, override in enumerate(policy.overrides):
        for key, value in override.keys:
            if key[0] == "registries" and key[-1] == "username" and isinstance(value, str):
                given.append((f"overrides[{number}].{'.'.join(map(toml_key, key))}", key[1], value))
    for where, host, name in given:
        if lacks_dollar(name, host):
            yield (
                f"{where}: {toml_value(name)} has no `$`, so configs get it as the username itself; "
                f"for the variable write {toml_value('$' + name_of_percent(name))}"
            )


def _patterns(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """Each pattern for images, with its key and its registry."""
    for one in policy.registries:
        for key, patterns in (("images", one.images), ("skip", one.skip)):
            yield from ((_registry_key(one.host, key), one.host, pattern) for pattern in patterns)
    yield from (("ecr.copied", ECR, pattern) for pattern in policy.ecr_copied)


def _of_forms(policy: Policy) -> Iterator[str]:
    """Patterns that can name no image of any config."""
    for where, host, pattern in _patterns(policy):
        if _can_name_nothing(host, pattern):
            what = "repositories are written without their registry" if _has_host(host, pattern) else "no name is so"
            yield f"{where}: {toml_value(pattern)} can match no image: {what}; write it like {toml_value('acme/*')}"


def _can_name_nothing(host: str, pattern: str) -> bool:
    # https://github.com/distribution/reference: a name neither begins nor ends with a slash, nor has two of them.
    return pattern.startswith("/") or pattern.endswith("/") or "//" in pattern or _has_host(host, pattern)


def _has_host(host: str, pattern: str) -> bool:
    first, slash, _ = pattern.partition("/")
    return host == HUB and bool(slash) and "." in first and not _WILD.intersection(first)


def _of_near_misses(policy: Policy, images: frozenset[tuple[str, str]]) -> Iterator[str]:
    """Names of an organisation in place of a pattern for its images."""
    for where, host, pattern in _patterns(policy):
        if _is_near(host, pattern, images):
            kind = "the official image of that name" if host == HUB else "the repository of that name"
            yield (
                f"{where}: {toml_value(pattern)} means {kind} alone, which no config here uses; "
                f"for all of {pattern} write {toml_value(pattern + '/*')}"
            )


def _is_near(host: str, pattern: str, images: frozenset[tuple[str, str]]) -> bool:
    if "/" in pattern or _WILD.intersection(pattern) or (host == HUB and pattern in PUBLIC):
        return False
    of_host = [repository for registry, repository in images if registry == host]
    is_used = any(names(pattern, repository) for repository in of_host)
    return not is_used and any(repository.startswith(f"{pattern}/") for repository in of_host)


def _images(outcomes: Iterable[Outcome]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for each in outcomes if isinstance(each, Changed | Unchanged) for pair in each.images)


def _of_images(policy: Policy, images: frozenset[tuple[str, str]]) -> Iterator[str]:
    """Patterns that name no image, although images of their registry are there and all of them are known."""
    if UNKNOWN in images:
        return
    for where, host, pattern in _patterns(policy):
        of_host = [repository for registry, repository in images if registry == host]
        if not of_host or _is_near(host, pattern, images) or _can_name_nothing(host, pattern):
            continue
        if not any(names(pattern, repository) for repository in of_host):
            yield f"{where}: {toml_value(pattern)} matches none of the images of {host} here"


def _of_paths(policy: Policy, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Patterns of `exclude` that leave nothing out."""
    paths = [below_folder(name_and_path(each.path)[1]) for each in outcomes if not _is_left(each)]
    for pattern in policy.exclude if outcomes else ():
        if not any(matches((pattern,), path) for path in paths):
            yield f"rules.exclude: {toml_value(pattern)} matches no file here; it counts from `.circleci`"


def _is_left(outcome: Outcome) -> bool:
    """Whether an option has left a file out, of which it is not said what the policy would have done."""
    return isinstance(outcome, Skipped) and outcome.reason == BY_OPTION


def _unreached(policy: Policy, repositories: Collection[str]) -> Iterator[str]:
    for number, override in enumerate(policy.overrides):
        for pattern in override.repositories:
            if not any(names_repository((pattern,), name) for name in repositories):
                yield f"overrides[{number}].repositories: {toml_value(pattern)} matches no repository here"


def _of_overrides(policy: Policy, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Overrides that reach nothing: by their repositories where the run has several, or by their paths."""
    if not policy.overrides:
        return
    places = {name_and_path(each.path) for each in outcomes}
    repositories = {name for name, _ in places}
    if len(repositories) > 1:
        yield from _unreached(policy, repositories)
    for number, override in enumerate(policy.overrides):
        reached = [p for r, p in places if not override.repositories or names_repository(override.repositories, r)]
        for pattern in override.paths if reached else ():
            if not any(matches((pattern,), path) for path in reached):
                yield f"overrides[{number}].paths: {toml_value(pattern)} matches no file here"
