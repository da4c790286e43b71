"""The docker orb of a config: under which alias, in which version, or how to import it.

Versions are those of github.com/CircleCI-Public/docker-orb (its tags up to 4.0.1, July 2026). Parameters are spelled
`docker-username` below 3.0.0 and `docker_username` from then on. In 4.0.1 `check` reads `$?` behind `fi`, so that a
failed login counts as done; 4.0.0 and all before it fail as they should.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.changes import AddEntry, Change, ReplaceValue, Value
from migrator.circleci.lookup import key_of
from migrator.startup.records import record
from migrator.tree import Mapping, Text

if TYPE_CHECKING:
    from migrator.circleci.config import Config

DOCKER_ORB: Final = "circleci/docker"
_ALIASES: Final = ("docker", "docker-hub")
ECR_ORB: Final = "circleci/aws-ecr"
_ECR_ALIASES: Final = ("aws-ecr", "ecr")
_ECR_RELEASE: Final = "9.8.1"
# `use_credentials_helper` is there from 9.3.0 on; the last release of 9 is 9.8.1.
_HAS_HELPER: Final = re.compile(r"9(?:\.(?:[3-9]|\d\d)(?:\.\d+)?)?")

# What floating references resolve to: the last release of each minor, hence of each major.
_LAST: Final = {
    (0, 5): 20, (1, 0): 0, (2, 0): 5, (2, 1): 5, (2, 2): 0, (2, 3): 0, (2, 4): 0, (2, 5): 0, (2, 6): 0, (2, 7): 2,
    (2, 8): 2, (3, 0): 1, (4, 0): 1,
}  # fmt: skip
_SWALLOWS_FAILURES: Final = (4, 0, 1)
_EXPANDS_REGISTRY: Final = (2, 1, 5)
_SNAKE: Final = (3, 0, 0)


@record
class DockerOrb:
    """How a config can use the docker orb. `changes` import it; `problem` says why it cannot be used."""

    alias: str
    reference: str
    version: tuple[int, ...]
    changes: tuple[Change, ...] = ()
    problem: str = ""

    @property
    def expands_registry(self) -> bool:
        """Whether a `registry` may hold variables."""
        return self.version >= _EXPANDS_REGISTRY

    def check(self, username: str, password: str, registry: str) -> Value:
        """The step that logs in, with the names of the variables; what the orb takes by default is left out."""
        spelled = "docker_{}" if self.version >= _SNAKE else "docker-{}"
        arguments: dict[str, Value] = {}
        if username != "DOCKER_LOGIN":
            arguments[spelled.format("username")] = username
        if password != "DOCKER_PASSWORD":
            arguments[spelled.format("password")] = password
        if registry:
            arguments["registry"] = registry
        return {f"{self.alias}/check": arguments} if arguments else f"{self.alias}/check"

    def pull(self, images: tuple[str, ...]) -> Value:
        return {f"{self.alias}/pull": {"images": ",".join(images)}}


def docker_orb(config: Config, version: str) -> DockerOrb:
    """The docker orb that a config imports, or how to import it in that version, which is taken for a sound one."""
    broken: DockerOrb | None = None
    for orb in config.orbs:
        if orb.prefix or orb.is_inline or orb.package != DOCKER_ORB:
            continue
        found = _imported(orb.alias, orb.version or "", version)
        if not found.problem:
            return found
        broken = broken or found
    return broken or _new(config, version)


def _imported(alias: str, written: str, sound: str) -> DockerOrb:
    reference = f"{DOCKER_ORB}@{written}"
    version = _resolved(written)
    problem = ""
    if version is None:
        problem = f"`{reference}` is imported, but its release is unknown"
    elif version == _SWALLOWS_FAILURES:
        problem = (
            f"`{reference}` is imported, but `check` in 4.0.1 hides a failed login: pin another release, such as 3.0.1"
        )
    elif version > _SWALLOWS_FAILURES and written != sound:
        problem = f"`{reference}` is imported, but its `check` may hide a failed login, as in 4.0.1"
    return DockerOrb(alias, reference, version or (0,), problem=problem)


def hides_failures(written: str) -> bool:
    """Whether a release, as it is written, is the one whose `check` exits with 0 where the login failed."""
    return _resolved(written) == _SWALLOWS_FAILURES


def _resolved(written: str) -> tuple[int, ...] | None:
    """The release that a reference means, as far as releases are known."""
    if written == "volatile":
        return _SWALLOWS_FAILURES
    if not re.fullmatch(r"\d+(\.\d+){0,2}", written):
        return None
    parts = tuple(int(part) for part in written.split("."))
    if len(parts) == 3:
        return parts
    matching = [(*minor, patch) for minor, patch in _LAST.items() if minor[: len(parts)] == parts]
    return max(matching) if matching else (*parts, *([0] * (3 - len(parts))))


def _new(config: Config, version: str) -> DockerOrb:
    reference = f"{DOCKER_ORB}@{version}"
    alias, changes, problem = _import(config, reference, _ALIASES)
    return DockerOrb(alias, reference, _resolved(version) or (3, 0, 1), changes, problem)


def ecr_orb(config: Config) -> Imported:
    """The aws-ecr orb that a config imports, or how to import it."""
    for orb in config.orbs:
        if orb.prefix or orb.is_inline or orb.package != ECR_ORB:
            continue
        if _HAS_HELPER.fullmatch(orb.version or ""):
            return Imported(orb.alias, (), "")
        return Imported(orb.alias, (), f"`{ECR_ORB}@{orb.version}` is imported, and its `ecr_login` is another one")
    return _import(config, f"{ECR_ORB}@{_ECR_RELEASE}", _ECR_ALIASES)


class Imported(NamedTuple):
    """The name of an orb in a config, what imports it, and why it cannot be used; the last two may be empty."""

    alias: str
    changes: tuple[Change, ...]
    problem: str


def _import(config: Config, reference: str, aliases: Sequence[str]) -> Imported:
    """How to import an orb under one of these names."""
    taken = {orb.alias for orb in config.orbs if not orb.prefix}
    alias = next((alias for alias in aliases if alias not in taken), "")
    if not alias:
        return Imported("", (), f"other orbs have the names `{'` and `'.join(aliases)}`")
    top = config.top
    if top is None:
        return Imported(alias, (), "it is not a whole config")
    entry = config.lookup.find(top, "orbs")
    if entry is None:
        return Imported(alias, (_section(top, {alias: reference}),), "")
    orbs = entry.entry.value
    if isinstance(orbs, Text) and orbs.is_null:
        return Imported(alias, (ReplaceValue(orbs, {alias: reference}),), "")
    if entry.via is not None or not isinstance(orbs, Mapping) or orbs.anchor is not None:
        return Imported(alias, (), "its `orbs` come from an anchor")
    last = orbs.entries[-1] if orbs.entries else None
    return Imported(alias, (AddEntry(orbs, alias, reference, last),), "")


def _section(top: Mapping, orbs: Value) -> Change:
    """`orbs` after `version`, or before `jobs` where `version` is last."""
    names = [key_of(entry) for entry in top.entries]
    place = names.index("version") if "version" in names else -1
    if place == len(names) - 1 and place > 0:
        place = names.index("jobs") - 1 if "jobs" in names else place
    return AddEntry(top, "orbs", orbs, top.entries[place] if place >= 0 else None)
