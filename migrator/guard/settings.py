"""What of a policy a config policy goes by, and what of it cannot be expressed there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from migrator.guard.globs import fixed_start, re2_of
from migrator.policy import Aws, Override, Policy, Registry
from migrator.policy.toml import overridden
from migrator.policy.writing import toml_value

Json: TypeAlias = "dict[str, Any]"

_TOP: Final = ("credentials", "scheduled")
_PATTERNS: Final = ("images", "skip")
_NO_FILE: Final = "CircleCI does not tell a config policy which file a pipeline is from"


class Settings(NamedTuple):
    """The policy as data: `base`, and by repository the `overrides`, each with `repositories` and `settings`.

    `patterns` are all patterns with the expressions that they mean, `left_out` sentences on what is not in here.
    """

    base: Json
    overrides: list[Json]
    patterns: Json
    left_out: list[str]


def settings_of(policy: Policy) -> Settings:
    overrides: list[Json] = []
    left_out: list[str] = []
    for number, override in enumerate(policy.overrides):
        wanted = _overridden(override, policy, overridden(policy, number))
        if not wanted:
            continue
        if override.paths:
            left_out.append(_by_paths(number, override))
            continue
        repositories = sorted({pattern.casefold() for pattern in override.repositories})
        overrides.append({"repositories": repositories, "settings": wanted})
    if policy.exclude:
        left_out.append(f"[rules] exclude ({_listed(policy.exclude)}) is left out: {_NO_FILE}")
    base = {
        "credentials": policy.credentials,
        "scheduled": policy.scheduled,
        "registries": {registry.host: _registry(registry) for registry in policy.registries},
        "aws": _aws(policy.aws),
        "rules": {"select": list(policy.select), "ignore": list(policy.ignore)},
    }
    return Settings(base, overrides, _expressions(base, overrides), left_out)


def _registry(registry: Registry) -> Json:
    return {
        "host": registry.host,
        "username": registry.username,
        "password": registry.password,
        "context": registry.context,
        "images": list(registry.images),
        "skip": list(registry.skip),
    }


def _aws(aws: Aws | None) -> Json:
    """`on` says whether images of ECR get credentials at all."""
    given = aws or Aws()
    return {
        "on": aws is not None,
        "aws_access_key_id": given.aws_access_key_id,
        "aws_secret_access_key": given.aws_secret_access_key,
        "context": given.context,
        "oidc_role_arn": given.oidc_role_arn or "",
    }


def _overridden(override: Override, base: Policy, policy: Policy) -> Json:
    """What an override sets of what counts here; `policy` is the base with its values."""
    wanted: Json = {}
    for key, _ in override.keys:
        match key:
            case ("credentials" | "scheduled" as name,):
                wanted[name] = getattr(policy, name)
            case ("registries", host, name):
                registry = policy.registry(host)
                assert registry is not None  # the override sets it
                values = _registry(registry)
                of_host = wanted.setdefault("registries", {}).setdefault(host, {})
                if base.registry(host) is None:  # whole, as there is nothing below it
                    of_host.update({each: values[each] for each in values if each not in _PATTERNS})
                of_host[name] = values[name]
            case ("aws", *names):
                values = _aws(policy.aws)
                of_aws = wanted.setdefault("aws", {"on": True})
                of_aws.update({each: values[each] for each in names})
                if any(each != "context" for each in names):
                    of_aws["oidc_role_arn"] = values["oidc_role_arn"]  # keys take the place of a role
            case ("rules", "select" | "ignore" as name):
                wanted.setdefault("rules", {})[name] = list(getattr(policy, name))
    return wanted


def _by_paths(number: int, override: Override) -> str:
    return f"overrides[{number}], for the paths {_listed(override.paths)}, is left out: {_NO_FILE}"


def _listed(patterns: tuple[str, ...]) -> str:
    return ", ".join(map(toml_value, patterns))


def _expressions(base: Json, overrides: list[Json]) -> Json:
    found = dict.fromkeys(_patterns(base))
    found.update(dict.fromkeys(["*"]))  # what a registry without `images` has
    for override in overrides:
        found.update(dict.fromkeys([*override["repositories"], *_patterns(override["settings"])]))
    return {
        pattern: {
            "matches": re2_of(pattern),
            "start": fixed_start(pattern),
            "is_prefix": pattern == f"{fixed_start(pattern)}*",
        }
        for pattern in sorted(found)
    }


def _patterns(settings: Json) -> Iterator[str]:
    for registry in settings.get("registries", {}).values():
        for name in _PATTERNS:
            yield from registry.get(name, ())
