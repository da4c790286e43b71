"""Literals that a parameter carries to a credential: what is passed for it, and what it is by default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from migrator.circleci.declarations import is_version_2
from migrator.circleci.definitions import Command, Executor, Job
from migrator.circleci.lookup import key_of
from migrator.circleci.parameters import only_name
from migrator.circleci.secrets.auth import SECRETS
from migrator.circleci.secrets.values import is_credential, looks_real, names_secret
from migrator.circleci.shell.logins import logins_of
from migrator.circleci.shell.scripts import read_script
from migrator.circleci.workflows import Invocation
from migrator.tree import Mapping, Node, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

Owner: TypeAlias = Job | Executor | Command | Invocation | None
_MOST: Final = 1_000


class PassedSecret(NamedTuple):
    """A literal, the parameter that it is given to or that has it for a default, and what becomes of it, in words."""

    text: Text
    parameter: str
    becomes: str


def read_passed_secrets(config: Config) -> list[PassedSecret]:
    """Each literal once, in the order in which it is come by."""
    waiting: list[tuple[Owner, str, str, str]] = []
    for owner, kind, name in _wanted(config):
        waiting.append((owner, kind, name, ""))
    waiting += _of_environments(config)
    found: dict[int, PassedSecret] = {}
    waiting = list(dict.fromkeys(waiting))
    known = set(waiting)
    while waiting and len(known) < _MOST:
        owner, kind, name, variable = waiting.pop()
        for node, giver in _given(config, owner, kind, name):
            text = resolve(node)
            if not isinstance(text, Text):
                continue
            if inner := only_name(text.value):
                following = (giver, *inner, variable)
                if following not in known:
                    known.add(following)
                    waiting.append(following)
            elif text.type == "str" and is_credential(text.value):
                # A name alone proves little: most such values are throw-away ones.
                if not variable:
                    found[id(text)] = PassedSecret(text, name, "a password")
                elif looks_real(variable, text.value):
                    found.setdefault(id(text), PassedSecret(text, name, f"the value of `{variable}`"))
    return list(found.values())


def _wanted(config: Config) -> Iterator[tuple[Owner, str, str]]:
    """The parameters that are a credential, by who declares them."""
    for image in config.images:
        key = key_of(image.auth) if image.auth is not None else None
        value = resolve(image.auth.value) if image.auth is not None else None
        if key not in SECRETS or not isinstance(value, Mapping):
            continue
        for name in SECRETS[key]:
            text = config.lookup.text(value, name)
            if text is not None and (parameter := only_name(text.value)):
                yield from ((runner, *parameter) for runner in image.environments)
    if not config.may_mention("login"):
        return
    templates = not is_version_2(config)
    for steps in config.step_lists if templates else ():
        for step in steps.items:
            text = step.script
            if text is None or "login" not in text.value or "<<" not in text.value:
                continue
            for login in logins_of(read_script(text.value, templates=templates)):
                written = login.password.text.strip("\"'") if login.password is not None else ""
                if parameter := only_name(written):
                    yield from ((owner, *parameter) for owner in steps.owners)


def _of_environments(config: Config) -> Iterator[tuple[Owner, str, str, str]]:
    """The parameters that are a variable with a secret's name, by who declares them."""
    if not config.may_mention("environment"):
        return
    runners: list[Job | Executor] = [*config.jobs.values(), *config.executors.values()]
    for runner in runners:
        environment = resolve(runner.environment) if runner.environment is not None else None
        for entry in environment.entries if isinstance(environment, Mapping) else ():
            name, value = key_of(entry), resolve(entry.value)
            if not (name and isinstance(value, Text) and "<<" in value.value and names_secret(name)):
                continue
            if parameter := only_name(value.value):
                yield (runner, *parameter, name)


def _given(config: Config, owner: Owner, kind: str, name: str) -> Iterator[tuple[Node, Owner]]:
    """What a parameter may be, each with who gives it: parameters that it names are those of the giver."""
    if kind == "pipeline.parameters":
        parameter = config.pipeline_parameters.get(name)
        if parameter is not None and parameter.default is not None:
            yield parameter.default, None
        return
    if isinstance(owner, Invocation):  # a template of a workflow names its matrix
        yield from ((node, owner) for node in owner.passed(name) if kind == "matrix")
        return
    if owner is None or kind != "parameters":
        return
    declared = owner.parameters.get(name)
    if declared is not None and declared.default is not None:
        yield declared.default, owner
    if isinstance(owner, Job):
        for invocation in config.calls.by_job.get(owner.name, ()):
            yield from ((node, invocation) for node in invocation.passed(name))
    elif isinstance(owner, Executor):
        for call in config.calls.calls_of(owner):
            node = config.lookup.get(call.arguments, name) if call.arguments is not None else None
            if node is not None:
                yield node, call.job
    else:
        yield from _of_command(config, owner, name)


def _of_command(config: Config, command: Command, name: str) -> Iterator[tuple[Node, Owner]]:
    for steps in config.step_lists:
        for step in steps.items:
            if step.name == command.name and (node := step.argument(name)) is not None:
                yield from ((node, owner) for owner in steps.owners)
