"""What the steps of a job do, whatever step does it: commands in their order, and where something logs in or pulls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Final, NamedTuple, TypeAlias

from migrator.circleci.compare.effective import Numbers, members
from migrator.circleci.compare.values import item_of, script_of, text_in, variables_of
from migrator.circleci.config import Config
from migrator.circleci.shell.logins import Login, find_login, find_pulls, logins_of
from migrator.circleci.shell.scripts import Pipeline, Script, Statement, read_script
from migrator.circleci.shell.statements import assigns_apart, is_idle, is_print
from migrator.startup.patterns import lazy
from migrator.tree import Mapping, Node, Text

_ORB_STEPS: Final = {"docker login": "docker login", "docker pull": "docker pull"}
"""What the steps of the docker orb are called, in small letters, and what they run (src/commands of its tags)."""
_BETWEEN: Final = lazy(r"[\s;]+|\\\n")
_ONLY_ASKS: Final = lazy(r"if .* then( fi)?")
_TESTS: Final = frozenset({"[", "[[", "test"})
_NAME: Final = lazy(r"[A-Za-z_]\w*")

_Atom: TypeAlias = tuple[str, object]
_LOGIN: Final[_Atom] = ("login", "")
_PULL: Final[_Atom] = ("pull", "")


class _Names(NamedTuple):
    """The variables that a login takes; of a step of the orb all names in it, which are some more."""

    names: frozenset[str]
    of_orb: bool


class JobWork:
    """The work of a job in two configs. `secrets` are literals that may go, `moved` puts ECR images where they go."""

    def __init__(self, before: Config, after: Config, secrets: Collection[str], moved: Callable[[str], str]) -> None:
        self._before, self._after = before, after
        self._secrets, self._moved = secrets, moved
        self._numbers = Numbers()

    def is_the_same(self, old: list[Node], new: list[Node]) -> bool:
        """Whether both lists of steps do the same in the same order, whoever logs in, with the same variables."""
        known = {self._numbers.of(step, self._before.lookup) for step in old}
        titles = {self._title(self._before, step) for step in old if self._logs_in(step)}
        before = _Reading(self, self._before, known, titles)
        after = _Reading(self, self._after, known, titles)
        if before.atoms_of(old) != after.atoms_of(new):
            return False
        if not after.settings <= before.settings:
            return False
        return all(any(one.names <= other.names for other in after.logins) for one in before.logins) and all(
            any(other.names <= one.names for other in before.logins) for one in after.logins if one.of_orb
        )

    def _title(self, config: Config, step: Node) -> str:
        _, body = item_of(config.lookup, step) or ("", None)
        return text_in(config.lookup, body, "name") if body else ""

    def _logs_in(self, step: Node) -> bool:
        text = script_of(self._before.lookup, step) or ""
        return "docker" in text and any(word in text for word in ("login", "pull"))


class _Reading:
    """One list of steps. `titles` are names of steps that may become others, which are no part of what they do."""

    def __init__(self, work: JobWork, config: Config, known: Collection[int], titles: Collection[str]) -> None:
        self.logins: list[_Names] = []
        self.settings: set[object] = set()
        """Those of the scripts that log in: what becomes a step of the orb may lose its own, and none gets others."""
        self._work, self._config, self._lookup = work, config, config.lookup
        self._known, self._titles = known, titles

    def atoms_of(self, steps: list[Node]) -> list[_Atom]:
        atoms: list[_Atom] = []
        for step in steps:
            for atom in self._step(step):
                if atom not in (_LOGIN, _PULL):
                    atoms.append(atom)
                    continue
                at = len(atoms)
                while at and atoms[at - 1][0] == "apart":  # neither sees what the other does
                    at -= 1
                if atom not in atoms[max(at - 1, 0) : at]:  # once more changes nothing
                    atoms.insert(at, atom)
        return atoms

    def _step(self, step: Node) -> Iterator[_Atom]:
        number, item = self._work._numbers.of(step, self._lookup), item_of(self._lookup, step)
        text = script_of(self._lookup, step) if item else None
        if text is None:
            yield "step", number
            return
        title = self._work._title(self._config, step)
        kind = title.lower()
        if number not in self._known and kind in _ORB_STEPS and _ORB_STEPS[kind] in text:
            yield from self._of_orb(kind, step, text)
            return
        if title and title not in self._titles:
            yield "name", title
        settings = self._settings(item[1] if item else None)
        script = read_script(text, templates=False)
        if script.is_broken:
            yield "script", (settings, text)
            return
        for statement in script.statements:
            yield from self._statement(script, statement, settings)

    def _of_orb(self, kind: str, step: Node, text: str) -> Iterator[_Atom]:
        if kind != "docker login":
            yield _PULL
            return
        _, body = item_of(self._lookup, step) or ("", None)
        given = variables_of(self._lookup, self._lookup.get(body, "environment") if body else None) or {}
        values = [value.value for each in given.values() for value in each if isinstance(value, Text)]
        self.logins.append(_Names(frozenset(_NAME.findall(" ".join([text, *values]))), True))
        yield _LOGIN

    def _settings(self, body: Mapping | None) -> object:
        """What a `run` step says beside its script and its name, without the secrets among its variables."""
        given = members(body, self._lookup) if body else {}
        variables = variables_of(self._lookup, given.get("environment")) or {}
        numbers, secrets = self._work._numbers, self._work._secrets
        kept = frozenset(
            (name, numbers.of(value, self._lookup))
            for name, values in variables.items()
            for value in values
            if not (isinstance(value, Text) and value.value in secrets)
        )
        rest = frozenset(
            (name, numbers.of(value, self._lookup))
            for name, value in given.items()
            if name not in ("command", "name", "environment")
        )
        return kept, rest

    def _statement(self, script: Script, statement: Statement, settings: object) -> Iterator[_Atom]:
        if is_idle(statement):
            return
        if "||" not in statement.operators and not statement.background and any(map(_orb_work, statement.pipelines)):
            asks = True  # whether there is a password; the orb is not asked that
            for pipeline in statement.pipelines:
                asks = asks and _only_tests(pipeline)
                if not asks:
                    self._note(find_login(pipeline), settings)
                    yield _orb_work(pipeline) or self._other(script.text[slice(*pipeline.span)], settings)
            return
        written = script.text[slice(*statement.span)]
        inner = [login for login in logins_of(read_script(written, templates=False)) if not login.why_not]
        for login in reversed(inner):
            self._note(login, settings)
            span = login.pipeline.span
            written = written[: span.start] + written[span.end :]
        if inner:
            yield _LOGIN
        if not (inner and _ONLY_ASKS.fullmatch(_spaced(written))):
            is_apart = is_print(statement) or assigns_apart(statement) is not None
            yield self._other(written, settings, "apart" if is_apart else "command")

    def _note(self, login: Login | None, settings: object) -> None:
        if login is not None:
            self.settings.add(settings)
            words = (login.user, login.password)
            self.logins.append(_Names(frozenset(w.variable for w in words if w is not None and w.variable), False))

    def _other(self, written: str, settings: object, kind: str = "command") -> _Atom:
        return kind, (settings, _spaced(self._work._moved(written)))


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
