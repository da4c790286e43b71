"""Jobs, commands and executors with everything filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.circleci_compiler.errors import ConfigError
from tests.circleci_compiler.scopes import (
    CompiledSteps,
    Opaque,
    Reference,
    Scope,
    bind,
    check_images,
    declarations,
    unknown,
)
from tests.circleci_compiler.templates import Names, fill, holds

BUILTIN = {
    "run", "deploy", "checkout", "setup_remote_docker", "save_cache", "restore_cache", "store_artifacts",
    "store_test_results", "persist_to_workspace", "attach_workspace", "add_ssh_keys",
}  # fmt: skip
_NEED = {
    "run": {"command"}, "save_cache": {"key", "paths"}, "store_artifacts": {"path"}, "store_test_results": {"path"},
    "persist_to_workspace": {"root", "paths"}, "attach_workspace": {"at"},
}  # fmt: skip
DEEPEST = 50


class Builder:
    """`keeps_orbs`: steps, jobs and executors of orbs whose source is not here are kept as they are called."""

    def __init__(self, keeps_orbs: bool = False) -> None:
        self.keeps_orbs = keeps_orbs

    # -- steps

    def steps(self, steps: Any, scope: Scope, names: Names, where: str, depth: int = 0) -> list[Any]:
        """The flat list of what is run."""
        if depth > DEEPEST:
            raise ConfigError(f"{where}: commands call one another in a circle")
        if isinstance(steps, str):
            steps = fill(steps, names)
        if isinstance(steps, CompiledSteps):
            return list(steps)
        if not isinstance(steps, list):
            raise ConfigError(f"{where}: steps: expected type: List")
        compiled: list[Any] = []
        for step in steps:
            compiled += self._step(step, scope, names, where, depth)
        return compiled

    def _step(self, step: Any, scope: Scope, names: Names, where: str, depth: int) -> list[Any]:
        if isinstance(step, CompiledSteps):
            return list(step)
        if isinstance(step, list):
            return self.steps(step, scope, names, where, depth)  # lists in lists are flattened
        if isinstance(step, str):
            if "<<" in step:
                return self._step(fill(step, names), scope, names, where, depth)
            return self._call(step, None, scope, names, where, depth)
        if not isinstance(step, dict) or len(step) != 1:
            raise ConfigError(f"{where}: a step is no text or map of one key")
        (name, given), *_ = step.items()
        if name in ("when", "unless"):
            if not isinstance(given, dict) or set(given) != {"condition", "steps"}:
                raise ConfigError(f"{where}: {name} needs condition and steps, and nothing else")
            if holds(given["condition"], names) != (name == "when"):
                self.steps(given["steps"], scope, names, where, depth)  # its errors are errors all the same
                return []
            return self.steps(given["steps"], scope, names, where, depth)
        if name == "steps":
            return self.steps(given, scope, names, where, depth)
        return self._call(name, given, scope, names, where, depth)

    def _call(self, name: str, given: Any, scope: Scope, names: Names, where: str, depth: int) -> list[Any]:
        found = scope.find("commands", name)
        if found is None and name in BUILTIN:
            return [self._builtin(name, fill(given, names), where)]
        if found is None:
            raise ConfigError(f"{where}: Cannot find a definition for command named {name}")
        if isinstance(found, Opaque):
            if not self.keeps_orbs:
                raise unknown(found)
            return [{f"{found.name}/{name.partition('/')[2]}": self._kept(given, scope, names, where, depth)}]
        owner, body = found
        arguments = {} if given is None else given
        if not isinstance(arguments, dict):
            raise ConfigError(f"{where}: arguments of {name}: expected type: Mapping")
        place = f"Error calling command: '{name}'"
        bound = self.arguments(body, arguments, (scope, names), (owner, names), place)
        inner = names.but(parameters=bound)
        return self.steps(body["steps"], owner, inner, place, depth + 1)

    def _kept(self, given: Any, scope: Scope, names: Names, where: str, depth: int) -> Any:
        """Arguments of an orb that is not here: what looks like steps is compiled as such."""
        if isinstance(given, dict):
            return {name: self._kept(value, scope, names, where, depth) for name, value in given.items()}
        if isinstance(given, list) and given and all(isinstance(each, dict) for each in given):
            return self.steps(given, scope, names, where, depth)
        return _plain(fill(given, names))

    def _builtin(self, name: str, given: Any, where: str) -> Any:
        if name in ("run", "deploy") and isinstance(given, str):
            given = {"command": given}
        if given is None:
            if _NEED.get(name):
                raise ConfigError(f"{where}: {name} needs {', '.join(sorted(_NEED[name]))}")
            return name
        if not isinstance(given, dict):
            raise ConfigError(f"{where}: {name}: expected type: Mapping")
        # What else is given is not refused: several public configs that are in use have such keys.
        if missing := _NEED.get(name, set()) - set(given):
            raise ConfigError(f"{where}: {name}: required key [{min(missing)}] not found")
        return {name: given} if given else name

    # -- arguments

    def arguments(
        self,
        body: Mapping[str, Any],
        given: Mapping[str, Any],
        caller: tuple[Scope, Names],
        owner: tuple[Scope, Names],
        where: str,
    ) -> dict[str, Any]:
        """What parameters stand for. Steps and executors mean what they mean where they are given."""

        def take(kind: str, value: Any, scope: Scope, names: Names) -> Any:
            if kind == "steps":
                return CompiledSteps(self.steps(value, scope, names, where))
            value = fill(value, names)
            if kind == "executor" and not isinstance(value, Reference):
                return self.reference(value, scope, names)
            return value

        return bind(
            declarations(body, where), given, where,
            lambda kind, value: take(kind, value, *caller),
            lambda kind, value: take(kind, value, owner[0], owner[1].but(parameters={})),
        )  # fmt: skip

    def reference(self, value: Any, scope: Scope, names: Names) -> Reference:
        """An executor by its name, or by a map of its name and its arguments."""
        if isinstance(value, Reference):
            return value
        if isinstance(value, str):
            return Reference(scope, value)
        if isinstance(value, dict) and "name" in value:
            named = value["name"]
            given = tuple((name, each) for name, each in value.items() if name != "name")
            if isinstance(named, Reference):
                return Reference(named.scope, named.name, (*named.given, *given))
            return Reference(scope, str(named), given)
        raise ConfigError(f"executor: expected a name, not {value!r}")

    # -- jobs

    def executor(self, reference: Reference, names: Names) -> dict[str, Any]:
        found = reference.scope.find("executors", reference.name)
        if found is None:
            raise ConfigError(f"Cannot find a definition for executor named {reference.name}")
        if isinstance(found, Opaque):
            if not self.keeps_orbs:
                raise unknown(found)
            return {"executor": {"name": f"{found.name}/{reference.name.partition('/')[2]}", **dict(reference.given)}}
        owner, body = found
        place = f"Error calling executor: '{reference.name}'"
        bound = self.arguments(body, dict(reference.given), (reference.scope, names), (owner, names), place)
        inner = names.but(parameters=bound)
        return {key: fill(value, inner) for key, value in body.items() if key not in ("parameters", "description")}

    def job(
        self, name: str, body: Mapping[str, Any], owner: Scope, names: Names, around: tuple[list[Any], list[Any]]
    ) -> dict[str, Any]:
        """A job with its parameters known, between its `pre-steps` and `post-steps`."""
        where = f"Error calling job: '{name}'"
        compiled: dict[str, Any] = {}
        if "executor" in body:
            reference = self.reference(fill(body["executor"], names), owner, names)
            compiled = self.executor(reference, names)
        own = {
            key: fill(value, names)
            for key, value in body.items()
            if key not in ("parameters", "description", "executor", "steps")
        }
        if {"docker", "machine", "macos"} & set(own):
            compiled = {key: value for key, value in compiled.items() if key not in ("docker", "machine", "macos")}
        if isinstance(own.get("environment"), dict) and isinstance(compiled.get("environment"), dict):
            own["environment"] = {**compiled["environment"], **own["environment"]}
        compiled.update(own)
        if isinstance(compiled.get("docker"), list):
            check_images(compiled["docker"], where)
        if body.get("type", "build") != "build":
            return compiled
        steps = [*around[0], *self.steps(body["steps"], owner, names, where), *around[1]]
        if not steps:
            raise ConfigError(f"{where}: Job has no steps")
        return {**compiled, "steps": steps}


def _plain(value: Any) -> Any:
    if isinstance(value, Reference):
        return {"name": value.name, **dict(value.given)} if value.given else value.name
    if isinstance(value, CompiledSteps):
        return list(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value
