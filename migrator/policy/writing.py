"""The text of `migrator.toml`, written from a policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from migrator.policy import BUILT_IN_HUB, HUB, Policy, Registry

_WIDTH = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def policy_toml(policy: Policy, notes: Mapping[str, Sequence[str]] = MappingProxyType({})) -> str:
    """A policy file that reads back as this policy: what differs from the built-in one, and every registry whole.

    The built-in registry cannot be taken away, only told to want no images. `notes` are lines of comments by the table
    that they are above, such as `aws` or `registries."docker.io"`, for overrides with the number: `overrides.0`.
    """
    built_in = Policy()
    single = (
        ("target", policy.target, built_in.target),
        ("credentials", policy.credentials, built_in.credentials),
        ("auth-style", policy.auth_style, built_in.auth_style),
        ("scheduled", policy.scheduled, built_in.scheduled),
    )
    first = "\n".join(f"{key} = {toml_value(value)}" for key, value, default in single if value != default)
    tables = [first, *_credentials(policy), *_settings(policy, built_in)]
    for pair in policy.generated:
        header = f"generated.{toml_key(pair.target, always_quoted=True)}"
        tables.append(_table(header, ("source", pair.source, True), ("command", pair.command, pair.command != ())))
    for number, override in enumerate(policy.overrides):
        table = _table(
            "[overrides]",
            ("repositories", override.repositories, override.repositories != ()),
            ("paths", override.paths, override.paths != ()),
            *((".".join(map(toml_key, key)), value, True) for key, value in override.keys),
        )
        tables.append(_commented(table, notes.get(f"overrides.{number}", ())))
    named = (_commented(table, notes.get(table.partition("]")[0][1:], ())) for table in filter(None, tables))
    return "\n\n".join(named) + "\n"


def _commented(table: str, notes: Sequence[str]) -> str:
    return "\n".join((*(f"# {escaped(note)}" for note in notes), table))


def _table(header: str, *values: tuple[str, str | tuple[str, ...] | None, bool]) -> str:
    """One table with those of its values that are wanted; nothing where none is."""
    wanted = [f"{key} = {toml_value(value)}" for key, value, want in values if want]
    return "\n".join((f"[{header}]", *wanted)) if wanted else ""


def _credentials(policy: Policy) -> Iterator[str]:
    """The tables of registries and of AWS."""
    registries = policy.registries if policy.registry(HUB) else (*policy.registries, _unwanted(BUILT_IN_HUB))
    for registry in registries:
        yield _table(
            f"registries.{toml_key(registry.host, always_quoted=True)}",
            ("username", registry.username, True),
            ("password", registry.password, True),
            ("context", registry.context, registry.context != ""),
            ("images", registry.images, registry.images != ("*",)),
            ("skip", registry.skip, registry.skip != ()),
        )
    if aws := policy.aws:
        yield _table(
            "aws",
            ("aws_access_key_id", aws.aws_access_key_id, not aws.oidc_role_arn),
            ("aws_secret_access_key", aws.aws_secret_access_key, not aws.oidc_role_arn),
            ("oidc_role_arn", aws.oidc_role_arn or "", bool(aws.oidc_role_arn)),
            ("context", aws.context, True),
        )


def _settings(policy: Policy, built_in: Policy) -> Iterator[str]:
    """The tables of which only what differs is written."""
    yield _table("docker-orb", ("version", policy.docker_orb, policy.docker_orb != built_in.docker_orb))
    yield _table(
        "ecr",
        ("home-region", policy.ecr_home_region, policy.ecr_home_region != built_in.ecr_home_region),
        ("copied", policy.ecr_copied, policy.ecr_copied != ()),
    )
    yield _table(
        "rules",
        ("select", policy.select, policy.select != ()),
        ("ignore", policy.ignore, policy.ignore != ()),
        ("exclude", policy.exclude, policy.exclude != ()),
        ("foreign-images", policy.foreign_images, policy.foreign_images != built_in.foreign_images),
    )
    yield _table(
        "circleci",
        ("organization", policy.organization, policy.organization != ""),
        ("api-url", policy.api_url, policy.api_url != built_in.api_url),
    )


def _unwanted(registry: Registry) -> Registry:
    return Registry(registry.host, registry.username, registry.password, registry.context, images=())


def toml_key(name: str, *, always_quoted: bool = False) -> str:
    """One part of a dotted key, quoted where it has to be."""
    return name if _BARE_KEY.fullmatch(name) and not always_quoted else toml_value(name)


def toml_value(value: str | tuple[str, ...] | None) -> str:
    """A text, a list of texts, or with `None` a table without keys."""
    if value is None:
        return "{}"
    if isinstance(value, tuple):
        line = f"[{', '.join(map(toml_value, value))}]"
        return line if len(line) <= _WIDTH else "".join(("[\n", *(f"    {toml_value(v)},\n" for v in value), "]"))
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped(quoted)}"'


def escaped(text: str) -> str:
    """A text without characters that no line of TOML may hold, or that nobody sees."""
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
