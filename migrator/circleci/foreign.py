"""What pulls images out of sight: jobs, executors and commands of imported orbs, and docker in scripts without a login.

An orb's source is not in the config that imports it, and its author may change its images at any release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.circleci.definitions import Job, Orb
from migrator.circleci.parameters import text_of
from migrator.circleci.running import Running
from migrator.circleci.steps import Step
from migrator.startup.patterns import lazy

if TYPE_CHECKING:
    from migrator.circleci.config import Config


class Foreign(NamedTuple):
    """An orb of this file with the jobs whose images it decides, by their names as the config has them, each once."""

    orb: Orb
    jobs: tuple[str, ...]


_NO_IMAGES: Final = frozenset({"circleci/windows", "circleci/macos"})
"""Orbs whose executors are machines: `src/executors` of their repositories at github.com/CircleCI-Public."""

_PULLING: Final = {
    "circleci/docker": ("pull", "build", "hadolint"),
    "circleci/aws-ecr": ("build-image", "build_image", "build-and-push-image", "build_and_push_image"),
    "circleci/gcp-gcr": ("build-image",),
    "circleci/azure-acr": ("build-and-push-image",),
    "circleci/docker-publish": ("build",),
}
"""Commands that pull images by themselves: `src/commands` of the orbs' repositories at github.com/CircleCI-Public."""

CREDENTIALS: Final = {
    "circleci/aws-ecr": "its jobs take `executor`, and with `docker_login` the names `dockerhub_username` and "
    "`dockerhub_password`",
    "circleci/docker": "its job `publish` takes `executor`, and the names of variables for the login",
}
"""What orbs have for credentials of the images that they pull: `src/jobs` of the same repositories."""

_DOCKER: Final = ("docker pull", "docker run", "docker build", "docker image", "docker-compose", "docker compose")
# A command that pulls what is not there; `docker-compose down` and `docker build --help` do not.
_PULLS: Final = lazy(
    r"(?:^|[\s;&|(])docker(?:-compose|[ \t]+compose)?(?:[ \t]+-{1,2}[\w-]+(?:[= \t]+[^\s;&|-][^\s;&|]*)?){0,9}"
    r"[ \t]+(?:pull|run|build|buildx|create|up|image[ \t]+pull)\b(?![ \t]+--help)"
)
_LOGS_IN: Final = lazy(
    r"(?:docker|podman|buildah|skopeo|crane|oras|helm[ \t]+registry)\b[^\n;&|]{0,80}[ \t]login\b|ecr[ \t]+get-login"
    r"|configure-docker|docker-credential|\.docker/config\.json|DOCKER_AUTH_CONFIG|az[ \t]+acr[ \t]+login"
)
_LOGIN_STEPS: Final = ("check", "login", "auth", "ecr", "gcr", "acr")


def foreign_images(config: Config) -> Iterator[Foreign]:
    """Each orb that this file imports, and that decides images of jobs anywhere in its packed tree."""
    orbs = [orb for orb in config.orbs if orb.package is not None and orb.package not in _NO_IMAGES]
    if not orbs:
        return
    found: dict[str, dict[str, None]] = {}
    for each in (config, *config.siblings):
        for alias, job in _decided(each):
            found.setdefault(alias, {})[job] = None
    if any(orb.package in _PULLING for orb in orbs):
        for alias, job in _commands(config, {orb.alias: _PULLING.get(orb.package or "", ()) for orb in orbs}):
            found.setdefault(alias, {})[job] = None
    for orb in orbs:
        if jobs := found.get(orb.prefix + orb.alias):
            yield Foreign(orb, tuple(jobs))


def _decided(config: Config) -> Iterator[tuple[str, str]]:
    """The alias of an orb and the name of a job: one on the orb's executor, or one that is the orb's own."""
    executors, jobs = config.all_executors, config.all_jobs
    for job in config.jobs.values():
        named = text_of(job.executor) if job.executor is not None else None
        if job.executor is not None and (named is None or "/" in named or "<<" in named):
            for name in config.calls.executor_names(job) or ():
                if "/" in name and name not in executors:
                    yield name.rpartition("/")[0], job.name
    for invocation in config.invocations:
        name = invocation.overridden_with or invocation.name
        if "/" in name and name not in jobs and (invocation.body is None or invocation.runs_a_job):
            yield name.rpartition("/")[0], name


def _commands(config: Config, pulling: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    running = Running(config)
    for steps in config.step_lists:
        for step in steps.items:
            alias, slash, name = step.name.partition("/")
            if slash and name in pulling.get(alias, ()):
                yield from ((alias, owner.name) for owner in running.owners(steps))


def jobs_without_login(config: Config) -> list[Job]:
    """The jobs of this file whose scripts have docker pull or run images, where none of their steps logs in."""
    if not config.may_mention(*_DOCKER):
        return []
    running = Running(config)

    def running_any(holds: Callable[[Step], bool]) -> set[str]:
        """The names of the jobs with a step of which something holds."""
        found = (steps for steps in config.step_lists if any(map(holds, steps.items)))
        return {owner.name for steps in found for owner in running.owners(steps)}

    pulling = running_any(_pulls)
    lacking = pulling - running_any(_logs_in) if pulling else pulling
    return [job for name, job in config.jobs.items() if name in lacking]


def _pulls(step: Step) -> bool:
    return step.script is not None and "docker" in step.script.value and _PULLS.search(step.script.value) is not None


def _logs_in(step: Step) -> bool:
    """Whether a step logs in to some registry, or may: a step of an orb that is named after it."""
    if step.script is not None:
        return _LOGS_IN.search(step.script.value) is not None
    orb, slash, name = step.name.partition("/")
    return bool(slash) and any(word in part for part in (orb, name) for word in _LOGIN_STEPS)
