"""Which part of a configuration a file holds: a whole config, an orb, or a fragment of a packed source tree.

`circleci config pack` and `circleci orb pack` read a tree of files: the files at its root are merged, a folder at the
root is a section, a file's name is the key below it, and `@name.yml` is merged into the level of its folder
(github.com/CircleCI-Public/circleci-cli, internal/pack). So `jobs/build.yml` has `docker:` at its top.
"""

from __future__ import annotations

from enum import Enum
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from migrator.tree import Mapping, Node, Sequence, resolve


class Kind(Enum):
    CONFIG = "config"
    """A whole config, or the root of an orb: sections at its top."""

    SECTION = "section"
    """The inside of one section: names with their definitions."""

    DEFINITION = "definition"
    """One definition: the body of a job, an executor, a command, a workflow, a job group or an orb."""

    NOTHING = "nothing"
    """No part of a configuration that the views know."""


class Content(NamedTuple):
    """`section` and `name` say where a fragment belongs; both are empty for a whole config."""

    kind: Kind
    section: str = ""
    name: str = ""


SECTIONS: Final = ("jobs", "executors", "commands", "workflows", "job-groups", "orbs")
_CONFIG_KEYS: Final = frozenset({"version", "workflows", "setup", "executors", "commands", "job-groups", "display"})
# A key by which the body of such a definition can be told from names that a whole config could have at its top.
_BODY_KEYS: Final = {
    "jobs": frozenset({"docker", "machine", "macos", "executor", "steps"}),
    "executors": frozenset({"docker", "machine", "macos"}),
    "commands": frozenset({"steps"}),
    "workflows": frozenset({"jobs", "triggers", "when", "unless"}),
    "job-groups": frozenset({"jobs"}),
    "orbs": frozenset({"jobs", "executors", "commands", "orbs"}),
}
# What a job may run on beside images; `executor` alone is no sign of one.
_RUNS_ON: Final = frozenset({"machine", "macos", "executor"})


def content_of(root: Node, path: str) -> Content:
    """What a file is, by its place and what is at its top; the content decides where they differ."""
    root = resolve(root)
    if not isinstance(root, Mapping):
        return Content(Kind.NOTHING)
    names = {entry.name for entry in root.entries}
    place = PurePosixPath(path.replace("\\", "/"))
    section = _section_of(place.parts[:-1])
    if section and not _is_config(root, names):
        if place.name.startswith("@"):
            return Content(Kind.SECTION, section)
        if names & _BODY_KEYS[section]:
            return Content(Kind.DEFINITION, section, place.stem)
    if _is_config(root, names) or "jobs" in names:
        return Content(Kind.CONFIG)
    if own := _body_of(root):
        return Content(Kind.DEFINITION, own, place.stem)
    bodies = [_body_of(entry.value) for entry in root.entries]
    for section in ("jobs", "commands", "executors"):
        if section in bodies:
            return Content(Kind.SECTION, section)
    return Content(Kind.CONFIG)


def _body_of(node: Node) -> str:
    """The section whose definitions look like this, for a fragment whose place does not say; empty where none does."""
    body = resolve(node)
    if not isinstance(body, Mapping):
        return ""
    names = {entry.name for entry in body.entries}
    steps = body.get("steps") if "steps" in names else None
    has_steps = steps is not None and isinstance(resolve(steps), Sequence)
    docker = body.get("docker") if "docker" in names else None
    if not (docker is not None and isinstance(resolve(docker), Sequence)) and names.isdisjoint(_RUNS_ON):
        return "commands" if has_steps else ""
    if has_steps:
        return "jobs"
    return "executors" if docker is not None else ""


def _section_of(folders: tuple[str, ...]) -> str:
    """The section that folders name; below one, `jobs/commands/build.yml`, they only keep order."""
    section = ""
    for folder in reversed(folders):
        if folder in SECTIONS:
            section = folder
        elif section:
            break
    return section


def _is_config(root: Mapping, names: set[str | None]) -> bool:
    """Whether sections are at the top. A workflow has `jobs:` too, as a list; an orb has what a config has."""
    jobs = root.get("jobs")
    return bool(names & _CONFIG_KEYS) or isinstance(resolve(jobs) if jobs else None, Mapping)


def is_orb_source(root: Node, path: str) -> bool:
    """Whether a file is the root of an orb: its jobs and executors run in configs that are not here."""
    root = resolve(root)
    if PurePosixPath(path.replace("\\", "/")).stem == "@orb":
        return True
    if not isinstance(root, Mapping):
        return False
    names = {entry.name for entry in root.entries}
    # A single job or command has a description as well; an orb in one file may have a `version`, and no `workflows`.
    told = {"description", "examples"} & names and "workflows" not in names and _is_config(root, names)
    return "display" in names or bool(told)
