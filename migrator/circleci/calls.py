"""Who runs what: invocations of jobs, jobs on executors, and the values that parameters take on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as SequenceOf
from typing import Final, NamedTuple, TypeAlias

from migrator.circleci.declarations import Declarations
from migrator.circleci.definitions import Executor, Job
from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.circleci.parameters import MAX_VALUES, expand, only_name, text_of
from migrator.circleci.references import ImageReference, parse_reference
from migrator.circleci.workflows import Invocation
from migrator.startup.records import cached_property
from migrator.tree import Mapping, Node, Sequence, Text, resolve

Values: TypeAlias = Callable[[str, str], Iterable[str] | None]
"""What a parameter may be, by the kind of it and its name; `None` where that cannot be known."""


class Call(NamedTuple):
    """A use of an executor: by which job, or by which invocation that passes the executor on, with which arguments."""

    executor: Executor
    job: Job | None
    arguments: Mapping | None


class Choice(NamedTuple):
    """An executor by its full name, and the value that names it: a text, or a mapping of `name` and arguments."""

    name: str
    value: Node


class Calls:
    """Built on the first question. Looks at the whole packed tree where there is one."""

    def __init__(self, file: Declarations) -> None:
        self._file = file
        self._known: dict[tuple[int, str, int], tuple[str, ...] | None] = {}
        self.undecided: list[Job] = []
        """Jobs whose executor an expression decides that cannot be read."""
        self.handed: dict[str, list[tuple[Invocation, str]]] = {}
        """By an executor's name, the invocations of orb jobs that get this name by a parameter of unknown type."""

    @cached_property
    def by_job(self) -> dict[str, list[Invocation]]:
        """Invocations that run something, by the name that they invoke."""
        invocations: dict[str, list[Invocation]] = {}
        for invocation in self._file.all_invocations():
            if invocation.body is None or invocation.runs_a_job:
                invocations.setdefault(invocation.name, []).append(invocation)
        jobs = self._file.all_jobs
        return {name: found for name, found in invocations.items() if name not in jobs or jobs[name].runs}

    def invocations_on(self, runner: Job | Executor) -> list[Invocation]:
        """The invocations that run in the environment of a job with its own one, or of an executor."""
        if isinstance(runner, Job):
            return self.by_job.get(runner.name, [])
        return self._on_executors[0].get(runner.name, [])

    def calls_of(self, executor: Executor) -> list[Call]:
        return self._on_executors[1].get(executor.name, [])

    @cached_property
    def _on_executors(self) -> tuple[dict[str, list[Invocation]], dict[str, list[Call]]]:
        running: dict[str, dict[int, Invocation]] = {}
        calls: dict[str, list[Call]] = {}
        jobs = self._file.all_jobs

        def note(call: Call, invocations: Iterable[Invocation]) -> None:
            name = call.executor.name
            calls.setdefault(name, []).append(call)
            known = running.setdefault(name, {})
            for invocation in invocations:
                known[id(invocation)] = invocation

        for job in jobs.values():
            node = job.executor
            if node is None:
                continue
            invocations = self.by_job.get(job.name, [])
            name = self._executor_name(node)
            if name is None or "<<" not in name:
                if call := self._call(Choice(job.prefix + (name or ""), node), job):
                    note(call, invocations)
                continue
            for invocation in (None, *invocations):
                choices = self._choices(job, node, invocation)
                if choices is None and (invocation or not invocations) and job not in self.undecided:
                    self.undecided.append(job)
                for choice in choices or ():
                    if call := self._call(choice, job):
                        note(call, [invocation] if invocation else [])
        for name, invocations in self.by_job.items():
            if name in jobs:
                continue
            for invocation in invocations:
                for parameter, value in _passed_to_orb(invocation):
                    for choice in self._named(value, "", self._outside(invocation)) or ():
                        if (call := self._call(choice, None)) is None:
                            continue
                        if call.arguments or "exec" in parameter:
                            note(call, [invocation])
                        else:
                            self.handed.setdefault(choice.name, []).append((invocation, parameter))
        return {name: list(known.values()) for name, known in running.items()}, calls

    def executor_names(self, job: Job) -> list[str] | None:
        """The full names of what a job runs on in any of its invocations; `None` if one of them cannot be known."""
        names: dict[str, None] = {}
        invocations: SequenceOf[Invocation | None] = self.by_job.get(job.name, ()) or (None,)
        for invocation in invocations:
            choices = self._choices(job, job.executor, invocation) if job.executor else []
            if choices is None:
                return None
            names.update((choice.name, None) for choice in choices)
        return list(names)

    def _choices(self, job: Job, node: Node, invocation: Invocation | None) -> list[Choice] | None:
        """What a job runs on in one invocation, or by its defaults; `None` if that cannot be known."""
        parameter = only_name(node.value) if isinstance(node, Text) else None
        if parameter is None or parameter[0] != "parameters":
            return self._named(node, job.prefix, self._inside(job, invocation))
        if invocation and invocation.is_given(parameter[1]):
            passed = [self._named(v, "", self._outside(invocation)) for v in invocation.passed(parameter[1])]
            return [choice for choices in passed for choice in choices or ()] if passed and None not in passed else None
        declared = job.parameters.get(parameter[1])
        if declared is None or declared.default is None:
            return []
        return self._named(declared.default, job.prefix, self._outside(None))

    def _named(self, value: Node, prefix: str, values: Values) -> list[Choice] | None:
        """The executors that a value can name; `None` if templates could make it anything."""
        name = self._executor_name(value)
        names = expand(name, values) if name else ()
        return None if names is None else [Choice(prefix + name, value) for name in names]

    def _executor_name(self, value: Node) -> str | None:
        value = resolve(value)
        return text_of(self._file.lookup.get(value, "name") if isinstance(value, Mapping) else value)

    def _call(self, choice: Choice, job: Job | None) -> Call | None:
        """The use of an executor of this tree; `None` for one of an imported orb."""
        executor = self._file.all_executors.get(choice.name)
        value = resolve(choice.value)
        return Call(executor, job, value if isinstance(value, Mapping) else None) if executor else None

    def references(self, image: Image, job: Job | None = None) -> list[ImageReference] | None:
        """Every reference that parameters can make of an image; `None` if that cannot be known. With a job, as the
        image is where that job runs in an executor that has it: what other jobs pass to the executor is theirs."""
        references: dict[str, ImageReference] = {}
        for runner in image.environments:
            texts = image.text.options or expand(image.text.value, self._values_in(runner, job))
            if texts is None:
                return None
            for text in texts:
                references[text] = parse_reference(text)
            if len(references) > MAX_VALUES:
                return None
        return list(references.values())

    def texts(self, runner: Job | Executor, text: str, job: Job | None = None) -> tuple[str, ...] | None:
        """Every text that parameters make of one of a job or an executor; `None` if that cannot be known. With a job,
        as `references` has it."""
        if isinstance(runner, Executor):
            return expand(text, self._values_in(runner, job))
        found: dict[str, None] = {}
        invocations: SequenceOf[Invocation | None] = self.by_job.get(runner.name, ()) or (None,)
        for invocation in invocations:
            texts = expand(text, self._inside(runner, invocation))
            if texts is None:
                return None
            found.update(dict.fromkeys(texts))
        return tuple(found)

    def _values_in(self, runner: Job | Executor, job: Job | None = None) -> Values:
        def values(kind: str, name: str) -> Iterable[str] | None:
            if kind == "pipeline.parameters":
                return self._file.pipeline_values(name)
            return self._values(runner, name, job) if kind == "parameters" else None

        return values

    def _values(self, runner: Job | Executor, name: str, job: Job | None) -> tuple[str, ...] | None:
        key = (id(runner), name, id(job))
        if key not in self._known:
            self._known[key] = None
            parameter = runner.parameters.get(name)
            if parameter is None:
                return None
            given, by_default = self._given(runner, name, job)
            if by_default and parameter.default is not None:
                given.append(self._expand_outside(text_of(parameter.default), None))
            found: dict[str, None] = {}
            if (self._file.is_invoked_elsewhere or not given) and parameter.enum:
                given = [parameter.enum]
            elif self._file.is_invoked_elsewhere:
                given = []
            for values in given:
                if values is None:
                    return None
                found.update(dict.fromkeys(values))
            self._known[key] = tuple(found) or None
        return self._known[key]

    def _given(self, runner: Job | Executor, name: str, job: Job | None) -> tuple[list[tuple[str, ...] | None], bool]:
        """What each invocation of a job, or each use of an executor, gives a parameter, by one job where it is given;
        and whether one of them leaves it to its default, which is so as well where none is known."""
        given: list[tuple[str, ...] | None] = []
        if isinstance(runner, Job):
            invocations = self.by_job.get(runner.name, [])
            given += [self._argument(i, name) for i in invocations if i.is_given(name)]
            return given, not invocations or len(given) < len(invocations)
        calls = [call for call in self.calls_of(runner) if job is None or call.job is job]
        for call in calls:
            value = self._file.lookup.get(call.arguments, name) if call.arguments else None
            if value is not None:
                text = text_of(value)
                inside = self._values_in(call.job) if call.job else self._pipeline_only
                given.append(expand(text, inside) if text is not None else None)
        others = job is None and (bool(self.undecided) or runner.name in self.handed)
        return given, others or not calls or len(given) < len(calls)

    def _argument(self, invocation: Invocation, name: str) -> tuple[str, ...] | None:
        """What an invocation gives a parameter, itself or by its matrix."""
        argument = invocation.argument(name)
        if argument is not None:
            return self._expand_outside(text_of(argument), invocation)
        values = invocation.matrix_values(name)
        return None if values is None else self._expand_all(values)

    def _expand_all(self, texts: tuple[str, ...]) -> tuple[str, ...] | None:
        found: list[str] = []
        for text in texts:
            values = self._expand_outside(text, None)
            if values is None:
                return None
            found.extend(values)
        return tuple(found)

    def _expand_outside(self, text: str | None, invocation: Invocation | None) -> tuple[str, ...] | None:
        return expand(text, self._outside(invocation)) if text is not None else None

    def _outside(self, invocation: Invocation | None) -> Values:
        """For a text of a workflow or a default, which may name pipeline parameters and those of its matrix."""

        def values(kind: str, name: str) -> Iterable[str] | None:
            if kind == "matrix" and invocation:
                given = invocation.matrix_values(name)
                return None if given is None else self._expand_all(given)
            return self._pipeline_only(kind, name)

        return values

    def _inside(self, job: Job, invocation: Invocation | None) -> Values:
        """For a text of a job, which may name its parameters: as one invocation gives them, or their defaults."""

        def values(kind: str, name: str) -> Iterable[str] | None:
            if kind != "parameters":
                return self._pipeline_only(kind, name)
            if invocation and invocation.is_given(name):
                return self._argument(invocation, name)
            parameter = job.parameters.get(name)
            if parameter is None or parameter.default is None:
                return None
            return self._expand_outside(text_of(parameter.default), None)

        return values

    def _pipeline_only(self, kind: str, name: str) -> Iterable[str] | None:
        return self._file.pipeline_values(name) if kind == "pipeline.parameters" else None


# docs: configuration-reference, `jobs` of a workflow. Any other key is a parameter of the job.
INVOCATION_KEYS: Final = frozenset((
    "name", "requires", "context", "type", "filters", "matrix", "pre-steps", "post-steps", "serial-group",
    "override-with",
))  # fmt: skip


def _passed_to_orb(invocation: Invocation) -> Iterator[tuple[str, Node]]:
    """The parameters of an orb's job, whose types are not known here; the values of a matrix one by one."""
    for section in (invocation.body, invocation.matrix_parameters()):
        for entry in invocation.tree.lookup.entries(section) if section else ():
            name, value = key_of(entry), resolve(entry.value)
            if name is not None and name not in INVOCATION_KEYS:
                values = value.items if isinstance(value, Sequence) else (value,)
                yield from ((name, resolve(item)) for item in values)
