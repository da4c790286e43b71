"""What names of jobs, commands and executors mean: in a config, in an inline orb, in an orb whose source is at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.circleci_compiler.errors import ConfigError, UnknownError
from tests.circleci_compiler.templates import Names, fill

OrbSource = Callable[[str], "dict[str, Any] | None"]
"""From `circleci/docker@3.0.1` to the content of its source, or nothing."""

IMAGE_KEYS = {"image", "name", "entrypoint", "command", "user", "environment", "auth", "aws_auth", "gcp_auth"}
EXECUTOR_KEYS = {
    "docker", "machine", "macos", "environment", "working_directory", "shell", "resource_class", "parameters",
    "description",
}  # fmt: skip
JOB_KEYS = EXECUTOR_KEYS | {
    "executor", "parallelism", "steps", "branches", "circleci_ip_ranges", "retention", "type", "plan_name", "key",
}  # fmt: skip
COMMAND_KEYS = {"steps", "parameters", "description"}
_LOGINS = {
    "auth": [{"username", "password"}],
    "aws_auth": [{"aws_access_key_id", "aws_secret_access_key"}, {"oidc_role_arn"}],
    "gcp_auth": [{"oidc_service_account", "workload_identity_pool", "workload_identity_provider"}],
}


class Opaque:
    """An orb of which nothing but its name is known."""

    def __init__(self, name: str) -> None:
        self.name = name


@dataclass
class Scope:
    """The definitions of one config or orb. `orbs` are those that it can name."""

    jobs: Mapping[str, Any] = field(default_factory=dict)
    commands: Mapping[str, Any] = field(default_factory=dict)
    executors: Mapping[str, Any] = field(default_factory=dict)
    orbs: dict[str, Scope | Opaque] = field(default_factory=dict)

    def find(self, kind: str, name: str) -> tuple[Scope, dict[str, Any]] | Opaque | None:
        """A definition and the scope that its own names belong to."""
        if "/" in name:
            alias, _, name = name.partition("/")
            orb = self.orbs.get(alias)
            return orb.find(kind, name) if isinstance(orb, Scope) else orb
        found = getattr(self, kind).get(name)
        return None if found is None else (self, found)


def read_scope(
    content: Mapping[str, Any], source: OrbSource, names: Names, outer: Mapping[str, Scope | Opaque] | None = None
) -> Scope:
    jobs, commands, executors = (_section(content, kind) for kind in ("jobs", "commands", "executors"))
    scope = Scope(jobs, commands, executors, dict(outer or {}))
    orbs = content.get("orbs") or {}
    if not isinstance(orbs, dict):
        raise ConfigError("orbs: expected type: Mapping")
    for alias, value in orbs.items():
        if isinstance(value, dict):
            scope.orbs[alias] = read_scope(value, source, names, scope.orbs)
            continue
        if not isinstance(value, str):
            raise ConfigError(f"orbs.{alias}: expected type: String")
        value = str(fill(value, names))
        if not re.fullmatch(r"[\w-]+/[\w-]+@(dev:[\w./-]+|volatile|\d+(\.\d+){0,2})", value) and "://" not in value:
            raise ConfigError(f"Orb {value} not loaded. Invalid orb reference.")
        known = source(value)
        scope.orbs[alias] = Opaque(value) if known is None else read_scope(known, source, names)
    for kind, keys in (("jobs", JOB_KEYS), ("commands", COMMAND_KEYS), ("executors", EXECUTOR_KEYS)):
        for name, body in getattr(scope, kind).items():
            check_definition(kind, name, body, keys)
    return scope


def _section(content: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = content.get(kind) or {}
    if not isinstance(found, dict):
        raise ConfigError(f"{kind}: expected type: Mapping")
    return found


def check_definition(kind: str, name: str, body: Any, keys: set[str]) -> None:
    where = f"{kind}.{name}"
    if not isinstance(body, dict):
        raise ConfigError(f"{where}: expected type: Mapping")
    if extra := [key for key in body if key not in keys]:
        raise ConfigError(f"{where}: extraneous key [{extra[0]}] is not permitted")
    if kind == "jobs" and not re.fullmatch(r"[A-Za-z][A-Za-z\s\d_-]*", name):
        raise ConfigError(f"{where}: invalid job name")
    if kind in ("commands", "executors") and not re.fullmatch(r"[A-Za-z][A-Za-z\d_-]*", name):
        raise ConfigError(f"{where}: invalid name")
    if kind != "commands" and isinstance(body.get("docker"), list):
        check_images(body["docker"], where)
    needs_steps = kind == "commands" or (kind == "jobs" and body.get("type", "build") == "build")
    if needs_steps and not isinstance(body.get("steps"), list | str):
        raise ConfigError(f"{where}: required key [steps] not found")
    if kind == "jobs" and needs_steps:
        chosen = [key for key in ("docker", "machine", "macos", "executor") if key in body]
        if not chosen:
            raise ConfigError(f"{where}: one of docker, machine, macos or executor is required")
        if len(set(chosen) - {"executor"}) > 1:
            raise ConfigError(f"{where}: more than one executor")


def check_images(images: list[Any], where: str) -> None:
    if not images:
        raise ConfigError(f"{where}: docker has no images")
    for number, image in enumerate(images):
        place = f"{where}.docker.{number}"
        if not isinstance(image, dict) or "image" not in image:
            raise ConfigError(f"{place}: required key [image] not found")
        if extra := [key for key in image if key not in IMAGE_KEYS]:
            raise ConfigError(f"{place}: extraneous key [{extra[0]}] is not permitted")
        if not isinstance(image["image"], str) or not image["image"]:
            raise ConfigError(f"{place}.image: expected type: String")
        for key, forms in _LOGINS.items():
            login = image.get(key)
            if login is None:
                continue
            if not isinstance(login, dict) or set(login) not in forms:
                raise ConfigError(
                    f"{place}.{key}: has other keys than {' or '.join(', '.join(sorted(f)) for f in forms)}"
                )
            if wrong := [name for name, value in login.items() if not isinstance(value, str)]:
                raise ConfigError(f"{place}.{key}.{wrong[0]}: expected type: String")


# -- parameters


@dataclass(frozen=True)
class Reference:
    """An executor, given by name where the name means something: in `scope`."""

    scope: Scope
    name: str
    given: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self.name


class CompiledSteps(list[Any]):
    """Steps that were compiled where they were given."""


_TYPES = ("string", "boolean", "integer", "enum", "executor", "steps", "env_var_name")


def declarations(body: Mapping[str, Any], where: str, types: tuple[str, ...] = _TYPES) -> dict[str, dict[str, Any]]:
    found = body.get("parameters") or {}
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: parameters: expected type: Mapping")
    for name, each in found.items():
        if not isinstance(each, dict) or each.get("type") not in types:
            raise ConfigError(f"{where}: parameter {name} has no type of {', '.join(types)}")
        if extra := set(each) - {"type", "default", "description", "enum"}:
            raise ConfigError(f"{where}: parameter {name}: extraneous key [{min(extra)}] is not permitted")
        if each["type"] == "enum" and not isinstance(each.get("enum"), list):
            raise ConfigError(f"{where}: parameter {name}: an enum without values")
        if not re.fullmatch(r"[A-Za-z][\w-]*", name):
            raise ConfigError(f"{where}: parameter {name}: invalid name")
    return found


def bind(
    declared: Mapping[str, dict[str, Any]],
    given: Mapping[str, Any],
    where: str,
    take_given: Callable[[str, Any], Any],
    take_default: Callable[[str, Any], Any],
) -> dict[str, Any]:
    """The arguments of a call. `take_…` make values of the types that mean something in their own scope."""
    if unknown := [name for name in given if name not in declared]:
        raise ConfigError(f"{where}: Unexpected argument(s): {', '.join(unknown)}")
    if missing := [name for name, each in declared.items() if name not in given and "default" not in each]:
        raise ConfigError(f"{where}: Missing required argument(s): {', '.join(missing)}")
    bound = {}
    for name, each in declared.items():
        kind = each["type"]
        value = take_given(kind, given[name]) if name in given else take_default(kind, each["default"])
        bound[name] = checked(value, each, f"{where}: Type error for argument {name}")
    return bound


def checked(value: Any, declared: Mapping[str, Any], where: str) -> Any:
    kind = declared["type"]
    is_right = {
        "string": lambda: isinstance(value, str) or value is None,
        "boolean": lambda: isinstance(value, bool),
        "integer": lambda: isinstance(value, int) and not isinstance(value, bool),
        "enum": lambda: value in declared.get("enum", ()),
        "executor": lambda: isinstance(value, Reference),
        "steps": lambda: isinstance(value, CompiledSteps),
        "env_var_name": lambda: isinstance(value, str) and re.fullmatch(r"[A-Za-z_]\w*", value) is not None,
    }[kind]()
    if not is_right:
        raise ConfigError(f"{where}: expected type: {kind}, actual value: {value!r}")
    return value


def unknown(orb: Opaque) -> UnknownError:
    return UnknownError(f"orb {orb.name}")
