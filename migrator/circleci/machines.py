"""Whose machines jobs run on: CircleCI's, or an organisation's own, which are self-hosted runners.

The resource class of a runner has a name space (`acme/linux`), those of CircleCI have none (docs: runner-concepts).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from migrator.circleci.definitions import Executor, Job
from migrator.circleci.images import Image
from migrator.circleci.workflows import Invocation

if TYPE_CHECKING:
    from migrator.circleci.config import Config

OWN: Final = "own"
CLOUD: Final = "cloud"
UNKNOWN: Final = "unknown"


def machines_of_image(config: Config, image: Image) -> set[str]:
    """Whose machines pull an image: `OWN`, `CLOUD`, and `UNKNOWN` where an expression decides."""
    found: set[str] = set()
    for runner in image.environments:
        calls = config.calls.calls_of(runner) if isinstance(runner, Executor) else []
        users: list[Job | Executor] = [call.job for call in calls if call.job]
        found.update(*(_machines_of(config, user, [runner]) for user in users or [runner]))
    return found


def is_on_own_machines(config: Config, owners: Iterable[Job | Invocation]) -> bool:
    """Whether only jobs on self-hosted runners run steps; where nobody does, nothing is known."""
    jobs = [owner if isinstance(owner, Job) else config.all_jobs.get(owner.name) for owner in owners]
    for job in jobs:
        names = (config.calls.executor_names(job) or ()) if job else ()
        executors = [executor for name in names if (executor := config.all_executors.get(name))]
        if job is None or _machines_of(config, job, executors) != {OWN}:
            return False
    return bool(jobs)


def _machines_of(config: Config, user: Job | Executor, environments: Sequence[Job | Executor]) -> set[str]:
    """A job's own resource class takes the place of its executor's (docs: configuration-reference)."""
    job = user if isinstance(user, Job) else None
    classes = _resource_classes(config, user) or [
        name for runner in environments for name in _resource_classes(config, runner, job)
    ]
    if not classes:
        return {CLOUD}
    return {UNKNOWN if name is None else OWN if "/" in name else CLOUD for name in classes}


def _resource_classes(config: Config, runner: Job | Executor, job: Job | None = None) -> tuple[str | None, ...]:
    """The names of the resource classes that a job or an executor may ask for; `None` if that is not known."""
    text = runner.tree.lookup.text(runner.body, "resource_class")
    if text is None:
        return ()
    known = config.home_of(runner).calls.texts(runner, text.value, job) if "<<" in text.value else (text.value,)
    return known or (None,)
