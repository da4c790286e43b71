"""The proof by CircleCI's compiler: a changed config must compile as before, and differ in what was meant to alone."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from migrator.accounts.compiling import Answer, Compiler, NotCompiledError
from migrator.accounts.pipeline_values import pipeline_values
from migrator.circleci.compare.conversions import Meant, first_fault
from migrator.circleci.config import Config
from migrator.circleci.kinds import Kind
from migrator.circleci.parameters import Parameter
from migrator.documents import open_document
from migrator.engine.outcomes import Changed
from migrator.engine.views import read_configs
from migrator.errors import ReadError
from migrator.files.names import YAML
from migrator.policy import Policy
from migrator.results.compiled import Compiled
from migrator.results.masking import Mask
from migrator.services.faults import ServiceError
from migrator.startup.patterns import lazy
from migrator.startup.records import replace
from migrator.tree import Text, resolve

_NAME: Final = "compiled.yml"
_SHOWS_PROJECT: Final = lazy(r"pipeline\.(?!parameters\b)\w")
"""Only then does what is compiled depend on the project: equal configs of an organisation are compiled once."""
_TRUE: Final = ("true", "yes", "on")


class Whose(NamedTuple):
    """Whom a config belongs to: the slugs of organisation and project, empty where nothing says, and its policy.

    `name` tells repositories apart that have files of one path.
    """

    organization: str
    project: str
    policy: Policy
    name: str = ""


class _Verdict(NamedTuple):
    kind: str
    """`compared`, `broken`, or `refused`."""

    why: str = ""


class CompileProof:
    """Asks CircleCI about each changed config, and counts in `compiled` what it said. Safe to use from any thread.

    `whose` says to whom a file belongs, for those who do not say it with each. `known` and `keep` are a store of
    verdicts by a key of what decides them, in which there is no text of a config; without them a run remembers its own.
    """

    def __init__(
        self,
        compiler: Compiler,
        whose: Callable[[str], Whose] | None = None,
        known: Callable[[str], str | None] | None = None,
        keep: Callable[[str, str], None] | None = None,
    ) -> None:
        self.compiled = Compiled()
        self._compiler, self._whose = compiler, whose
        self._memory: dict[str, str] = {}
        self._known = known or self._memory.get
        self._keep = keep or self._memory.__setitem__
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._counted: set[tuple[str, str, int]] = set()

    def __call__(self, changed: Changed) -> str:
        assert self._whose is not None
        return self.of(changed, self._whose(changed.path))

    def of(self, changed: Changed, whose: Whose) -> str:
        """Why a change must not be made; empty where nothing is against it, or CircleCI could not be asked."""
        before, after = _whole(changed.path, changed.before), _whole(changed.path, changed.after)
        if before is None or after is None:
            self._count("partial", changed, whose)
            return ""
        key = _key(changed, whose)
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        try:
            with turn:  # whoever asks the same at the same time waits for the answer
                verdict = self._verdict(key, changed, before, whose)
        except NotCompiledError as error:
            with self._lock:
                self.compiled.reason, self.compiled.has_none = str(error), error.has_none
            return ""
        except ServiceError as error:
            verdict = _Verdict("refused", f"CircleCI did not compile it: {error}")
        self._count(verdict.kind, changed, whose)
        return verdict.why

    def _verdict(self, key: str, changed: Changed, before: Config, whose: Whose) -> _Verdict:
        """What is known of a change, else what CircleCI says of it."""
        if (stored := self._known(key)) is not None:
            return _Verdict(*json.loads(stored))
        verdict = self._judge(changed, before, whose)
        self._keep(key, json.dumps(verdict))
        return verdict

    def _count(self, kind: str, changed: Changed, whose: Whose) -> None:
        """Count what was said of a file first: what is asked next is which of its rules is to blame."""
        file = (whose.name or whose.project, changed.path, hash(changed.before))
        with self._lock:
            if file in self._counted:
                return
            self._counted.add(file)
            setattr(self.compiled, kind, getattr(self.compiled, kind) + 1)

    def _judge(self, changed: Changed, before: Config, whose: Whose) -> _Verdict:
        if self.compiled.reason:
            raise NotCompiledError(self.compiled.reason, has_none=self.compiled.has_none)
        mask = Mask(changed.secrets)
        values = pipeline_values(whose.project)
        # Jobs without workflows get their variables from the project: there is no place for a context.
        policy = whose.policy if before.has_workflows else replace(whose.policy, credentials="project")
        kinds = set()
        for parameters in _variants(before):
            old = self._compiler.compile(changed.before, whose.organization, parameters, values)
            new = self._compiler.compile(changed.after, whose.organization, parameters, values)
            if more := [error for error in new.errors if error not in old.errors]:
                return _Verdict("refused", mask.text(f"CircleCI does not compile it: {more[0]}"))
            kinds.add("broken" if old.errors else "compared")
            if why := "" if old.errors else _difference(old, new, changed, policy):
                return _Verdict("refused", mask.text(f"compiled by CircleCI, {why}"))
        return _Verdict("compared" if "compared" in kinds else "broken")


def _difference(old: Answer, new: Answer, changed: Changed, policy: Policy) -> str:
    before, after = _read(_NAME, old.config), _read(_NAME, new.config)
    if before is None or after is None:
        return "it cannot be read"
    needs = [need for finding in changed.applied for need in finding.requirements]
    variables = {name for need in needs for name in need.variables}
    contexts = {need.name for need in needs if need.kind == "context"}
    return first_fault(before, after, Meant(policy, changed.secrets, variables, contexts))


def _whole(path: str, text: str) -> Config | None:
    """The one whole config that a file is; `None` for a part of one, and for what a program writes."""
    return _read(path, text) if path.endswith(YAML) or path == "<stdin>" else None


def _read(path: str, text: str) -> Config | None:
    try:
        configs = read_configs(open_document(path, text.encode("utf-8", "surrogatepass")), path)
    except ReadError:
        return None
    whole = [config for config in configs if config.tree.content.kind is Kind.CONFIG]
    is_orb = any(config.is_orb_source or config.is_packed for config in configs)
    return whole[0] if len(configs) == len(whole) == 1 and not is_orb else None


def _variants(config: Config) -> list[dict[str, Any]]:
    """The pipeline parameters to compile with: the defaults, and, where workflows have conditions, every flag turned.

    A workflow whose condition does not hold is left out of what is compiled, with all that changes in it.
    """
    parameters = config.pipeline_parameters
    needed = {name: _some(each) for name, each in parameters.items() if each.default is None}
    lookup = config.lookup
    asks = any(lookup.get(workflow.body, word) for workflow in config.workflows for word in ("when", "unless"))
    flags = {name: not _is_true(each) for name, each in parameters.items() if each.type == "boolean"}
    return [needed, {**needed, **flags}] if asks and flags else [needed]


def _some(parameter: Parameter) -> Any:
    """A value for a parameter that has none."""
    if parameter.type == "enum":
        return parameter.enum[0] if parameter.enum else ""
    return {"boolean": False, "integer": 1}.get(parameter.type, "x")


def _is_true(parameter: Parameter) -> bool:
    node = resolve(parameter.default) if parameter.default is not None else None
    return isinstance(node, Text) and node.value.lower() in _TRUE


def _key(changed: Changed, whose: Whose) -> str:
    """Names all that a verdict depends on, and shows nothing of it."""
    texts = (changed.before, changed.after)
    parts: Mapping[str, object] = {
        "texts": texts,
        "organization": whose.organization,
        "project": whose.project if any(map(_SHOWS_PROJECT.search, texts)) else "",
        "policy": repr(whose.policy),
        "secrets": sorted(changed.secrets),
        "needs": sorted({(n.kind, n.name, *n.variables) for each in changed.applied for n in each.requirements}),
    }
    return "compiled-" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
