"""Contexts in places where CircleCI does not see them: on a job, on a workflow, under `contexts`.

Only an invocation in a workflow takes `context` (docs: configuration-reference, `context`). The schemas refuse it on a
job, and accept it in silence on a workflow and as `contexts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.changes import Change, RemoveEntry, RenameKey
from migrator.circleci.credentials.contexts import contexts_of
from migrator.circleci.lookup import key_of
from migrator.circleci.workflows import Invocation
from migrator.startup.records import field, record
from migrator.tree import Entry, Mapping, Node

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_NAMES: Final = frozenset({"context", "contexts"})


@record(eq=False, frozen=False)
class MisplacedContext:
    """Contexts at `node`, which `changes` take away or rename, and which `invocations` are to be given. `problem` says
    why only a person can put it right. `body` is what a key of is renamed or moved: nobody else may change it then."""

    node: Node
    message: str
    subject: str
    names: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    invocations: list[Invocation] = field(default_factory=list)
    problem: str = ""
    body: Mapping | None = None


def misplaced_contexts(config: Config) -> Iterator[MisplacedContext]:
    yield from _on_jobs(config)
    yield from _on_workflows(config)
    if config.may_mention("contexts", "Context", "CONTEXT"):
        yield from _misspelt(config)


def _on_jobs(config: Config) -> Iterator[MisplacedContext]:
    for job in config.jobs.values():
        if (entry := _own(job.body)) is None:
            continue
        message = f"`{key_of(entry)}` is on job `{job.name}`, where CircleCI does not take it"
        found = MisplacedContext(entry.key, message, f"job {job.name}")
        found.invocations = list(config.calls.by_job.get(job.name, ()))
        if not found.invocations:
            found.problem = "no workflow here runs the job: write it where one does"
        elif job.body.anchor is not None:
            found.problem = "an anchor shares the job with others"
        yield _moved(config, found, job.body, entry)


def _on_workflows(config: Config) -> Iterator[MisplacedContext]:
    for workflow in config.workflows:
        if (entry := _own(workflow.body)) is None:
            continue
        message = f"`{key_of(entry)}` is on workflow `{workflow.name}`, where CircleCI ignores it"
        found = MisplacedContext(entry.key, message, f"workflow {workflow.name}")
        groups = {group.name for group in config.groups}
        found.invocations = [
            i for i in workflow.invocations if i.runs_a_job and i.name not in groups and _runs(config, i)
        ]
        if not found.invocations:
            found.problem = "none of its jobs can be given it"
        elif workflow.body.anchor is not None or any(len(i.workflows) > 1 for i in found.invocations):
            found.problem = "an anchor shares its jobs with another workflow"
        yield _moved(config, found, workflow.body, entry)


def _runs(config: Config, invocation: Invocation) -> bool:
    job = config.all_jobs.get(invocation.name)
    return job is None or job.runs


def _moved(config: Config, found: MisplacedContext, body: Mapping, entry: Entry) -> MisplacedContext:
    names = contexts_of(entry.value)
    if any(not config.holds(invocation) for invocation in found.invocations):
        found.problem = found.problem or "its jobs are run by a workflow of another file"
    if not names:
        found.problem = found.problem or "it is no list of names"
    elif not found.problem:
        found.names, found.changes = names, (RemoveEntry(body, entry),)
    return found


def _misspelt(config: Config) -> Iterator[MisplacedContext]:
    """`contexts` on an invocation, and `context` in other letters, where no parameter of the job is called so."""
    seen: set[int] = set()
    for invocation in config.invocations:
        body = invocation.body
        job = config.all_jobs.get(invocation.name)
        if body is None or job is None or id(body) in seen:
            continue  # of an orb's job nobody knows the parameters here
        seen.add(id(body))
        entry = next((e for e in body.entries if (n := key_of(e)) and n != "context" and n.lower() in _NAMES), None)
        if entry is None or key_of(entry) in job.parameters:
            continue
        message = f"`{key_of(entry)}` of `{invocation.name}` is ignored by CircleCI; it is `context`"
        found = MisplacedContext(entry.key, message, f"{invocation.name} {key_of(entry)}")
        if config.lookup.find(body, "context") is not None:
            found.invocations = [invocation]
            if body.anchor is not None:
                found.problem = "it has `context` as well, and an anchor shares both"
            found = _moved(config, found, body, entry)
        else:
            found.names = contexts_of(entry.value) or ()
            found.changes = (RenameKey(body, entry, "context"),)
        found.body = body
        yield found


def _own(body: Mapping) -> Entry | None:
    return next((entry for entry in body.entries if key_of(entry) in _NAMES), None)
