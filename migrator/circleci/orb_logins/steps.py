"""Steps whose scripts log in to a registry, each script with all the steps that run it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from migrator.changes import Value, value_of
from migrator.circleci.definitions import Command, Job
from migrator.circleci.lookup import key_of
from migrator.circleci.orb_logins.scripts import mentions_login
from migrator.circleci.parameters import only_name, text_of
from migrator.circleci.runtimes import Runtime, Runtimes, read_shell
from migrator.circleci.shell.quoting import is_variable_name
from migrator.circleci.shell.statements import affects_login
from migrator.circleci.steps import Step, StepList
from migrator.startup.patterns import lazy
from migrator.startup.records import cached_property, field, record
from migrator.tree import Alias, Mapping, Node, Sequence, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_CARRIED: Final = frozenset({"name", "command", "working_directory", "no_output_timeout"})
# Of docs: reference/variables, "Built-in environment variables", those that may name a user or be a password.
BUILT_IN_VARIABLES: Final = frozenset({
    "CIRCLE_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2", "CIRCLE_PROJECT_REPONAME", "CIRCLE_PROJECT_USERNAME",
    "CIRCLE_PR_USERNAME", "CIRCLE_USERNAME",
})  # fmt: skip
NOTHING_RUNS_IT: Final = "nothing in this file runs it"
_DEPRECATED: Final = "it is in a `deploy` step, which CircleCI has deprecated: use `run`"
_JOB: Final = lazy(r"job `[^`]*`")
_FALSE: Final = frozenset({"false", "no", "off"})
# Options of bash for a login shell and an interactive one, alone or among others: `-eil`.
_READS_FILES: Final = lazy(r"-[a-zA-Z]*[il][a-zA-Z]*|--login")


@record
class Use:
    """A step in its list. `position` counts all items of `steps.node`, `index` those of `steps.items`."""

    steps: StepList
    index: int
    step: Step

    @property
    def position(self) -> int:
        return next(i for i, item in enumerate(self.steps.node.items) if item is self.step.item)

    @property
    def item(self) -> Node:
        """The step itself, wherever it is defined."""
        return resolve(self.step.item)


@record(frozen=False)
class StepScript:
    """A script and the steps that run it: several where anchors share it."""

    text: Text
    uses: list[Use] = field(default_factory=list)

    @property
    def items(self) -> list[Node]:
        """The steps, each once."""
        return list({id(use.item): use.item for use in self.uses}.values())

    @property
    def lists(self) -> list[Use]:
        """One use for each place in a list."""
        return list({(id(use.steps.node), use.position): use for use in self.uses}.values())


class LoginSteps:
    """The scripts of one file that mention a login; nothing else is looked at where there are none."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._texts = _texts(config.root)
        self.runtimes = Runtimes(config)

    def __bool__(self) -> bool:
        return bool(self._texts)

    @cached_property
    def scripts(self) -> list[StepScript]:
        wanted = {id(text) for text in self._texts}
        found: dict[int, StepScript] = {}
        for steps in self._config.step_lists:
            for index, step in enumerate(steps.items):
                text = step.script
                if text is not None and id(text) in wanted:
                    found.setdefault(id(text), StepScript(text)).uses.append(Use(steps, index, step))
        return list(found.values())

    @property
    def others(self) -> Iterator[tuple[Text, str, bool]]:
        """Texts that no `run` step of this file runs, why that is so, and whether they are written as scripts."""
        known = {id(script.text) for script in self.scripts}
        parents = self._config.parents
        for text in self._texts:
            if id(text) in known:
                continue
            entry = parents.entry(text)
            name = key_of(entry) if entry is not None else None
            holder = parents.parent(text)
            above = parents.entry(holder) if holder is not None and name == "command" else entry
            reason = NOTHING_RUNS_IT
            if above is not None and key_of(above) == "deploy":
                reason = "; ".join([_DEPRECATED, *self._of_deploy(text)])
            elif name not in ("run", "command", "deploy") and not self._is_left_over(text):
                given = f"the value of `{name}`" if name else "an item of a list"
                reason = f"it is {given}, and this file does not reveal how that is used"
            yield text, reason, name in ("run", "command", "deploy")

    def _of_deploy(self, text: Text) -> list[str]:
        """What else is in the way of a script of a `deploy` step."""
        uses = [
            Use(steps, index, step)
            for steps in self._config.step_lists
            for index, step in enumerate(steps.items)
            if step.name == "deploy" and step.command() is text
        ]
        return self.around(StepScript(text, uses), frozenset())

    def around(self, script: StepScript, uses: frozenset[str]) -> list[str]:
        """All that keeps the logins of a script, which read these variables, in their steps and jobs."""
        problems = [problem for use in script.uses if (problem := why_not_carried(use.step, uses)[0])]
        # Of what several jobs have in the way, the first.
        of_jobs = {_JOB.sub("", runtime.problem): runtime.problem for runtime in reversed(self.runs(script))}
        problems += [problem for problem in reversed(of_jobs.values()) if problem]
        return list(dict.fromkeys(problems))

    def _is_left_over(self, text: Text) -> bool:
        """Whether a text was there for aliases, and has none."""
        return text.anchor is not None and not self._config.uses.aliases(text)

    def runs(self, script: StepScript) -> list[Runtime]:
        found = [runtime for use in script.uses for runtime in self.runtimes.of(use.steps, use.index)]
        return list(dict.fromkeys(found))

    def variables(self, script: StepScript, name: str) -> list[str]:
        """The variables that a name in a script stands for: itself, or what its users give to the parameter it is."""
        parameter = only_name(name)
        if parameter is None:
            return [name]
        found: list[str] = []
        for use in script.uses:
            for owner in self.runtimes.scopes(use.steps):
                if isinstance(owner, Job | Command):
                    found += self._given(owner, parameter[1])
        return list(dict.fromkeys(value for value in found if "<<" not in value))

    def _given(self, owner: Job | Command, parameter: str) -> list[str]:
        given: list[Node | None] = []
        if isinstance(owner, Command):
            callers = self.runtimes.callers.get(owner.name, ())
            given += [steps.items[index].argument(parameter) for steps, index in callers]
        else:
            for invocation in self._config.calls.by_job.get(owner.name, ()):
                given += list(invocation.passed(parameter)) or [None]
        declared = owner.parameters.get(parameter)
        default = declared.default if declared else None
        return [text for node in given or [None] if (text := text_of(default if node is None else node))]

    def set_by_jobs(self, script: StepScript) -> frozenset[str]:
        """The variables that every job which runs a script sets itself, and those that CircleCI sets."""
        return BUILT_IN_VARIABLES | frozenset.intersection(*(runtime.sets for runtime in self.runs(script)))

    def why_shared(self, script: StepScript) -> str:
        """What is in the way of changing the script for all who see it; empty where nothing does."""
        if not any(_is_anchored(use) for use in script.uses):
            return ""
        followed = {id(use.step.item) for use in script.uses}
        for item in script.items:
            followed |= {id(node) for node in walk(item)}
        tops = {id(item) for item in script.items}
        for use in script.uses:
            for owner in use.steps.owners:
                if isinstance(owner, Job | Command) and (entry := self._config.lookup.entry(owner.body, "steps")):
                    followed.add(id(entry.value))
            tops.add(id(use.steps.node))
        node: Node | None = script.text
        lists = {id(use.steps.node) for use in script.uses}
        while node is not None:
            if node.anchor is not None and any(id(alias) not in followed for alias in self._aliases(node, lists)):
                return f"the anchor `{node.anchor}` is used elsewhere in ways this file does not reveal"
            if id(node) in lists:
                break
            node = self._config.parents.parent(node)
        return ""

    def _aliases(self, node: Node, lists: set[int]) -> Iterator[Alias]:
        """The aliases of a node that are no part of an anchored value that somebody else uses knowingly."""
        for alias in self._config.uses.aliases(node):
            parent = self._config.parents.parent(alias)
            entry = self._config.parents.entry(alias)
            is_list = id(node) in lists and entry is not None and key_of(entry) in ("steps", "pre-steps", "post-steps")
            if not is_list and not (isinstance(parent, Sequence) and id(parent) in self._known_lists):
                yield alias

    @cached_property
    def _known_lists(self) -> set[int]:
        return {id(steps.node) for steps in self._config.step_lists}

    def next_of(self, use: Use) -> Use | None:
        """The step behind another one, where it is written out in the same list and defines no anchor."""
        place = use.position + 1
        items = use.steps.node.items
        if place >= len(items) or isinstance(items[place], Alias):
            return None
        if any(node.anchor is not None or isinstance(node, Alias) for node in walk(items[place])):
            return None
        for index, step in enumerate(use.steps.items):
            if step.item is items[place]:
                return Use(use.steps, index, step)
        return None


