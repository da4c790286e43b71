"""What a step runs in: on a machine or in a container with remote docker, in bash, and who takes it there.

Steps reach a job directly, around an invocation, below conditions, through commands that are used, and as values of
parameters. A step is followed to every job that runs it; where that cannot be known the answer says why.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from migrator.circleci.bash import has_bash
from migrator.circleci.definitions import Command, Executor, Job, Runner
from migrator.circleci.environment import names_set_by
from migrator.circleci.parameters import text_of
from migrator.circleci.references import ImageReference
from migrator.circleci.steps import Owner, Step, StepList
from migrator.circleci.workflows import Invocation
from migrator.startup.records import cached_property, record, replace
from migrator.tree import Mapping, Sequence, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_REMOTE: Final = "setup_remote_docker"
_MAX_DEPTH: Final = 30
_State: TypeAlias = tuple[int, bool]


@record
class Runtime:
    """Where a step runs in one of its jobs.

    `problem` says why a step of the docker orb cannot take its place there, `doubts` what somebody should look at
    first. `stops` is whether a command that fails ends its step, as bash does with `-e`. `sets` names the variables
    that the job itself sets, whatever it runs on.
    """

    problem: str = ""
    doubts: tuple[str, ...] = ()
    stops: bool = True
    sets: frozenset[str] = frozenset()


_IN_A_CIRCLE: Final = Runtime("its commands use each other")


class Runtimes:
    """Built once for one `Config`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._of_jobs: dict[str, Runtime] = {}
        self._sets_up_of: dict[str, bool] = {}
        self._remotes: dict[int, int] = {}
        self._known: dict[_State, dict[Runtime, None]] = {}

    def of(self, steps: StepList, index: int) -> list[Runtime]:
        """Where the step of that index in `steps.items` runs, for each job that runs it; empty if none does."""
        return list(self._runs(steps, index, {}, remote=False, depth=0))

    def scopes(self, steps: StepList) -> list[Owner]:
        """The definitions whose parameters may be in these steps."""
        found: list[Owner] = []
        seen: set[int] = set()
        waiting = [steps]
        while waiting:
            current = waiting.pop()
            if id(current) in seen:
                continue
            seen.add(id(current))
            found += [owner for owner, _ in self._direct(current)]
            waiting += [outer for outer, _ in self._outer.get(id(current.node), ())]
        return found

    def _runs(
        self, steps: StepList, index: int, seen: dict[_State, dict[Runtime, None] | None], *, remote: bool, depth: int
    ) -> dict[Runtime, None]:
        """`seen` are lists, and whether remote docker was set up by then: without an answer those that are open."""
        if depth > _MAX_DEPTH:
            return {_IN_A_CIRCLE: None}
        remote = remote or self._remote_from(steps) < index
        state = id(steps), remote
        if state in self._known:
            return self._known[state]
        if state in seen:
            done = seen[state]
            return {_IN_A_CIRCLE: None} if done is None else done
        seen[state] = None
        found: dict[Runtime, None] = {}
        for owner, place in self._direct(steps):
            if isinstance(owner, Job):
                found[self._in_job(owner, remote=remote or self._before(owner, place))] = None
            elif isinstance(owner, Invocation):
                found[self._around(owner, place, remote=remote)] = None
            elif place != "steps":
                reason = f"it is the default of `{place}`, a parameter of the command `{owner.name}`"
                found[Runtime(reason)] = None
            else:
                for outer, position in self.callers.get(owner.name, ()):
                    found |= self._runs(outer, position, seen, remote=remote, depth=depth + 1)
        for outer, position in self._outer.get(id(steps.node), ()):
            given = remote or self._before_given(outer.items[position], steps.node)
            found |= self._runs(outer, position, seen, remote=given, depth=depth + 1)
        seen[state] = found
        if _IN_A_CIRCLE not in found:  # which depends on where one began
            self._known[state] = found
        return found

    def _remote_from(self, steps: StepList) -> int:
        """The index of the first step that gives the job a remote docker, whatever conditions hold."""
        if id(steps) not in self._remotes:
            number = next((n for n, step in enumerate(steps.items) if self._sets_up(step, 0)), len(steps.items))
            self._remotes[id(steps)] = number
        return self._remotes[id(steps)]

    def _direct(self, steps: StepList) -> list[tuple[Owner, str]]:
        """Who has this very list, and as what."""
        found: list[tuple[Owner, str]] = []
        for owner in steps.owners:
            if isinstance(owner, Invocation):
                places = [p for p in ("pre-steps", "post-steps") if owner.argument(p) is steps.node]
                job = self._config.all_jobs.get(owner.name)
                places += [p for p in (job.parameters if job else ()) if owner.argument(p) is steps.node]
            else:
                places = ["steps"] if owner.steps is steps.node else []
                places += [name for name, p in owner.parameters.items() if p.default is steps.node]
            found += [(owner, place) for place in places]
        return found

    def _before(self, definition: Job | Command, place: str) -> bool:
        """Whether a job or a command sets up remote docker before the steps that its parameter holds."""
        if place == "steps":
            return False
        for step in self._steps_of(definition):
            if any(isinstance(node, Text) and f"parameters.{place}" in node.value for node in walk(resolve(step.item))):
                break
            if self._sets_up(step, 0):
                return True
        return False

    def _before_given(self, step: Step, given: Sequence) -> bool:
        """The same for the command that a step uses, with steps that it is given."""
        command = self._config.all_commands.get(_prefix(step.steps) + step.name)
        names = command.parameters if command else ()
        return command is not None and any(step.argument(n) is given and self._before(command, n) for n in names)

    def _around(self, invocation: Invocation, place: str, *, remote: bool) -> Runtime:
        job = self._config.all_jobs.get(invocation.name)
        if job is None:
            return Runtime(f"it runs in the job `{invocation.name}`, which is not defined in this file")
        if invocation.overridden_with:
            return Runtime(f"it runs in the orb's job `{invocation.overridden_with}`")
        if place == "pre-steps":
            return self._in_job(job, remote=remote)
        if place == "post-steps":
            return self._in_job(job, remote=remote or any(self._sets_up(s, 0) for s in self._steps_of(job)))
        return self._in_job(job, remote=remote or self._before(job, place))

    def _sets_up(self, step: Step, depth: int) -> bool:
        """Whether a step gives the job a remote docker, whatever conditions hold."""
        command = self._config.all_commands.get(_prefix(step.steps) + step.name)
        if command is None:
            return step.name == _REMOTE
        if depth > _MAX_DEPTH:
            return False
        known = self._sets_up_of
        if command.name not in known:
            known[command.name] = False  # where commands use one another
            known[command.name] = any(self._sets_up(inner, depth + 1) for inner in self._steps_of(command))
        return known[command.name]

    @cached_property
    def _lists(self) -> dict[int, StepList]:
        return {id(steps.node): steps for steps in self._config.step_lists}

    def _steps_of(self, definition: Job | Command) -> list[Step]:
        steps = self._lists.get(id(definition.steps))
        return steps.items if steps else []

    @cached_property
    def _outer(self) -> dict[int, list[tuple[StepList, int]]]:
        """Where each list is inside another one: below a condition, or as an argument of a command."""
        outer: dict[int, list[tuple[StepList, int]]] = {}
        for steps in self._config.step_lists:
            for index, step in enumerate(steps.items):
                if not isinstance(step.value, Mapping) or step.name == "run":
                    continue
                for entry in self._config.lookup.entries(step.value):
                    value = resolve(entry.value)
                    if isinstance(value, Sequence) and id(value) in self._lists:
                        outer.setdefault(id(value), []).append((steps, index))
        return outer

    @cached_property
    def callers(self) -> dict[str, list[tuple[StepList, int]]]:
        """Where each command is used: the list of steps, and the index in its items."""
        callers: dict[str, list[tuple[StepList, int]]] = {}
        commands = self._config.all_commands
        for steps in self._config.step_lists:
            prefix = _prefix(steps)
            for index, step in enumerate(steps.items):
                if (name := prefix + step.name) in commands:
                    callers.setdefault(name, []).append((steps, index))
        return callers

    def _in_job(self, job: Job, *, remote: bool) -> Runtime:
        runtime = self._of_job(job)
        if runtime.problem == _NEEDS_REMOTE:
            if not remote:
                return Runtime(f"job `{job.name}` runs in Docker and has not set up remote docker before it")
            return replace(runtime, problem="")
        return runtime

    def _of_job(self, job: Job) -> Runtime:
        """The runtime of a job; its problem is `_NEEDS_REMOTE` where it would do with remote docker."""
        if job.name not in self._of_jobs:
            self._of_jobs[job.name] = self._read_job(job)
        return self._of_jobs[job.name]

    def _read_job(self, job: Job) -> Runtime:
        environments: list[Runner] = [job]
        if job.executor is not None:
            executors = self._executors(job)
            if isinstance(executors, str):
                return Runtime(executors)
            environments = list(executors)
        elif not any(job.tree.lookup.entry(job.body, name) for name in ("docker", "machine", "macos")):
            return Runtime(f"job `{job.name}` names no executor")
        found = [self._read_runner(job, runner) for runner in environments]
        problems = [runtime.problem for runtime in found if runtime.problem]
        others = [problem for problem in problems if problem != _NEEDS_REMOTE]
        doubts = tuple(dict.fromkeys(doubt for runtime in found for doubt in runtime.doubts))
        sets = names_set_by(job) | frozenset.intersection(*(names_set_by(runner) for runner in environments))
        return Runtime((others or problems or [""])[0], doubts, all(runtime.stops for runtime in found), sets)

    def _executors(self, job: Job) -> list[Executor] | str:
        """The executors of this file that a job may run on, or why they are not known."""
        names = self._config.calls.executor_names(job)
        if names is None:
            return f"job `{job.name}` runs on an executor that an expression chooses"
        executors: list[Executor] = []
        for name in names:
            executor = self._config.all_executors.get(name)
            if executor is None:
                return f"job `{job.name}` runs on the executor `{name}`, which is not defined in this file"
            executors.append(executor)
        return executors or f"job `{job.name}` runs on an executor without a name"

    def _read_runner(self, job: Job, runner: Runner) -> Runtime:
        lookup = runner.tree.lookup
        if windows := self._windows(job, runner):
            return Runtime(f"job `{job.name}` {windows}")
        shell = lookup.text(job.body, "shell") or lookup.text(runner.body, "shell")
        problem, stops = read_shell(shell.value if shell else None)
        if problem:
            return Runtime(f"job `{job.name}` {problem}")
        if lookup.entry(runner.body, "machine"):
            return self._machine(job, runner, stops=stops)
        if lookup.entry(runner.body, "macos"):
            return Runtime(f"job `{job.name}` runs on macOS, where docker is not available to the orb")
        if runner.docker is None or not runner.docker.items:
            return Runtime(f"it is unknown what job `{job.name}` runs on")
        return self._container(job, runner, stops=stops)

    def _windows(self, job: Job, runner: Runner) -> str:
        """That a job runs on Windows, or may, as far as parameters say; empty where it does not."""
        texts = _machine_texts(job, runner)
        if any("windows" in text.lower() for text in texts):
            return "runs on Windows"
        owners = [owner for owner in (job, runner) if isinstance(owner, Job | Executor)]  # either may give the size
        known = (self._config.calls.texts(owner, text, job) or () for text in texts if "<<" in text for owner in owners)
        return "may run on Windows" if any("windows" in text.lower() for each in known for text in each) else ""

    def _machine(self, job: Job, runner: Runner, *, stops: bool) -> Runtime:
        texts = _machine_texts(job, runner)
        doubts: list[str] = []
        if any("/" in text and "<<" not in text for text in texts[1:]):
            doubts.append(f"job `{job.name}` runs on a self-hosted runner: the orb needs bash there")
        if any("<<" in text for text in texts):
            doubts.append(f"a parameter decides which machine job `{job.name}` runs on: it must not be Windows")
        return Runtime("", tuple(doubts), stops)

    def _container(self, job: Job, runner: Runner, *, stops: bool) -> Runtime:
        assert runner.docker is not None
        item = resolve(runner.docker.items[0])
        image = self._config.image_of(item) if isinstance(item, Mapping) else None
        if image is None and isinstance(item, Mapping):
            image = self._config.home_of(runner).image_of(item)
        references = self._config.calls.references(image, job) if image else None
        if image is not None and not references and _is_known(image.reference):
            references = [image.reference]
        if image is None or not references:
            return Runtime(_NEEDS_REMOTE, (f"it is unknown whether the image of job `{job.name}` has bash",), stops)
        doubts: list[str] = []
        runs = "runs" if len(references) == 1 else "may run"  # an executor's image depends on who asks for it
        for reference in references:
            answer = has_bash(reference)
            if answer is False:
                return Runtime(f"job `{job.name}` {runs} in `{reference.text}`, which has no bash for `docker/check`")
            if answer is None:
                doubts.append(f"`docker/check` needs bash in `{reference.text}`, the image of job `{job.name}`")
        return Runtime(_NEEDS_REMOTE, tuple(doubts), stops)


