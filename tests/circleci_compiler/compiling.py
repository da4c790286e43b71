"""A config from its text to what is run: the workflows, and each of their invocations as a job of its own."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from tests.circleci_compiler import loading
from tests.circleci_compiler.errors import Compiled, ConfigError, UnknownError
from tests.circleci_compiler.jobs import Builder
from tests.circleci_compiler.scopes import Opaque, OrbSource, Scope, checked, declarations, read_scope, unknown
from tests.circleci_compiler.templates import Names, fill, holds

AROUND = ("pre-steps", "post-steps")
PLACING = ("requires", "context", "filters", "type", "serial-group", "override-with")
STATUSES = {"success", "failed", "canceled", "unauthorized", "not_run", "terminal"}
VALUES = {
    "id": "00000000-0000-0000-0000-000000000001", "number": 1, "project.git_url": "https://github.com/acme/api",
    "project.type": "github", "git.branch": "main", "git.tag": "", "git.revision": "0" * 40,
    "git.base_revision": "0" * 40,
    "git.branch.is_default": True, "trigger_source": "webhook", "in_setup": False,
}  # fmt: skip


def compile_config(
    text: str,
    *,
    parameters: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
    orbs: OrbSource = lambda _: None,
    keeps_orbs: bool = False,
) -> Compiled:
    """What CircleCI would run. `values` are pipeline values without `pipeline.`; `orbs` gives the sources of orbs."""
    try:
        content = loading.load(text)
        version = str(content.get("version"))
        if version in ("2", "2.0"):
            return Compiled(loading.dump(_second(content)))
        if version != "2.1":
            raise ConfigError(f"version: {version} is not supported")
        return Compiled(loading.dump(_Config(content, parameters or {}, values or {}, orbs, keeps_orbs).run()))
    except ConfigError as error:
        return Compiled(errors=(str(error),))
    except UnknownError as error:
        return Compiled(errors=(f"cannot compile: {error}",), unknown=True)


class _Config:
    def __init__(
        self, content: dict[str, Any], parameters: Mapping[str, Any], values: Mapping[str, Any], orbs: OrbSource,
        keeps_orbs: bool,
    ) -> None:  # fmt: skip
        self.content = content
        self.builder = Builder(keeps_orbs)
        declared = declarations(content, "parameters", ("string", "boolean", "integer", "enum"))
        if extra := [name for name in parameters if name not in declared]:
            raise ConfigError(f"Unexpected argument(s): {', '.join(extra)}")
        given = {}
        for name, each in declared.items():
            if name not in parameters and "default" not in each:
                raise ConfigError(f"Missing required argument(s): {name}")
            value = parameters.get(name, each.get("default"))
            given[name] = checked(value, each, f"Type error for argument {name}")
        self.names = Names(pipeline={**VALUES, **values}, pipeline_parameters=given)
        self.scope = read_scope(content, orbs, self.names)
        self.jobs: dict[str, dict[str, Any]] = {}

    def run(self) -> dict[str, Any]:
        if self.content.get("job-groups"):
            raise UnknownError("job-groups")
        compiled: dict[str, Any] = {}
        for name, body in self._workflows().items():
            if not isinstance(body, dict):
                raise ConfigError(f"workflows.{name}: expected type: Mapping")
            if extra := set(body) - {"jobs", "when", "unless", "triggers", "max_auto_reruns"}:
                raise ConfigError(f"workflows.{name}: extraneous key [{min(extra)}] is not permitted")
            runs = ("when" not in body or holds(body["when"], self.names)) and (
                "unless" not in body or not holds(body["unless"], self.names)
            )
            kept = dict(self.jobs)
            made = self._workflow(name, body)
            if runs:
                compiled[name] = made
            else:
                self.jobs = kept
        if self.content.get("setup") is True and len(compiled) > 1:
            raise ConfigError("Setup configurations must have exactly one workflow")
        setup = {"setup": True} if self.content.get("setup") is True else {}
        return {"version": 2, **setup, "jobs": self.jobs, "workflows": {"version": 2, **compiled}}

    def _workflows(self) -> dict[str, Any]:
        found = self.content.get("workflows")
        if found is None:
            if "build" not in self.scope.jobs:
                raise ConfigError("Config has neither workflows nor a job named build")
            return {"workflow": {"jobs": ["build"]}}
        if not isinstance(found, dict):
            raise ConfigError("workflows: expected type: Mapping")
        return {name: body for name, body in found.items() if name != "version"}

    # -- one workflow

    def _workflow(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        items = body.get("jobs")
        if not isinstance(items, list) or not items:
            raise ConfigError(f"workflows.{name}: required key [jobs] not found")
        placed: dict[str, dict[str, Any]] = {}
        groups: dict[str, list[str]] = {}  # what a name in `requires` stands for
        for item in items:
            job, given = _invocation(item, f"workflows.{name}")
            for one, alias in self._invocations(job, given, placed, name):
                groups.setdefault(alias, []).append(one)
                if alias != one:
                    groups.setdefault(one, []).append(one)
        _join(name, placed, groups)
        triggers = {"triggers": body["triggers"]} if "triggers" in body else {}
        return {**triggers, "jobs": [{one: settings} if settings else one for one, settings in placed.items()]}

    def _invocations(
        self, job: str, given: dict[str, Any], placed: dict[str, dict[str, Any]], workflow: str
    ) -> list[tuple[str, str]]:
        """Each combination of a matrix, or the one invocation: its name, and the name that stands for all of them."""
        where = f"workflows.{workflow}: Error calling job: '{job}'"
        matrix = given.pop("matrix", None)
        if matrix is None:
            title = str(fill(given.pop("name", job), self.names))
            return [(self._place(job, title, given, {}, placed, where), title)]
        if (
            not isinstance(matrix, dict)
            or set(matrix) - {"parameters", "exclude", "alias"}
            or "parameters" not in matrix
        ):
            raise ConfigError(f"{where}: matrix needs parameters, and may have exclude and alias")
        alias = str(matrix.get("alias", job))
        title = given.pop("name", None)
        made = []
        for chosen in _combinations(fill(matrix["parameters"], self.names), matrix.get("exclude", []), where):
            names = self.names.but(matrix=chosen)
            default = "-".join([job, *(_word(value) for value in chosen.values())])
            one = default if title is None else str(fill(title, names))
            made.append((self._place(job, one, given, chosen, placed, where), alias))
        return made

    def _place(
        self, job: str, title: str, given: dict[str, Any], chosen: dict[str, Any], placed: dict[str, dict[str, Any]],
        where: str,
    ) -> str:  # fmt: skip
        names = self.names.but(matrix=chosen) if chosen else self.names
        settings = {name: fill(given[name], names) for name in PLACING if name in given}
        arguments = {name: value for name, value in given.items() if name not in (*PLACING, *AROUND)}
        _check_context(settings.get("context"), where)
        if settings.get("type") == "approval":
            if arguments or AROUND[0] in given or AROUND[1] in given:
                raise ConfigError(f"{where}: an approval job takes no arguments")
            return _unique(title, placed, settings)
        made = self._job(job, {**arguments, **chosen}, given, names, where)
        one = self._named(title, made, placed)
        self.jobs[one] = made
        placed[one] = settings
        return one

    def _job(
        self, job: str, arguments: dict[str, Any], given: dict[str, Any], names: Names, where: str
    ) -> dict[str, Any]:
        scope, builder = self.scope, self.builder
        found = scope.find("jobs", job)
        if found is None:
            raise ConfigError(f"{where}: Cannot find a definition for job named {job}")
        around = [builder.steps(given.get(key, []), scope, names, where) for key in AROUND]
        if isinstance(found, Opaque):
            if not builder.keeps_orbs:
                raise unknown(found)
            return {
                "orb-job": f"{found.name}/{job.partition('/')[2]}",
                "given": fill(arguments, names),
                "around": around,
            }
        owner, body = found
        bound = builder.arguments(body, arguments, (scope, names), (owner, names), where)
        return builder.job(job, body, owner, names.but(parameters=bound), (around[0], around[1]))

    def _named(self, title: str, made: dict[str, Any], placed: dict[str, dict[str, Any]]) -> str:
        """The name, with a number where another job has it."""
        for number in itertools.count():
            one = f"{title}-{number}" if number else title
            if one not in placed and self.jobs.get(one, made) == made:
                return one
        raise AssertionError


def _invocation(item: Any, where: str) -> tuple[str, dict[str, Any]]:
    if isinstance(item, str):
        return item, {}
    if isinstance(item, dict) and len(item) == 1:
        (job, given), *_ = item.items()
        if given is None or isinstance(given, dict):
            return job, dict(given or {})
    raise ConfigError(f"{where}: an invocation is no name or map of one name")


def _unique(title: str, placed: dict[str, dict[str, Any]], settings: dict[str, Any]) -> str:
    one = next(name for n in itertools.count() if (name := f"{title}-{n}" if n else title) not in placed)
    placed[one] = settings
    return one


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _combinations(parameters: Any, excluded: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(parameters, dict) or not all(
        isinstance(values, list) and values for values in parameters.values()
    ):
        raise ConfigError(f"{where}: parameters of a matrix are lists of values")
    if not isinstance(excluded, list) or not all(isinstance(e, dict) and set(e) == set(parameters) for e in excluded):
        raise ConfigError(f"{where}: exclude names other parameters than the matrix has")
    made = [dict(zip(parameters, values, strict=True)) for values in itertools.product(*parameters.values())]
    if missing := [each for each in excluded if each not in made]:
        raise ConfigError(f"{where}: exclude {missing[0]} is none of the matrix")
    return [each for each in made if each not in excluded]


def _check_context(context: Any, where: str) -> None:
    names = context if isinstance(context, list) else [] if context is None else [context]
    if not all(isinstance(each, str) for each in names):
        raise ConfigError(f"{where}: context: expected type: String or List of String")


def _join(workflow: str, placed: dict[str, dict[str, Any]], groups: Mapping[str, list[str]]) -> None:
    """Resolve `requires`, and refuse what is not there and what waits for itself."""
    waits: dict[str, list[str]] = {}
    for one, settings in placed.items():
        wanted = settings.get("requires", [])
        if not isinstance(wanted, list):
            raise ConfigError(f"workflows.{workflow}: {one}: requires: expected type: List")
        joined: list[Any] = []
        waits[one] = []
        for each in wanted:
            name, status = next(iter(each.items())) if isinstance(each, dict) and len(each) == 1 else (each, None)
            if status is not None and not set(status if isinstance(status, list) else [status]) <= STATUSES:
                raise ConfigError(f"workflows.{workflow}: {one}: requires {name} with an unknown status")
            if name not in groups:
                raise ConfigError(
                    f"Job '{one}' requires '{name}', which is the name of 0 other jobs in workflow '{workflow}'"
                )
            joined += [{other: status} if status is not None else other for other in groups[name]]
            waits[one] += groups[name]
        if "requires" in settings:
            settings["requires"] = joined
    while ready := [one for one, others in waits.items() if not any(other in waits for other in others)]:
        for one in ready:
            del waits[one]
    if waits:
        raise ConfigError(f"workflows.{workflow}: {', '.join(waits)} wait for one another")


# -- version 2


def _second(content: dict[str, Any]) -> dict[str, Any]:
    """A config of version 2: without parameters, commands and orbs; what is run is what is written."""
    for key in ("orbs", "commands", "executors", "parameters"):
        if content.get(key):
            raise ConfigError(f"{key} need version 2.1")
    jobs = content.get("jobs")
    if not isinstance(jobs, dict):
        raise ConfigError("required key [jobs] not found")
    builder, scope, names = Builder(), Scope(), Names()
    compiled = {}
    for name, body in jobs.items():
        if not isinstance(body, dict) or not isinstance(body.get("steps"), list):
            raise ConfigError(f"jobs.{name}: required key [steps] not found")
        escaped = _escaped(body)
        read_scope({"jobs": {"x": escaped}}, lambda _: None, names)
        compiled[name] = builder.job(name, escaped, scope, names, ([], []))
    if "workflows" not in content:
        if "build" not in jobs:
            raise ConfigError("Config has neither workflows nor a job named build")
        return {
            "version": 2,
            "jobs": {"build": compiled["build"]},
            "workflows": {"version": 2, "workflow": {"jobs": ["build"]}},
        }
    workflows: dict[str, Any] = {"version": 2}
    for name, body in content["workflows"].items():
        if name != "version":
            workflows[name] = _second_workflow(name, body, jobs)
    return {"version": 2, "jobs": compiled, "workflows": workflows}


def _second_workflow(name: str, body: Any, jobs: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(body, dict) or not isinstance(body.get("jobs"), list):
        raise ConfigError(f"workflows.{name}: required key [jobs] not found")
    placed = {}
    for item in body["jobs"]:
        job, given = _invocation(item, f"workflows.{name}")
        if job not in jobs and given.get("type") != "approval":
            raise ConfigError(f"workflows.{name}: The job {job} is not defined")
        if extra := set(given) - set(PLACING):
            raise ConfigError(f"workflows.{name}: {job}: extraneous key [{min(extra)}] is not permitted")
        _check_context(given.get("context"), f"workflows.{name}")
        placed[job] = given
    _join(name, placed, {job: [job] for job in placed})
    rest = {key: value for key, value in body.items() if key != "jobs"}
    return {**rest, "jobs": [{job: given} if given else job for job, given in placed.items()]}


def _escaped(value: Any) -> Any:
    """In version 2 `<<` is a text like any other."""
    if isinstance(value, str):
        return value.replace("<<", "\\<<")
    if isinstance(value, dict):
        return {key: _escaped(inner) for key, inner in value.items()}
    return [_escaped(inner) for inner in value] if isinstance(value, list) else value