def _texts(root: Node) -> list[Text]:
    """The values that mention a login. Every rule run walks every file here, hence no generator."""
    found: list[Text] = []
    level = [root]
    while level:
        below: list[Node] = []
        for node in level:
            kind = type(node)
            if kind is Text:
                if "login" in node.value and mentions_login(node.value):  # type: ignore[attr-defined]
                    found.append(node)  # type: ignore[arg-type]
            elif kind is Mapping:
                below += [entry.value for entry in node.entries]  # type: ignore[attr-defined]
            elif kind is Sequence:
                below += node.items  # type: ignore[attr-defined]
        level = below
    return sorted(found, key=lambda text: text.start)


def _is_anchored(use: Use) -> bool:
    """Whether anything on the way from a list of steps to a script has an anchor, or comes by a merge key."""
    nodes = [use.steps.node, use.item, use.step.value, use.step.script]
    merged = any(entry.is_merge for node in nodes if isinstance(node, Mapping) for entry in node.entries)
    return merged or any(node is not None and node.anchor is not None for node in nodes)


def why_not_carried(step: Step, uses: frozenset[str] = frozenset()) -> tuple[str, bool]:
    """All that a step of an orb cannot carry of a `run` step, and whether its shell ends at the first failure.

    `uses` are the variables that its logins read.
    """
    stops = True
    problems: list[str] = []
    for entry in step.steps.lookup.entries(step.value) if isinstance(step.value, Mapping) else ():
        name, value = key_of(entry), resolve(entry.value)
        text = value.value if isinstance(value, Text) else None
        if name in _CARRIED or (isinstance(value, Text) and value.is_null):
            continue
        if name == "shell":
            problem, stops = read_shell(text)
            if not problem and text is not None and any(map(_READS_FILES.fullmatch, text.split())):
                problem = f"has the shell `{text}`, which reads files that may set variables"
            if problem:
                problems.append(f"its step {problem}")
        elif name == "environment":
            if problem := _why_not_without(step, value, uses):
                problems.append(problem)
        elif (name == "when" and text == "on_success") or (name == "background" and (text or "").lower() in _FALSE):
            continue
        elif name == "background":
            problems.append("its step runs in the background")
        else:
            problems.append(f"its step has `{name}: {text}`" if text is not None else f"its step has `{name}`")
    return "; ".join(problems), stops


def _why_not_without(step: Step, environment: Node, uses: frozenset[str]) -> str:
    """Why a login cannot do without the `environment` of its step; empty where that holds nothing for it."""
    if isinstance(environment, Sequence) and not environment.items:
        return ""
    if not isinstance(environment, Mapping):
        return "its step sets `environment`"
    for entry in step.steps.lookup.entries(environment):
        name = key_of(entry) or ""
        if name in uses or affects_login(name):
            return f"its step sets `{name}` in `environment`"
        if not is_variable_name(name):
            return "its step sets `environment`"
    return ""


def run_step(step: Step, script: str, written: Callable[[str], str]) -> Value:
    """A `run` step like another one with another script; each of its strings as `written` gives it."""
    if not isinstance(step.value, Mapping):
        return {"run": written(script)}
    body: dict[str, Value] = {}
    for entry in step.steps.lookup.entries(step.value):
        if (name := key_of(entry)) is not None:
            value = script if name == "command" else value_of(entry.value)
            body[name] = written(value) if isinstance(value, str) else value
    return {"run": body}
