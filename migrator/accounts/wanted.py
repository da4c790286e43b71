"""What must exist at CircleCI, by organisation and project: what changes need, and what the configs name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from migrator.accounts.model import Owner, RemoteContext, RemoteProject, Restriction, State
from migrator.circleci.mentions import Mentions
from migrator.rule import Requirement


class Place(NamedTuple):
    """A file of a project. `slug` and `organization` are those of CircleCI, empty where they are not known; `name` is
    what a person calls the project, `url` the page of its repository. `link` is the slug that the repository itself
    names, in the file that `circleci project link` writes."""

    path: str
    name: str
    slug: str = ""
    organization: str = ""
    url: str = ""
    link: str = ""

    @property
    def project(self) -> str:
        return self.slug or self.name


@dataclass
class Variable:
    """`is_needed` by a change; else a config names it. `contexts` are those that may provide one of a project, and with
    `is_open` another may, which an expression decides. `uses` are the contexts of each use before that is concluded."""

    name: str
    is_needed: bool = False
    is_open: bool = False
    uses: set[tuple[str, ...]] = field(default_factory=set)
    contexts: dict[str, None] = field(default_factory=dict)
    paths: dict[str, None] = field(default_factory=dict)
    state: State = State.UNKNOWN


class Trouble(NamedTuple):
    """Why a project would not get what a context holds, though it is there; `is_certain`, or only possible."""

    project: str
    words: str
    is_certain: bool = True


@dataclass
class Project:
    """`variables` are those of the project itself, or of one of the contexts that its jobs have. `remote` is what
    CircleCI says of it, `why` why that is not known."""

    place: Place
    variables: dict[str, Variable] = field(default_factory=dict)
    paths: dict[str, None] = field(default_factory=dict)
    remote: RemoteProject | None = None
    keeps_secrets_from_forks: bool | None = None
    why: str = ""

    @property
    def name(self) -> str:
        return self.place.project


@dataclass
class User:
    """A project that uses a context; `is_scheduled`: in a workflow that a schedule starts, too."""

    project: Project
    is_scheduled: bool = False
    paths: dict[str, None] = field(default_factory=dict)


@dataclass
class Context:
    """`remote` is what CircleCI says of it, `why` why something of it is not known."""

    name: str
    is_needed: bool = False
    variables: dict[str, Variable] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    state: State = State.UNKNOWN
    remote: RemoteContext | None = None
    holds: frozenset[str] | None = None
    """The names of all variables that it has at CircleCI."""
    restrictions: list[Restriction] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    why: str = ""


@dataclass
class Organization:
    """`slug` is empty for everything of which nothing says whose it is. `projects` are all that want anything; `owner`
    is how CircleCI knows it, `why` why it cannot be asked."""

    slug: str
    contexts: dict[str, Context] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    owner: Owner | None = None
    why: str = ""


def gather(
    files: Iterable[tuple[Place, Mentions]],
    needs: Iterable[tuple[Requirement, Sequence[str]]],
    organization: str = "",
) -> list[Organization]:
    """Everything that is wanted, in a fixed order. `needs` are those of changes, with the paths that have them.

    `organization` is that of everything, whatever else says so.
    """
    gathered = _Gathered(organization)
    for place, mentions in files:
        gathered.name(place, mentions)
    for need, paths in needs:
        gathered.need(need, paths)
    return gathered.sorted()


class _Gathered:
    def __init__(self, organization: str) -> None:
        self._given = organization
        self._organizations: dict[str, Organization] = {}
        self._by_path: dict[str, Place] = {}

    def name(self, place: Place, mentions: Mentions) -> None:
        """Note what a file names, as it is after its change."""
        self._by_path[place.path] = place
        for name, is_scheduled in mentions.contexts.items():
            self._use(self._context(place.organization, name), place, is_scheduled=is_scheduled)
        for name, uses in mentions.variables.items():
            variable = self._project(place).variables.setdefault(name, Variable(name))
            variable.uses.update(uses)
            variable.is_open = variable.is_open or name in mentions.undecided
            variable.paths[place.path] = None

    def need(self, need: Requirement, paths: Sequence[str]) -> None:
        places = [self._by_path.get(path) or Place(path, path) for path in paths]
        if not need.new:
            self._as_before(need, places)
            return
        if need.kind != "context":
            for place in places:
                variables = self._project(place).variables
                for name in need.variables:
                    _needed(variables, name, place).contexts.update(dict.fromkeys(need.today))
            return
        for place in places:
            context = self._context(self._given or need.owner or place.organization, need.name)
            context.is_needed = True
            for name in need.variables:
                _needed(context.variables, name, place)
            self._use(context, place)

    def _as_before(self, need: Requirement, places: Iterable[Place]) -> None:
        """Note variables that a change reads as before: a config need not spell their names where it uses them."""
        for place in places if need.kind != "context" else ():
            for name in need.variables:
                variable = self._project(place).variables.setdefault(name, Variable(name))
                variable.uses.add(tuple(each for each in need.today if "<<" not in each))
                variable.is_open = variable.is_open or any("<<" in each for each in need.today)
                variable.paths[place.path] = None

    def sorted(self) -> list[Organization]:
        for organization in self._organizations.values():
            for project in organization.projects.values():
                self._settle(organization, project)
            organization.contexts = dict(sorted(organization.contexts.items()))
            organization.projects = dict(sorted(organization.projects.items()))
        return [self._organizations[slug] for slug in sorted(self._organizations)]

    def _settle(self, organization: Organization, project: Project) -> None:
        """Leave to the context what a change takes from there: other uses of the variable are the project's own."""
        for name, variable in list(project.variables.items()):
            left = [use for use in sorted(variable.uses) if not self._is_needed_in(use, name, organization)]
            if variable.uses and not left and not variable.is_needed:
                del project.variables[name]
            variable.contexts.update((each, None) for use in left for each in use)

    @staticmethod
    def _is_needed_in(contexts: Iterable[str], name: str, organization: Organization) -> bool:
        homes = [organization.contexts[each] for each in contexts if each in organization.contexts]
        return any(name in home.variables and home.variables[name].is_needed for home in homes)

    def _organization(self, slug: str) -> Organization:
        return self._organizations.setdefault(slug, Organization(slug))

    def _context(self, organization: str, name: str) -> Context:
        return self._organization(organization).contexts.setdefault(name, Context(name))

    def _project(self, place: Place) -> Project:
        projects = self._organization(place.organization).projects
        project = projects.setdefault(place.project, Project(place))
        project.paths[place.path] = None
        return project

    def _use(self, context: Context, place: Place, *, is_scheduled: bool = False) -> None:
        user = context.users.setdefault(place.project, User(self._project(place)))
        user.is_scheduled = user.is_scheduled or is_scheduled
        user.paths[place.path] = None


