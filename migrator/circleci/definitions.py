"""What one file defines: jobs, executors, commands and imported orbs, those of inline orbs under `alias/name`."""

from __future__ import annotations

from typing import Final

from migrator.circleci.kinds import SECTIONS, Content, Kind
from migrator.circleci.lookup import Lookup, key_of
from migrator.circleci.parameters import Parameter, declared
from migrator.circleci.trees import ConfigTree
from migrator.tree import Entry, Mapping, Node, Opaque, Sequence, Text, resolve

_MAX_NESTED_ORBS: Final = 20


def runs_something(lookup: Lookup, body: Mapping) -> bool:
    """False for a job or an invocation of a type without executor and steps: an approval, a release and the like."""
    kind = lookup.get(body, "type")
    return not isinstance(kind, Text) or kind.value == "build" or kind.is_null


class Definition:
    """A named body. `name` is the full one, `prefix` what of it an inline orb adds (`alias/`, else empty).

    `node` is where it is: its key, or the root of a packed file. Several names may share one body.
    """

    __slots__ = ("_parameters", "body", "name", "node", "prefix", "tree")
    kind = "definition"

    def __init__(self, tree: ConfigTree, prefix: str, name: str, node: Node, body: Mapping) -> None:
        self.tree = tree
        self.prefix = prefix
        self.name = name
        self.node = node
        self.body = body
        self._parameters: dict[str, Parameter] | None = None

    @property
    def parameters(self) -> dict[str, Parameter]:
        if self._parameters is None:
            self._parameters = declared(self.tree.lookup, self.body)
        return self._parameters

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class Runner(Definition):
    """What has a runtime environment: a job or an executor."""

    __slots__ = ()

    @property
    def docker(self) -> Sequence | None:
        """The list of images, its own or merged."""
        return self.tree.lookup.sequence(self.body, "docker")

    @property
    def machine(self) -> Node | None:
        return self.tree.lookup.get(self.body, "machine")

    @property
    def environment(self) -> Node | None:
        return self.tree.lookup.get(self.body, "environment")


class Executor(Runner):
    __slots__ = ()
    kind = "executor"


class Job(Runner):
    __slots__ = ()
    kind = "job"

    @property
    def runs(self) -> bool:
        return runs_something(self.tree.lookup, self.body)

    @property
    def executor(self) -> Node | None:
        """The value of `executor`; a job's own `docker`, `machine` or `macos` takes the place of it."""
        lookup = self.tree.lookup
        if any(lookup.entry(self.body, name) for name in ("docker", "machine", "macos")):
            return None
        return lookup.get(self.body, "executor")

    @property
    def steps(self) -> Sequence | None:
        return self.tree.lookup.sequence(self.body, "steps")


class Command(Definition):
    __slots__ = ()
    kind = "command"

    @property
    def steps(self) -> Sequence | None:
        return self.tree.lookup.sequence(self.body, "steps")


class Orb:
    """An orb that a config imports: `value` is `namespace/orb@version`, a URL, or the mapping of an inline orb."""

    __slots__ = ("alias", "entry", "prefix", "value")

    def __init__(self, prefix: str, alias: str, entry: Entry, value: Node) -> None:
        self.prefix = prefix
        self.alias = alias
        self.entry = entry
        self.value = value

    @property
    def is_inline(self) -> bool:
        return isinstance(self.value, Mapping)

    @property
    def package(self) -> str | None:
        """`circleci/docker` of `circleci/docker@2.8.2`."""
        return self.value.value.partition("@")[0] if isinstance(self.value, Text) else None

    @property
    def version(self) -> str | None:
        return self.value.value.partition("@")[2] if isinstance(self.value, Text) else None


class Definitions:
    """All definitions of one file, by their full names."""

    def __init__(self, tree: ConfigTree) -> None:
        self._tree = tree
        self.jobs: dict[str, Job] = {}
        self.executors: dict[str, Executor] = {}
        self.commands: dict[str, Command] = {}
        self.orbs: list[Orb] = []
        self.workflows: list[tuple[str, Mapping]] = []
        self.groups: list[tuple[str, Mapping]] = []
        self._nested: set[int] = set()  # orbs in orbs are read once: aliases could make them endlessly many
        root = resolve(tree.root)
        if isinstance(root, Mapping):
            self._read(root, tree.content)

    def _read(self, root: Mapping, content: Content) -> None:
        if content.kind is Kind.SECTION:
            self._section(content.section, root, "")
        elif content.kind is Kind.DEFINITION:
            self._definition(content.section, "", content.name, root, root)
        elif content.kind is Kind.CONFIG:
            self._scope(root, "", 0)

    def _scope(self, root: Mapping, prefix: str, depth: int) -> None:
        """The sections of a config, or of an inline orb within it."""
        for section in SECTIONS:
            if prefix and section in ("workflows", "job-groups"):
                continue
            if body := self._tree.lookup.mapping(root, section):
                self._section(section, body, prefix, depth)

    def _section(self, section: str, body: Mapping, prefix: str, depth: int = 0) -> None:
        for entry in self._tree.lookup.entries(body):
            name = key_of(entry)
            if name is None:
                continue
            value = entry.value if isinstance(entry.value, Mapping) else resolve(entry.value)
            if section == "orbs" and not isinstance(value, Opaque):
                self.orbs.append(Orb(prefix, name, entry, value))
            if isinstance(value, Mapping):
                self._definition(section, prefix, name, entry.key, value, depth)

    def _definition(self, section: str, prefix: str, name: str, node: Node, body: Mapping, depth: int = 0) -> None:
        tree, full = self._tree, prefix + name
        if section == "jobs":
            self.jobs[full] = Job(tree, prefix, full, node, body)
        elif section == "executors":
            self.executors[full] = Executor(tree, prefix, full, node, body)
        elif section == "commands":
            self.commands[full] = Command(tree, prefix, full, node, body)
        elif section == "workflows":
            self.workflows.append((name, body))
        elif section == "job-groups":
            self.groups.append((name, body))
        elif depth < _MAX_NESTED_ORBS and (depth == 0 or id(body) not in self._nested):
            self._nested.add(id(body))
            self._scope(body, f"{full}/", depth + 1)
