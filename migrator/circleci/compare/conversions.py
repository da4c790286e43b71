"""What a migration may change of a compiled config: credentials, contexts, and logins that become steps of the orb.

Compiled, two configs have no aliases, parameters, commands or orbs of a known source left, so that every difference is
one of what runs. `first_fault` names the first that no migration makes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

from migrator.circleci.compare.comparison import Comparison
from migrator.circleci.compare.differences import (
    Contexts,
    Difference,
    Owner,
    Pulled,
    Replaced,
    Setting,
    Steps,
    Variable,
)
from migrator.circleci.compare.effective import Numbers, members
from migrator.circleci.compare.values import item_of, script_of, text_in, variables_of
from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import contexts_had_by
from migrator.circleci.ecr import find_ecr
from migrator.circleci.references import parse_reference
from migrator.circleci.shell.logins import find_login, find_pulls, logins_of
from migrator.circleci.shell.scripts import Pipeline, Script, Statement, read_script
from migrator.circleci.shell.statements import assigns_apart, is_idle, is_print
from migrator.policy import Policy
from migrator.startup.patterns import lazy
from migrator.tree import Mapping, Node, Sequence, Text, resolve

_MISPLACED: Final = frozenset({"auth", "aws_auth", "gcp_auth", "Auth", "username", "password", "context", "contexts"})
"""Credentials and contexts where CircleCI does not look for them: to remove those from there changes nothing."""
_ORB_STEPS: Final = {"docker login": "docker login", "docker pull": "docker pull"}
"""What the steps of the docker orb are called, in small letters, and what they run."""
_BETWEEN: Final = lazy(r"[\s;]+|\\\n")
_ONLY_ASKS: Final = lazy(r"if .* then( fi)?")
_TESTS: Final = frozenset({"[", "[[", "test"})

_Atom: TypeAlias = tuple[str, object]
_LOGIN: Final[_Atom] = ("login", "")
_PULL: Final[_Atom] = ("pull", "")


def first_fault(before: Config, after: Config, policy: Policy, secrets: Collection[str]) -> str:
    """The first difference between two compiled configs that no migration makes, in words; empty where there is none.

    `policy` is that of the file, `secrets` are its literals, which may go. The words quote names and images alone.
    """
    differences = Comparison(before, after).differences
    judge = _Judge(before, after, policy, secrets, differences)
    return next(filter(None, map(judge.fault_of, differences)), "")


class _Judge:
    def __init__(
        self,
        before: Config,
        after: Config,
        policy: Policy,
        secrets: Collection[str],
        differences: Collection[Difference],
    ) -> None:
        self.before, self.after = before, after
        self.policy = policy
        self.secrets = secrets
        self._numbers = Numbers()
        self._known: dict[str, bool] = {}
        # Whoever decides for himself may have named another context than the policy does.
        self._gaining = {each.job for each in differences if isinstance(each, Contexts) and each.gained}

    def fault_of(self, difference: Difference) -> str:
        match difference:
            case Pulled():
                return self._of_login(difference)
            case Contexts(_, job, _, gained, lost):
                if lost:
                    return f"job `{job}` would lose the context `{lost[0]}`"
                return "" if gained else f"job `{job}` would have its contexts in another order"
            case Replaced(owner, old, new):
                is_moved = self._in_home_region(old) == new
                return "" if is_moved else f"{_named(owner)} would run `{new}` instead of `{old}`"
            case Variable(owner, _, step, name):
                is_fine = self._does_the_same(owner.name) if step else self._is_secret_gone(difference)
                return "" if is_fine else f"{_named(owner)}: `{name}` would change"
            case Steps(owner, _, first):
                is_fine = self._does_the_same(owner.name)
                return "" if is_fine else f"{_named(owner)}: step {first} would change in more than logins"
            case Setting(path, change):
                is_gone = change == "removed" and path.rpartition(".")[2] in _MISPLACED
                words = {"added": "would be added", "removed": "would be removed"}
                return "" if is_gone else f"`{path}` {words.get(change, 'would change')}"

    # -- images

    def _of_login(self, pulled: Pulled) -> str:
        owner, image, old, new = pulled
        what = f"{_named(owner)} would pull `{image}`"
        if new is None:
            return f"{what} without credentials"
        if new.password and not new.password.startswith("$") and (old is None or old.password != new.password):
            return f"{what} with a password that is written out"
        if old is not None or new.kind != "auth":
            is_elsewhere = new.kind == "aws_auth" and not parse_reference(image).could_be_ecr
            return f"{what} with AWS credentials" if is_elsewhere else ""
        given = [each for each in self.policy.registries if each.password == new.password]
        fitting = [each for each in given if parse_reference(image).could_be(each.host)]
        if given and not fitting:
            return f"{what} with the credentials of `{given[0].host}`"
        contexts = {each.context for each in fitting} if self.policy.uses_contexts else set()
        return f"{what} without the context of its credentials" if self._lacks(owner.name, contexts) else ""

    def _lacks(self, job: str, contexts: Collection[str]) -> bool:
        """Whether an invocation of a job has none of these contexts, and gains none; where schedules run, the policy
        may say so."""
        return (
            bool(contexts)
            and job not in self._gaining
            and any(
                invocation.name == job and not set(contexts_had_by(invocation) or ()) & set(contexts)
                for workflow in self.after.workflows
                if not (workflow.scheduled and self.policy.scheduled == "skip")
                for invocation in workflow.invocations
            )
        )

    def _in_home_region(self, text: str) -> str:
        for image in find_ecr(text):
            text = text.replace(image.text, image.in_region(self.policy.ecr_home_region))
        return text

    # -- variables

    def _is_secret_gone(self, variable: Variable) -> bool:
        """Whether a variable had a literal secret, which a context now provides."""
        job = _job(self.before, variable.owner.name)
        if job is None or not variable.old:
            return False
        holders: list[Node | None] = [job]
        if variable.container:
            holders = [*_items(self.before, job, "docker")]
        return any(
            isinstance(value, Text) and value.value in self.secrets
            for holder in holders
            if isinstance(holder, Mapping)
            for value in (
                variables_of(self.before.lookup, self.before.lookup.get(holder, "environment")) or {}
            ).get(variable.name, ())
        )  # fmt: skip

    # -- steps

    def _does_the_same(self, name: str) -> bool:
        """Whether a job does the same in the same order, whatever step does it, and whoever logs in."""
        if name not in self._known:
            self._known[name] = self._have_same_work(name)
        return self._known[name]

    def _have_same_work(self, name: str) -> bool:
        old, new = _job(self.before, name), _job(self.after, name)
        if old is None or new is None:
            return False
        before, after = list(_items(self.before, old, "steps")), list(_items(self.after, new, "steps"))
        known = {self._numbers.of(step, self.before.lookup) for step in before}
        return self._work(self.before, before, known) == self._work(self.after, after, known)

    def _work(self, config: Config, steps: list[Node], known: set[int]) -> list[_Atom]:
        atoms: list[_Atom] = []
        for step in steps:
            for atom in self._work_of(config, step, known):
                if atom not in (_LOGIN, _PULL):
                    atoms.append(atom)
                    continue
                at = len(atoms)
                while at and atoms[at - 1][0] == "apart":  # neither sees what the other does
                    at -= 1
                if atom not in atoms[max(at - 1, 0) : at]:  # once more changes nothing
                    atoms.insert(at, atom)
        return atoms

    def _work_of(self, config: Config, step: Node, known: set[int]) -> Iterator[_Atom]:
        number, text = self._numbers.of(step, config.lookup), script_of(config.lookup, step)
        if text is None:
            yield "step", number
            return
        _, body = item_of(config.lookup, step) or ("", None)
        title = text_in(config.lookup, body, "name").lower() if body else ""
        if number not in known and title in _ORB_STEPS and _ORB_STEPS[title] in text:
            yield _LOGIN if title == "docker login" else _PULL
            return
        settings = self._settings(config, body)
        script = read_script(text, templates=False)
        if script.is_broken:
            yield "script", (settings, text)
            return
        for statement in script.statements:
            yield from self._work_of_statement(script, statement, settings)

    def _settings(self, config: Config, body: Mapping | None) -> object:
        """What a `run` step says beside its script and its name, without the secrets among its variables."""
        given = members(body, config.lookup) if body else {}
        variables = variables_of(config.lookup, given.get("environment")) or {}
        kept = frozenset(
            (name, self._numbers.of(value, config.lookup))
            for name, values in variables.items()
            for value in values
            if not (isinstance(value, Text) and value.value in self.secrets)
        )
        rest = frozenset(
            (name, self._numbers.of(value, config.lookup))
            for name, value in given.items()
            if name not in ("command", "name", "environment")
        )
        return kept, rest

    def _work_of_statement(self, script: Script, statement: Statement, settings: object) -> Iterator[_Atom]:
        if is_idle(statement):
            return
        if "||" not in statement.operators and not statement.background and any(map(_orb_work, statement.pipelines)):
            asks = True  # whether there is a password; the orb is not asked that
            for pipeline in statement.pipelines:
                asks = asks and _only_tests(pipeline)
                if not asks:
                    yield _orb_work(pipeline) or self._other(script.text[slice(*pipeline.span)], settings)
            return
        start, end = statement.span
        written = script.text[start:end]
        inner = [login for login in logins_of(read_script(written, templates=False)) if not login.why_not]
        for login in reversed(inner):
            span = login.pipeline.span
            written = written[: span.start] + written[span.end :]
        if inner:
            yield _LOGIN
        if not (inner and _ONLY_ASKS.fullmatch(_spaced(written))):
            is_apart = is_print(statement) or assigns_apart(statement) is not None
            yield self._other(written, settings, "apart" if is_apart else "command")

    def _other(self, written: str, settings: object, kind: str = "command") -> _Atom:
        return kind, (settings, _spaced(self._in_home_region(written)))


def _spaced(written: str) -> str:
    """A command whatever is between its words."""
    return _BETWEEN.sub(" ", written).strip(" &")


def _only_tests(pipeline: Pipeline) -> bool:
    command = pipeline.commands[0]
    return len(pipeline.commands) == 1 and (command.kind == "test_command" or command.name in _TESTS)


def _orb_work(pipeline: Pipeline) -> _Atom | None:
    """What the orb may do in place of a pipeline."""
    if find_login(pipeline) is not None:
        return _LOGIN
    return _PULL if find_pulls(pipeline) else None


def _job(config: Config, name: str) -> Mapping | None:
    root = resolve(config.root)
    jobs = config.lookup.mapping(root, "jobs") if isinstance(root, Mapping) else None
    return config.lookup.mapping(jobs, name) if jobs is not None else None


def _items(config: Config, mapping: Mapping, name: str) -> Iterator[Node]:
    found = config.lookup.get(mapping, name)
    yield from map(resolve, found.items) if isinstance(found, Sequence) else ()


def _named(owner: Owner) -> str:
    return f"{owner.kind} `{owner.name}`"
