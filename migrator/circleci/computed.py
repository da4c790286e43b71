"""What a script or a template computes, so that only running it would say: to be reported, never guessed.

In a tree such a value is `Opaque`, and a part of a text reads `<<{name}>>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf
from pathlib import PurePath
from typing import Final, NamedTuple

from migrator.circleci.calls import Calls
from migrator.circleci.declarations import Declarations
from migrator.circleci.definitions import Executor, Job
from migrator.circleci.images import AUTH_KEYS
from migrator.circleci.lookup import key_of
from migrator.circleci.references import can_become
from migrator.startup.patterns import lazy
from migrator.tree import Mapping, Node, Opaque, Sequence, Text, resolve

_HOLE: Final = lazy(r"<<\{(?:[^<>]++|<(?!<)|>(?!>))*+(?<=\})>>")


class Hidden(NamedTuple):
    """Where images may be that nobody can read: `what` is there, `why` says what it is instead of a literal."""

    node: Opaque
    what: str
    why: str


def hidden_images(file: Declarations) -> Iterator[Hidden]:
    """Every place of a file where an image of a job or an executor is computed, or whole jobs are."""
    root = resolve(file.root)
    if isinstance(root, Opaque):
        yield Hidden(root, "a config", root.why)
        return
    for node in file.part.unseen:
        if (section := _section_at(file, node)) in ("jobs", "executors", ""):
            yield Hidden(node, f"a part of `{section}`" if section else "a part of the config", node.why)
    for section in ("jobs", "executors"):
        value = file.lookup.get(file.top, section) if file.top else None
        if isinstance(value, Opaque):
            yield Hidden(value, f"`{section}`", value.why)
        elif isinstance(value, Mapping):
            yield from _hidden_definitions(value, section.removesuffix("s"))
    environments: list[Job | Executor] = [*file.jobs.values(), *file.executors.values()]
    for runner in environments:
        yield from _hidden_in(file, runner)


def _section_at(file: Declarations, node: Node) -> str:
    """The section of a config that a place is in, by the keys before it; empty where there is none."""
    before = [entry for entry in file.top.entries if entry.key.start < node.start] if file.top else []
    return (key_of(before[-1]) or "") if before else ""


def _hidden_definitions(section: Mapping, kind: str) -> Iterator[Hidden]:
    for entry in section.entries:
        value = resolve(entry.value)
        if isinstance(value, Opaque):
            name = key_of(entry)
            yield Hidden(value, f"some {kind}s" if entry.is_merge or name is None else f"{kind} `{name}`", value.why)
        elif entry.is_merge and isinstance(value, Mapping):
            yield from _hidden_definitions(value, kind)


def _hidden_in(file: Declarations, runner: Job | Executor) -> Iterator[Hidden]:
    of = f"{runner.kind} `{runner.name}`"
    docker = file.lookup.get(runner.body, "docker")
    if isinstance(docker, Opaque):
        yield Hidden(docker, f"`docker` in {of}", docker.why)
    for node in docker.items if isinstance(docker, Sequence) else ():
        item = resolve(node)
        if isinstance(item, Opaque):
            yield Hidden(item, f"an image in {of}", item.why)
        elif isinstance(item, Mapping) and not any(file.lookup.entry(item, key) for key in AUTH_KEYS):
            image = file.lookup.get(item, "image")
            if isinstance(image, Opaque):
                yield Hidden(image, f"an image in {of}", image.why)
    body = resolve(runner.body)
    for entry in body.entries if isinstance(body, Mapping) else ():
        value = resolve(entry.value)
        if entry.is_merge and isinstance(value, Opaque) and docker is None and runner.machine is None:
            yield Hidden(value, of, value.why)


class Invoker(NamedTuple):
    """What invokes jobs that only a run would say: `name` is the pattern of their names, where there is one, and
    `options` are all names that it can be, where those are known."""

    node: Node
    label: str
    name: str | None = None
    options: tuple[str, ...] = ()


def computed_invocations(file: Declarations) -> list[Invoker]:
    """Everything in a file's workflows that may invoke a job without naming it."""
    found = [Invoker(node, node.why) for node in file.part.unseen if _section_at(file, node) in ("workflows", "")]
    workflows = file.lookup.get(file.top, "workflows") if file.top else None
    bodies = [workflows] if workflows is not None else []
    if isinstance(workflows, Mapping):
        bodies = [resolve(entry.value) for entry in workflows.entries]
    for body in bodies:
        jobs = file.lookup.get(body, "jobs") if isinstance(body, Mapping) else body
        items = [resolve(item) for item in jobs.items] if isinstance(jobs, Sequence) else [jobs]
        for item in items:
            if isinstance(item, Opaque):
                found.append(Invoker(item, item.why))
            elif isinstance(item, Mapping | Text):
                key = resolve(item.entries[0].key) if isinstance(item, Mapping) and len(item.entries) == 1 else item
                if isinstance(key, Opaque):
                    found.append(Invoker(item, key.why))
                elif isinstance(key, Text) and _HOLE.search(key.value) and key.value not in file.all_jobs:
                    found.append(Invoker(item, f"`{key.value}`", key.value, key.options or ()))
    return found


def unseen_invocations(
    runner: Job | Executor, calls: Calls, family: SequenceOf[tuple[Declarations, SequenceOf[Invoker]]]
) -> Iterator[str]:
    """What may invoke a job, or jobs of an executor, in a way that nobody can read; each in words.

    `family` are the file that asks and its siblings, with what is computed in each.
    """
    file, _ = family[0]
    found = False
    computed = runner.name.endswith("()") or _HOLE.search(runner.name) is not None
    for each, invokers in family:
        for invoker in invokers:
            if invoker.options and isinstance(runner, Job) and runner.name not in invoker.options:
                continue
            if invoker.name is None or isinstance(runner, Executor) or _may_be_same(invoker.name, runner.name):
                found = True
                yield f"{invoker.label} in `{PurePath(each.path).name}`" if each.part.loads else invoker.label
        if computed and isinstance(runner, Job):
            for invocation in each.invocations:
                other = invocation.name != runner.name and invocation.name not in file.all_jobs
                if other and _may_be_same(invocation.name, runner.name):
                    found = True
                    yield f"`{invocation.name}`"
    if found or not file.part.computed:
        return
    jobs = [runner] if isinstance(runner, Job) else [call.job for call in calls.calls_of(runner)]
    for job in jobs:
        if job is not None and not calls.by_job.get(job.name):
            yield f"no workflow here runs `{job.name}`"


def _may_be_same(one: str, other: str) -> bool:
    """Whether the holes of two names can be filled so that they are the same."""
    if one.endswith("()") or other.endswith("()"):
        return "/" not in one + other
    if not _HOLE.search(one):
        one, other = other, one
    if not _HOLE.search(other):
        return can_become(_HOLE.split(one), other)
    a, b = _HOLE.split(one), _HOLE.split(other)
    heads = a[0].startswith(b[0]) or b[0].startswith(a[0])
    return heads and (a[-1].endswith(b[-1]) or b[-1].endswith(a[-1]))
