"""Who runs what: invocations of jobs, jobs on executors, and the values that parameters take on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from migrator.circleci.definitions import Executor, Job
from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.circleci.parameters import MAX_VALUES, expand, only_name, text_of
from migrator.circleci.references import ImageReference, parse_reference
from migrator.circleci.workflows import Invocation
from migrator.tree import Mapping, Node, Sequence, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config


class Call(NamedTuple):
    """A use of an executor: by which job, or by which invocation that passes the executor on, with which arguments."""

    executor: Executor
    job: Job | None
    arguments: Mapping | None


class Calls:
    """Built on the first question. Looks at the whole packed tree where there is one."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._known: dict[tuple[int, str], tuple[str, ...] | None] = {}
        self.undecided: list[Job] = []
        """Jobs whose executor an expression decides that cannot be read."""

    @cached_property
    def by_job(self) -> dict[str, list[Invocation]]:
        """Invocations that run something, by the name that they invoke."""
        invocations: dict[str, list[Invocation]] = {}
        for invocation in self._config.all_invocations():
            if invocation.body is None or invocation.runs_a_job:
                invocations.setdefault(invocation.name, []).append(invocation)
        return invocations

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
        jobs = self._config.all_jobs

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
            parameter = only_name(node.value) if isinstance(node, Text) else None
            if parameter is None or parameter[0] != "parameters":
                call = self._call(node, job.prefix, job)
                if call:
                    note(call, invocations)
                elif isinstance(node, Text) and "<<" in node.value:
                    self.undecided.append(job)
                continue
            default = job.parameters.get(parameter[1])
            by_default = self._call(default.default, job.prefix, job) if default and default.default else None
            if by_default:
                note(by_default, [i for i in invocations if not i.is_given(parameter[1])])
            for invocation in invocations:
                for value in _passed(invocation, parameter[1]):
                    if call := self._call(value, "", job):
                        note(call, [invocation])
        for name, invocations in self.by_job.items():
            if name in jobs:
                continue
            for invocation in invocations:
                for value in _passed_to_orb(invocation):
                    if call := self._call(value, "", None):
                        note(call, [invocation])
        return {name: list(known.values()) for name, known in running.items()}, calls

    def _call(self, node: Node, prefix: str, job: Job | None) -> Call | None:
        """The use of a local executor that a value is: a name, or a mapping of `name` and arguments."""
        node = resolve(node)
        arguments = node if isinstance(node, Mapping) else None
        name = text_of(self._config.lookup.get(node, "name") if isinstance(node, Mapping) else node)
        executor = self._config.all_executors.get(prefix + name) if name else None
        return Call(executor, job, arguments) if executor else None

    def references(self, image: Image) -> list[ImageReference] | None:
        """Every reference that parameters can make of an image; `None` if that cannot be told."""
        references: dict[str, ImageReference] = {}
        for runner in image.runners:
            texts = image.text.options or expand(image.text.value, self._values_in(runner))
            if texts is None:
                return None
            for text in texts:
                references[text] = parse_reference(text)
            if len(references) > MAX_VALUES:
                return None
        return list(references.values())

    def _values_in(self, runner: Job | Executor) -> Callable[[str, str], Iterable[str] | None]:
        def values(kind: str, name: str) -> Iterable[str] | None:
            if kind == "pipeline.parameters":
                return self._config.pipeline_values(name)
            return self._values(runner, name) if kind == "parameters" else None

        return values

    def _values(self, runner: Job | Executor, name: str) -> tuple[str, ...] | None:
        key = (id(runner), name)
        if key not in self._known:
            self._known[key] = None
            parameter = runner.parameters.get(name)
            if parameter is None:
                return None
            given = list(self._given(runner, name))
            if parameter.default is not None:
                given.append(self._expand_outside(text_of(parameter.default), None))
            found: dict[str, None] = {}
            if (runner.config.is_orb_source or not given) and parameter.enum:
                given = [parameter.enum]
            elif runner.config.is_orb_source:
                given = []
            for values in given:
                if values is None:
                    return None
                found.update(dict.fromkeys(values))
            self._known[key] = tuple(found) or None
        return self._known[key]

    def _given(self, runner: Job | Executor, name: str) -> Iterator[tuple[str, ...] | None]:
        """What each invocation of a job, or each use of an executor, gives a parameter."""
        if isinstance(runner, Executor):
            for call in self.calls_of(runner):
                value = self._config.lookup.get(call.arguments, name) if call.arguments else None
                if value is not None:
                    text = text_of(value)
                    inside = self._values_in(call.job) if call.job else self._pipeline_only
                    yield expand(text, inside) if text is not None else None
            return
        for invocation in self.by_job.get(runner.name, []):
            argument = invocation.argument(name)
            if argument is not None:
                yield self._expand_outside(text_of(argument), invocation)
            elif invocation.is_given(name):
                values = invocation.matrix_values(name)
                yield values if values is None else self._expand_all(values)

    def _expand_all(self, texts: tuple[str, ...]) -> tuple[str, ...] | None:
        found: list[str] = []
        for text in texts:
            values = self._expand_outside(text, None)
            if values is None:
                return None
            found.extend(values)
        return tuple(found)

    def _expand_outside(self, text: str | None, invocation: Invocation | None) -> tuple[str, ...] | None:
        """A text of a workflow or a default: there are pipeline parameters, and those of the invocation's matrix."""

        def values(kind: str, name: str) -> Iterable[str] | None:
            if kind == "matrix" and invocation:
                return invocation.matrix_values(name)
            return self._pipeline_only(kind, name)

        return expand(text, values) if text is not None else None

    def _pipeline_only(self, kind: str, name: str) -> Iterable[str] | None:
        return self._config.pipeline_values(name) if kind == "pipeline.parameters" else None


def _passed(invocation: Invocation, name: str) -> Iterator[Node]:
    """The values of one parameter in an invocation, those of a matrix one by one."""
    argument = invocation.argument(name)
    if argument is not None:
        yield argument
        return
    parameters = invocation.matrix_parameters()
    values = invocation.config.lookup.get(parameters, name) if parameters else None
    if isinstance(values, Sequence):
        yield from (resolve(item) for item in values.items)


def _passed_to_orb(invocation: Invocation) -> Iterator[Node]:
    """What an orb's job is given as its executor, by parameters that say so in their name."""
    for section in (invocation.body, invocation.matrix_parameters()):
        for entry in invocation.config.lookup.entries(section) if section else ():
            name, value = key_of(entry), resolve(entry.value)
            if name is not None and "exec" in name:
                yield from (resolve(item) for item in value.items) if isinstance(value, Sequence) else (value,)
