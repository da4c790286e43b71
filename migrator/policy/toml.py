"""The text of `migrator.toml`: parsed into a policy that adds to the built-in one, and written from a policy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias, TypeVar

from migrator.errors import PolicyError
from migrator.policy import BUILT_IN_HUB, HUB, Aws, Generated, Policy, Registry

# https://circleci.com/docs/contexts/ gives the limits of names.
_CONTEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,200}")
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]{0,299}")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?")
_HUB_HOSTS = ("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com")
_ECR_HOST = re.compile(r"\d{12}\.dkr[.-]ecr")
_PATTERN = re.compile(r"[a-z0-9*?\[\]!._/-]+")
_VERSION = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

_TOP_KEYS = ("target", "credentials", "auth-style", "scheduled", "registries", "aws", "docker-orb", "ecr", "generated")
_REGISTRY_KEYS = ("username", "password", "context", "images", "skip")
_AWS_KEYS = ("aws_access_key_id", "aws_secret_access_key", "context", "oidc_role_arn")
_REGION_LIKE = 'a region such as "us-east-1"'
_PATTERNS = 'repositories without registry and tag, in lower case, such as "acme/*"'

Test: TypeAlias = Callable[[str], bool]
T = TypeVar("T")


def parse_policy(text: str, path: Path) -> Policy:
    """The built-in policy with what `text` adds to it; `path` names the file in errors, which never hold a value."""
    try:
        values = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        # The parser's words quote single characters and key names, never a value; its place is what helps.
        place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        raise PolicyError(f"{path}: {place[1] if place else 'somewhere'}: is no valid TOML") from None
    except RecursionError:
        raise PolicyError(f"{path}: is nested too deep") from None
    top = _Table(path, (), values, _TOP_KEYS)
    built_in = Policy()
    credentials = top.choice("credentials", ("context", "project"), built_in.credentials)
    orb = top.table("docker-orb", ("version",))
    ecr = top.table("ecr", ("home-region", "copied"))
    policy = Policy(
        target=top.choice("target", ("cloud", "server"), built_in.target),
        credentials=credentials,
        auth_style=top.choice("auth-style", ("auto", "inline", "anchor"), built_in.auth_style),
        scheduled=top.choice("scheduled", ("warn", "skip"), built_in.scheduled),
        registries=_registries(top.table("registries"), credentials == "context"),
        aws=_aws(top.table("aws", _AWS_KEYS)) if "aws" in values else None,
        docker_orb=orb.text("version", _is_orb_version, 'an exact version such as "3.0.1"', built_in.docker_orb),
        ecr_home_region=ecr.text("home-region", _full(_REGION), _REGION_LIKE, built_in.ecr_home_region),
        ecr_copied=ecr.texts("copied", _is_ecr_repository, _PATTERNS, ()),
        generated=tuple(_generated(top.table("generated"))),
        source=path,
    )
    if orb.values.get("version") == "4.0.1":
        raise orb.error("version", "4.0.1 hides a failed login (its `docker/check` exits 0); use 3.0.1 or 4.0.0")
    return policy


def _registries(table: _Table, contexts: bool) -> tuple[Registry, ...]:
    if any("@" in host for host in table.values):
        # What stands before it may be a password: not shown.
        raise table.error("", 'a registry is named by its bare host, such as "quay.io", without user and password')
    found = [_registry(host, table.table(host, _REGISTRY_KEYS), contexts) for host in table.values]
    if not any(registry.host == HUB for registry in found):
        found.insert(0, BUILT_IN_HUB)
    return tuple(found)


def _registry(host: str, table: _Table, contexts: bool) -> Registry:
    if host in _HUB_HOSTS:
        raise table.error("", f'Docker Hub is written "{HUB}" here, however an image spells it')
    if _ECR_HOST.match(host):
        raise table.error("", "images of ECR take their keys from the table `aws`, not from a registry")
    if not _HOST.fullmatch(host):
        raise table.error("", 'expected the bare, lower-case host of a registry, such as "quay.io" or "localhost:5000"')
    base = BUILT_IN_HUB if host == HUB else None

    def is_repository(pattern: str) -> bool:
        return bool(_PATTERN.fullmatch(pattern)) and not pattern.startswith(f"{host}/")

    user = 'a user name, or a variable such as "$QUAY_USERNAME"'
    return Registry(
        host,
        username=table.text("username", _is_user, user, base.username if base else None),
        password=table.variable("password", base.password if base else None),
        context=table.context("context", base.context if base else None if contexts else ""),
        images=table.texts("images", is_repository, _PATTERNS, ("*",)),
        skip=table.texts("skip", is_repository, _PATTERNS, ()),
    )


def _aws(table: _Table) -> Aws:
    built_in = Aws()
    role = table.text("oidc_role_arn", _full(_ROLE), 'a role such as "arn:aws:iam::123456789012:role/ci"', "")
    for key in ("aws_access_key_id", "aws_secret_access_key"):
        if role and key in table.values:
            raise table.error(key, "cannot stand beside `oidc_role_arn`: give a role or two keys")
    return Aws(
        aws_access_key_id=table.variable("aws_access_key_id", built_in.aws_access_key_id),
        aws_secret_access_key=table.variable("aws_secret_access_key", built_in.aws_secret_access_key),
        context=table.context("context", built_in.context),
        oidc_role_arn=role or None,
    )


def _generated(table: _Table) -> Iterator[Generated]:
    for target in table.values:
        pair = table.table(target, ("source", "command"))
        yield Generated(
            target,
            source=pair.text("source", bool, "the path of the file that it is written from", None),
            command=pair.texts("command", bool, 'a program and its arguments, such as ["make", "config"]', ()),
        )


def _full(pattern: re.Pattern[str]) -> Test:
    return lambda text: pattern.fullmatch(text) is not None


def _is_user(text: str) -> bool:
    return bool(_VARIABLE.fullmatch(text)) if text.startswith("$") else text != "" and text.isprintable()


def _is_ecr_repository(pattern: str) -> bool:
    return _PATTERN.fullmatch(pattern) is not None and _ECR_HOST.match(pattern) is None


def _is_orb_version(text: str) -> bool:
    return _VERSION.fullmatch(text) is not None


class _Table:
    """One table of the file, which gives out typed values. Only the given keys may be in it; none means any."""

    def __init__(self, file: Path, path: tuple[str, ...], values: dict[str, object], keys: tuple[str, ...]) -> None:
        self.file = file
        self.path = path
        self.values = values
        for key in values:
            if keys and key not in keys:
                close = get_close_matches(key, keys, 1)
                hint = f"did you mean `{close[0]}`?" if close else f"expected one of {', '.join(keys)}"
                raise self.error(key, f"unknown key; {hint}")

    def error(self, key: str, message: str) -> PolicyError:
        path = (*self.path, key) if key else self.path
        return PolicyError(f"{self.file}: {'.'.join(_toml_key(name) for name in path)}: {message}")

    def _get(self, key: str, kind: type[T], expected: str) -> T | None:
        value = self.values.get(key)
        if value is None or isinstance(value, kind):
            return value
        raise self.error(key, f"expected {expected}, found {_KINDS.get(type(value), 'something else')}")

    def table(self, key: str, keys: tuple[str, ...] = ()) -> _Table:
        values: dict[str, object] = self._get(key, dict, "a table") or {}
        return _Table(self.file, (*self.path, key), values, keys)

    def text(self, key: str, test: Test, expected: str, default: str | None) -> str:
        """A text that passes the test; without a default the key must be there."""
        value = self._get(key, str, expected)
        if value is None:
            if default is None:
                raise self.error(key, f"is missing; expected {expected}")
            return default
        if not test(value):
            raise self.error(key, f"expected {expected}")
        return value

    def texts(self, key: str, test: Test, expected: str, default: tuple[str, ...]) -> tuple[str, ...]:
        values: list[object] | None = self._get(key, list, f"a list of {expected}")
        if values is None:
            return default
        texts = tuple(value for value in values if isinstance(value, str) and test(value))
        if len(texts) < len(values):
            raise self.error(key, f"expected a list of {expected}")
        return texts

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        return self.text(key, choices.__contains__, " or ".join(f'"{choice}"' for choice in choices), default)

    def variable(self, key: str, default: str | None) -> str:
        value = self.text(key, bool, 'a variable such as "$DOCKERHUB_PASSWORD"', default)
        if not _VARIABLE.fullmatch(value):
            # Whatever it is, it may be the secret itself: not shown.
            raise self.error(key, 'a literal secret is refused here; name a variable, such as "$DOCKERHUB_PASSWORD"')
        return value

    def context(self, key: str, default: str | None) -> str:
        return self.text(key, _full(_CONTEXT), "the name of a context, up to 200 characters", default)


_KINDS: dict[type, str] = {
    str: "a text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def policy_toml(policy: Policy) -> str:
    """A policy file that reads back as this policy: what differs from the built-in one, and every registry whole.

    The built-in registry cannot be taken away, only told to want no images.
    """
    built_in = Policy()
    lines = [
        f"{key} = {_toml(value)}"
        for key, value, default in (
            ("target", policy.target, built_in.target),
            ("credentials", policy.credentials, built_in.credentials),
            ("auth-style", policy.auth_style, built_in.auth_style),
            ("scheduled", policy.scheduled, built_in.scheduled),
        )
        if value != default
    ]

    def table(header: str, *values: tuple[str, str | tuple[str, ...], bool]) -> None:
        wanted = [f"{key} = {_toml(value)}" for key, value, want in values if want]
        if wanted:
            lines.extend(([""] if lines else []) + [f"[{header}]", *wanted])

    registries = policy.registries if policy.registry(HUB) else (*policy.registries, _unwanted(BUILT_IN_HUB))
    for registry in registries:
        table(
            f"registries.{_toml_key(registry.host, always_quoted=True)}",
            ("username", registry.username, True),
            ("password", registry.password, True),
            ("context", registry.context, registry.context != ""),
            ("images", registry.images, registry.images != ("*",)),
            ("skip", registry.skip, registry.skip != ()),
        )
    if aws := policy.aws:
        table(
            "aws",
            ("aws_access_key_id", aws.aws_access_key_id, not aws.oidc_role_arn),
            ("aws_secret_access_key", aws.aws_secret_access_key, not aws.oidc_role_arn),
            ("oidc_role_arn", aws.oidc_role_arn or "", bool(aws.oidc_role_arn)),
            ("context", aws.context, True),
        )
    table("docker-orb", ("version", policy.docker_orb, policy.docker_orb != built_in.docker_orb))
    table(
        "ecr",
        ("home-region", policy.ecr_home_region, policy.ecr_home_region != built_in.ecr_home_region),
        ("copied", policy.ecr_copied, policy.ecr_copied != ()),
    )
    for pair in policy.generated:
        table(
            f"generated.{_toml_key(pair.target, always_quoted=True)}",
            ("source", pair.source, True),
            ("command", pair.command, pair.command != ()),
        )
    return "\n".join(lines) + "\n"


def _unwanted(registry: Registry) -> Registry:
    return Registry(registry.host, registry.username, registry.password, registry.context, images=())


def _toml_key(name: str, *, always_quoted: bool = False) -> str:
    return name if _BARE_KEY.fullmatch(name) and not always_quoted else _toml(name)


def _toml(value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted) + '"'
