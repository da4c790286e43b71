"""Reading the text of `migrator.toml` into a policy that adds to the built-in one, and overrides into one of both."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from migrator.errors import PolicyError
from migrator.policy import HUB, Aws, Generated, Override, Policy, Registry, forms
from migrator.policy.globs import is_below
from migrator.policy.tables import Table, full, variable_of
from migrator.startup.records import replace

_TABLE_KEYS = ("target", "credentials", "auth-style", "scheduled", "registries", "aws", "docker-orb", "ecr")
_TOP_KEYS = (*_TABLE_KEYS, "rules", "circleci", "generated", "overrides")
_WHERE_KEYS = ("repositories", "paths")
_SET_KEYS = (*_TABLE_KEYS, "rules", "circleci")
_OVERRIDE_KEYS = (*_WHERE_KEYS, *_SET_KEYS)
_REGISTRY_KEYS = ("username", "password", "context", "images", "skip")
_AWS_KEYS = ("aws_access_key_id", "aws_secret_access_key", "context", "oidc_role_arn")
_REGION_LIKE = 'a region such as "us-east-1"'
_PATTERNS = 'repositories without registry and tag, in lower case, such as "acme/*"'
_RULES = 'ids of rules, such as "broken-auth"'
_EXCLUDED = 'patterns of paths below .circleci, such as "k8s/**"'


def parse_policy(text: str, path: Path) -> Policy:
    """The built-in policy with what `text` adds to it; `path` names the file in errors, which never hold a value."""
    try:
        values = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        # The parser's words quote single characters and key names, never a value; its place is what helps.
        place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        raise PolicyError(f"{path}: {place[1] if place else 'somewhere'}: is not valid TOML") from None
    except RecursionError:
        raise PolicyError(f"{path}: is nested too deeply") from None
    return policy_from(values, path)


def policy_from(values: dict[str, Any], path: Path) -> Policy:
    """The same for the values of such a file. `migrator.policy.schema` says what they may be."""
    top = Table(path, (), values, _TOP_KEYS)
    policy = replace(_over(Policy(), top), generated=tuple(_generated(top.table("generated"))), source=path)
    overrides = []
    for number, given in enumerate(top.tables("overrides")):
        override, table = _override(Table(path, (f"overrides[{number}]",), given, _OVERRIDE_KEYS))
        _over(policy, table)  # refuses what is wrong, whether or not this run meets it
        overrides.append(override)
    return replace(policy, overrides=tuple(overrides))


def overridden(policy: Policy, number: int) -> Policy:
    """The policy with the values of its override of that number, key by key; the overrides themselves stay."""
    nested: dict[str, Any] = {}
    for key, value in policy.overrides[number].keys:
        inner = nested
        for name in key[:-1]:
            inner = inner.setdefault(name, {})
        inner[key[-1]] = {} if value is None else list(value) if isinstance(value, tuple) else value
    return _over(policy, Table(policy.source or Path(), (f"overrides[{number}]",), nested, ()))


def _override(table: Table) -> tuple[Override, Table]:
    """What the table overrides and where, and the rest of it: what it sets."""
    rest = {key: value for key, value in table.values.items() if key not in _WHERE_KEYS}
    override = Override(
        repositories=table.texts("repositories", full(forms.NAME_GLOB), 'names such as "acme/legacy-*"', ()),
        paths=table.texts("paths", _is_path_glob, 'paths from the root such as "services/**"', ()),
        keys=tuple(sorted(_flat(rest), key=lambda pair: pair[0])),
    )
    if not (override.repositories or override.paths):
        raise table.error("", "does not say what it applies to; expected `repositories` or `paths`, not empty")
    if not override.keys:
        raise table.error("", "sets no key; expected policy keys besides `repositories` and `paths`")
    return override, Table(table.file, table.path, rest, ())


def _flat(values: Mapping[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each value with its path of keys: a text, texts, or `None` for a table without keys.

    Anything else is refused by whoever checks what it sets."""
    for key, value in values.items():
        path = (*above, key)
        if isinstance(value, dict) and value:
            yield from _flat(value, path)
        else:
            yield path, None if value == {} else tuple(value) if isinstance(value, list) else value