_NEEDS_REMOTE: Final = "it needs remote docker"


def _is_known(reference: ImageReference) -> bool:
    """Whether an image can be named though a parameter in it could be anything, or has bash whatever that is."""
    closed = reference.registry is not None and not reference.repository_is_open
    return closed or has_bash(reference) is not None


def read_shell(text: str | None) -> tuple[str, bool]:
    """Why a `shell` is not the orb's, and whether a command that fails ends the step; by default it does."""
    if text is None:
        return "", True
    words = text.split()
    if "<<" in text or not words:
        return "has a shell that a parameter decides", False
    name = words.pop(0).rpartition("/")[2]
    if name == "env" and words:
        name = words.pop(0).rpartition("/")[2]
    if name != "bash":
        return f"has the shell `{text}`, but the docker orb needs bash", False
    stops = any(re.fullmatch(r"-[a-z]*e[a-z]*", word) for word in words) or "errexit" in words
    return "", stops


def _machine_texts(job: Job, runner: Runner) -> list[str]:
    """The image of a machine, empty where there is none, and its size."""
    lookup = runner.tree.lookup
    machine = runner.machine
    texts = [text_of(lookup.get(machine, "image") if isinstance(machine, Mapping) else machine) or ""]
    if isinstance(machine, Mapping) and (size := lookup.text(machine, "resource_class")):
        texts.append(size.value)
    sizes = [size for body in (job.body, runner.body) if (size := lookup.text(body, "resource_class"))]
    return texts + [size.value for size in sizes[:1]]


def _prefix(steps: StepList) -> str:
    return next((owner.prefix for owner in steps.owners if not isinstance(owner, Invocation)), "")
