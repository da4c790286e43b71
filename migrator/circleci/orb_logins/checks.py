"""Logins by the docker orb that cannot work: values in place of names of variables, a release that hides failures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.changes import Change, SetText
from migrator.circleci.definitions import Orb
from migrator.circleci.lookup import key_of
from migrator.circleci.orb_logins.orb import DOCKER_ORB, hides_failures
from migrator.circleci.shell.quoting import is_variable_name
from migrator.startup.patterns import lazy
from migrator.startup.records import record
from migrator.tree import Entry, Mapping, Node, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

SOUND: Final = "4.0.0"
"""The release before 4.0.1, with the same parameters."""

USERS: Final = ("docker-username", "docker_username")
PASSWORDS: Final = ("docker-password", "docker_password")
# Commands and jobs of the orb that log in: github.com/CircleCI-Public/docker-orb, src/commands and src/jobs.
THAT_LOG_IN: Final = ("check", "publish")
_THAT_TAKE_NAMES: Final = (*THAT_LOG_IN, "update-description", "update_description")
_VARIABLE: Final = lazy(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")


@record(eq=False)
class BrokenCheck:
    """What is wrong at `node`. `secret` is a literal password there; without `changes` a person must act."""

    node: Node
    message: str
    subject: str
    changes: tuple[Change, ...] = ()
    variable: str = ""
    secret: str = ""


def broken_checks(config: Config) -> Iterator[BrokenCheck]:
    orbs = {orb.alias: orb for orb in config.orbs if orb.package == DOCKER_ORB and not orb.prefix}
    if not orbs:
        return
    logging_in: dict[str, None] = {}
    seen: set[int] = set()
    for alias, name, arguments in _uses(config):
        if alias not in orbs or name not in _THAT_TAKE_NAMES:
            continue
        if name in THAT_LOG_IN:
            logging_in[alias] = None
        for entry in config.lookup.entries(arguments) if arguments is not None else ():
            if id(entry) not in seen:
                seen.add(id(entry))
                yield from _of_argument(f"{alias}/{name}", entry)
    for alias in logging_in:
        yield from _of_release(orbs[alias])


def _uses(config: Config) -> Iterator[tuple[str, str, Mapping | None]]:
    """Steps and jobs of orbs: alias, name, and what they are given."""
    for steps in config.step_lists:
        for step in steps.items:
            alias, slash, name = step.name.partition("/")
            if slash:
                yield alias, name, step.value if isinstance(step.value, Mapping) else None
    for invocation in config.invocations:
        alias, slash, name = invocation.name.partition("/")
        if slash:
            yield alias, name, invocation.body


def _of_argument(used: str, entry: Entry) -> Iterator[BrokenCheck]:
    key, text = key_of(entry) or "", resolve(entry.value)
    if (
        key not in (*USERS, *PASSWORDS)
        or not isinstance(text, Text)
        or "<<" in text.value
        or is_variable_name(text.value)
    ):
        return
    wants = f"`{key}` of `{used}` takes the name of a variable"
    if found := _VARIABLE.fullmatch(text.value.strip()):
        name = found[1] or found[2]
        yield BrokenCheck(text, f"{wants}, without `$`", f"{used} {key}", (SetText(text, name),), name)
    elif text.value.strip():
        secret = text.value if key in PASSWORDS and "$" not in text.value else ""
        told = f"{wants}, but is given the value itself: put it into a variable"
        yield BrokenCheck(text, told, f"{used} {key} by hand", secret=secret)


def _of_release(orb: Orb) -> Iterator[BrokenCheck]:
    value = orb.entry.value
    if isinstance(orb.value, Text) and hides_failures(orb.version or ""):
        message = f"`{orb.value.value}` resolves to 4.0.1, whose `check` hides a failed login: use {SOUND}"
        changes = (SetText(value, f"{DOCKER_ORB}@{SOUND}"),) if value is orb.value and isinstance(value, Text) else ()
        yield BrokenCheck(value, message, "release", changes)