def _over(base: Policy, top: Table) -> Policy:
    """The base with what the table sets, key by key. The tables `generated` and `overrides` are the caller's."""
    credentials = top.choice("credentials", forms.CREDENTIALS, base.credentials)
    orb = top.table("docker-orb", ("version",))
    ecr = top.table("ecr", ("home-region", "copied"))
    rules = top.table("rules", ("select", "ignore", "exclude", "foreign-images"))
    circleci = top.table("circleci", ("organization", "api-url"))
    if orb.values.get("version") == forms.HIDING_ORB:
        raise orb.error(
            "version", f"{forms.HIDING_ORB} hides a failed login (its `docker/check` exits 0); use 3.0.1 or 4.0.0"
        )
    api = 'an address such as "https://circleci.com"; plain http:// only for this machine'
    return replace(
        base,
        target=top.choice("target", forms.TARGETS, base.target),
        credentials=credentials,
        auth_style=top.choice("auth-style", forms.AUTH_STYLES, base.auth_style),
        scheduled=top.choice("scheduled", forms.SCHEDULED, base.scheduled),
        registries=_registries(top.table("registries"), base, credentials == "context"),
        aws=_aws(top.table("aws", _AWS_KEYS), base.aws) if "aws" in top.values else base.aws,
        docker_orb=orb.text("version", full(forms.VERSION), 'an exact version such as "3.0.1"', base.docker_orb),
        ecr_home_region=ecr.text("home-region", full(forms.REGION), _REGION_LIKE, base.ecr_home_region),
        ecr_copied=ecr.texts("copied", _is_ecr_repository, _PATTERNS, base.ecr_copied),
        select=rules.texts("select", full(forms.RULE), _RULES, base.select),
        ignore=rules.texts("ignore", full(forms.RULE), _RULES, base.ignore),
        exclude=rules.texts("exclude", is_below, _EXCLUDED, base.exclude),
        foreign_images=rules.choice("foreign-images", forms.FOREIGN_IMAGES, base.foreign_images),
        organization=circleci.text(
            "organization",
            full(forms.ORGANIZATION),
            'an organisation such as "gh/acme" or "circleci/ID"',
            base.organization,
        ),
        api_url=circleci.text("api-url", _is_api, api, base.api_url),
    )


def _registries(table: Table, base: Policy, contexts: bool) -> tuple[Registry, ...]:
    if any("@" in host for host in table.values):
        # What is before it may be a password: not shown.
        raise table.error("", 'a registry is its bare host, such as "quay.io", without username and password')
    found = [_registry(host, table.table(host, _REGISTRY_KEYS), base.registry(host), contexts) for host in table.values]
    others = [registry for registry in base.registries if registry.host not in table.values]
    for registry in others:
        if contexts and not registry.context:
            table.table(registry.host).context("context", None)  # says that it is missing
    return (*others, *found)


def _registry(host: str, table: Table, base: Registry | None, contexts: bool) -> Registry:
    if host in forms.HUB_HOSTS:
        raise table.error("", f'Docker Hub is "{HUB}" in a policy, however an image spells it')
    if forms.ECR_HOST.match(host):
        raise table.error("", "ECR images get their keys from the table `aws`, not from a registry")
    if not forms.HOST.fullmatch(host):
        raise table.error("", 'expected the bare, lower-case host of a registry, such as "quay.io" or "localhost:5000"')

    def is_repository(pattern: str) -> bool:
        return bool(forms.PATTERN.fullmatch(pattern)) and not pattern.startswith(f"{host}/")

    user = table.text(
        "username", _is_user, 'a username, or a variable such as "$QUAY_USERNAME"', base.username if base else None
    )
    return Registry(
        host,
        username=variable_of(user) or user,
        password=table.variable("password", base.password if base else None),
        context=table.context("context", (base.context if base else "") or (None if contexts else "")),
        images=table.texts("images", is_repository, _PATTERNS, base.images if base else ("*",)),
        skip=table.texts("skip", is_repository, _PATTERNS, base.skip if base else ()),
    )


def _aws(table: Table, base: Aws | None) -> Aws:
    keys = ("aws_access_key_id", "aws_secret_access_key")
    given = base or Aws()
    role = table.text("oidc_role_arn", full(forms.ROLE), 'a role such as "arn:aws:iam::123456789012:role/ci"', "")
    for key in keys:
        if role and key in table.values:
            raise table.error(key, "cannot be used with `oidc_role_arn`: set a role or two keys")
    if not role and not any(key in table.values for key in keys):
        role = given.oidc_role_arn or ""
    return Aws(
        aws_access_key_id=table.variable("aws_access_key_id", given.aws_access_key_id),
        aws_secret_access_key=table.variable("aws_secret_access_key", given.aws_secret_access_key),
        context=table.context("context", given.context),
        oidc_role_arn=role or None,
    )


def _generated(table: Table) -> Iterator[Generated]:
    for target in table.values:
        pair = table.table(target, ("source", "command"))
        yield Generated(
            target,
            source=pair.text("source", bool, "the path of the file that it is generated from", None),
            command=pair.texts("command", bool, 'a program and its arguments, such as ["make", "config"]', ()),
        )


def _is_user(text: str) -> bool:
    return variable_of(text) is not None if text.startswith("$") else text != "" and text.isprintable()


def _is_ecr_repository(pattern: str) -> bool:
    return forms.PATTERN.fullmatch(pattern) is not None and forms.ECR_HOST.match(pattern) is None


def _is_path_glob(pattern: str) -> bool:
    return bool(pattern) and not pattern.startswith("/") and ".." not in pattern.split("/") and "\\" not in pattern


def _is_api(url: str) -> bool:
    return forms.URL.fullmatch(url) is not None or forms.LOOPBACK_URL.fullmatch(url) is not None