def _needed(variables: dict[str, Variable], name: str, place: Place) -> Variable:
    variable = variables.setdefault(name, Variable(name))
    variable.is_needed = True
    variable.paths[place.path] = None
    return variable


def wanted_variables(organizations: Iterable[Organization]) -> Iterator[Variable]:
    for organization in organizations:
        for context in organization.contexts.values():
            yield from context.variables.values()
        for project in organization.projects.values():
            yield from project.variables.values()


def is_unknown(organizations: Iterable[Organization], *, needed_only: bool = False) -> bool:
    """Whether CircleCI does not say of something whether it is there."""
    return State.UNKNOWN in _states(organizations, needed_only)


def is_missing(organizations: Sequence[Organization], *, needed_only: bool = False) -> bool:
    """Whether something is not there, or certainly kept from a project that uses it."""
    return State.MISSING in _states(organizations, needed_only) or any(
        trouble.is_certain
        for organization in organizations
        for context in organization.contexts.values()
        for trouble in context.troubles
        if context.is_needed or not needed_only
    )


def _states(organizations: Iterable[Organization], needed_only: bool) -> set[State]:
    organizations = list(organizations)
    contexts = [context for organization in organizations for context in organization.contexts.values()]
    states = {context.state for context in contexts if context.is_needed or not needed_only}
    variables = wanted_variables(organizations)
    return states | {variable.state for variable in variables if variable.is_needed or not needed_only}
