"""Creates what is missing at CircleCI and nothing else. Each step is said before it is made.

CircleCI overwrites a variable that is there without a word, so what is there is listed right before anything is set. An
answer that was lost leaves open what was done: then it is asked, never guessed. Run again after any interruption, this
goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from migrator.accounts.api import Api
from migrator.accounts.model import RemoteContext, Restriction, State
from migrator.accounts.wanted import Context, Organization, Project, Variable
from migrator.services.answers import RefusedError
from migrator.services.budget import AGAIN
from migrator.services.client import TRIES
from migrator.services.faults import Fault, OfflineError, RunError, ServiceError

_CONFLICT = 409


class Slot(NamedTuple):
    """A variable that may be set, and where."""

    organization: Organization
    home: Context | Project
    variable: Variable

    @property
    def where(self) -> str:
        if isinstance(self.home, Context):
            return f"context {self.home.name}" + f" of {self.organization.slug}" * bool(self.organization.slug)
        return f"project {self.home.name}"


Values: TypeAlias = Mapping[tuple[int, str], str]
"""The value of a slot, by the `id` of its home and the name of its variable."""


def key_of(slot: Slot) -> tuple[int, str]:
    return id(slot.home), slot.variable.name


def slots_of(organizations: Iterable[Organization], *, named_too: bool, overwrite: bool) -> Iterator[Slot]:
    """Every variable that is missing, and those that are there where they are to be overwritten; each place once.

    What only configs name counts with `named_too`. A variable that several contexts may provide has no place.
    """
    states = (State.MISSING, State.PRESENT) if overwrite else (State.MISSING,)
    seen: set[tuple[int, str]] = set()
    for slot in _places(organizations, named_too=named_too):
        if slot.variable.state in states and key_of(slot) not in seen:
            seen.add(key_of(slot))  # many projects may take a variable from one context
            yield slot


def _places(organizations: Iterable[Organization], *, named_too: bool) -> Iterator[Slot]:
    for organization in organizations:
        for context in organization.contexts.values():
            for variable in context.variables.values():
                yield Slot(organization, context, variable)
        for project in organization.projects.values():
            for variable in project.variables.values():
                home = _home_of(variable, project, organization)
                if home is not None and (variable.is_needed or named_too):
                    yield Slot(organization, home, variable)


def _home_of(variable: Variable, project: Project, organization: Organization) -> Context | Project | None:
    """Where a variable of a project is created: what a change needs in the project, else in the one context."""
    if variable.is_needed or not variable.contexts:
        return project if project.remote is not None else None
    return organization.contexts.get(next(iter(variable.contexts))) if len(variable.contexts) == 1 else None


class Made(NamedTuple):
    """What was made. `kind` is `context`, `restriction` or `variable`; `where` the context or project of the latter."""

    kind: str
    organization: str
    where: str
    name: str


class Applier:
    """Makes what is missing at one CircleCI. `say` takes a line before each step; `made` and `failed` tell the rest."""

    def __init__(
        self,
        api: Api,
        say: Callable[[str], None],
        *,
        named_too: bool = False,
        overwrite: bool = False,
        restrict: bool = False,
        dry_run: bool = False,
    ) -> None:
        self._api, self._say = api, say
        self._named_too, self._overwrite, self._restrict, self._dry_run = named_too, overwrite, restrict, dry_run
        self.made: list[Made] = []
        self.failed: list[str] = []

    def apply(self, organizations: Sequence[Organization], values: Values) -> None:
        """Raises `RunError` for a rejected token, after which nothing more can be made."""
        slots: dict[int, list[Slot]] = {}
        for slot in slots_of(organizations, named_too=self._named_too, overwrite=self._overwrite):
            slots.setdefault(id(slot.home), []).append(slot)
        try:
            for organization in organizations:
                self._apply_to(organization, slots, values)
        except OfflineError as error:
            self.failed.append(str(error))

    def _apply_to(self, organization: Organization, slots: Mapping[int, list[Slot]], values: Values) -> None:
        if organization.owner is None or organization.why:
            return
        wanted = [each for each in organization.contexts.values() if each.is_needed or self._named_too]
        if any(each.state is State.MISSING for each in wanted):
            self._trying(organization.slug, lambda: self._adopt(organization))
        for context in organization.contexts.values():
            given = [slot for slot in slots.get(id(context), ()) if key_of(slot) in values]
            if context in wanted or given:
                self._trying(f"context {context.name}", partial(self._fill, organization, context, given, values))
        for project in organization.projects.values():
            given = [slot for slot in slots.get(id(project), ()) if key_of(slot) in values]
            if given:
                self._trying(f"project {project.name}", partial(self._fill_project, project, given, values))

    def _trying(self, what: str, act: Callable[[], None]) -> None:
        """One thing that fails does not keep the others from being made; a service that is gone does."""
        try:
            act()
        except (OfflineError, RunError):
            raise
        except ServiceError as error:
            self.failed.append(f"{what}: {error}")
            self._say(f"{what}: failed: {error}")

    def _adopt(self, organization: Organization) -> None:
        """Take what others made since it was looked for."""
        assert organization.owner is not None
        found = {each.name: each for each in self._api.contexts(organization.owner)}
        for context in organization.contexts.values():
            if context.state is State.MISSING and context.name in found:
                context.remote, context.state = found[context.name], State.PRESENT
                self._look_into(context, context.remote)

    def _look_into(self, context: Context, remote: RemoteContext) -> None:
        context.holds = frozenset(self._api.variables(remote))
        context.restrictions = self._api.restrictions(remote)

    # -- contexts

    def _fill(self, organization: Organization, context: Context, given: Sequence[Slot], values: Values) -> None:
        if not given and any(each.state is State.MISSING for each in context.variables.values()):
            return  # Empty it would be of no use, and look as if it was.
        if context.state is State.MISSING:
            self._create(organization, context)
        if self._restrict and context.holds == frozenset():
            self._limit(context)
        if given:
            self._set_all(context, given, values)

    def _create(self, organization: Organization, context: Context) -> None:
        if self._restrict:
            _projects_of(context)  # fails before the context is there for everybody
        self._say(f"create context {context.name} of {organization.slug}")
        owner = organization.owner
        assert owner is not None

        def found() -> bool:
            there = next((each for each in self._api.contexts(owner) if each.name == context.name), None)
            context.remote = there
            return there is not None

        def create() -> None:
            context.remote = self._api.create_context(owner, context.name)

        if not self._dry_run:
            is_new = self._surely(create, found)
            context.holds = (
                frozenset() if is_new or context.remote is None else frozenset(self._api.variables(context.remote))
            )
            if is_new:
                self.made.append(Made("context", organization.slug, "", context.name))
        else:
            context.holds = frozenset()
        context.state = State.PRESENT

    def _limit(self, context: Context) -> None:
        """Restrict a context that holds nothing yet to the projects that use it: before it holds anything."""
        projects = _projects_of(context)
        there = {each.value for each in context.restrictions if each.kind == "project"}
        if not there <= set(projects):
            return  # Somebody else decided who may use it.
        for id_, name in projects.items():
            if id_ in there:
                continue
            self._say(f"restrict context {context.name} to project {name}")
            if self._dry_run:
                continue
            assert context.remote is not None
            self._surely(partial(self._api.restrict, context.remote, id_), partial(self._admits, context.remote, id_))
            context.restrictions.append(Restriction("project", id_, name))
            self.made.append(Made("restriction", "", context.name, name))

    def _admits(self, remote: RemoteContext, project: str) -> bool:
        return any(each.value == project for each in self._api.restrictions(remote) if each.kind == "project")

    def _set_all(self, context: Context, given: Sequence[Slot], values: Values) -> None:
        remote = context.remote
        if remote is None:  # a dry run, in which it is not made
            for slot in given:
                self._say(f"set {slot.variable.name} in {slot.where}")
            return
        self._set_each(
            given,
            values,
            lambda: self._api.variables(remote),
            lambda name, value: self._api.set_variable(remote, name, value),
        )

    # -- projects

    def _fill_project(self, project: Project, given: Sequence[Slot], values: Values) -> None:
        assert project.remote is not None
        slug = project.remote.slug
        self._set_each(
            given, values, partial(self._api.project_variables, slug), partial(self._api.add_project_variable, slug)
        )

    # -- what both need

    def _set_each(
        self, given: Sequence[Slot], values: Values, names: Callable[[], list[str]], put: Callable[[str, str], None]
    ) -> None:
        there = set(names())
        for slot in given:
            name = slot.variable.name
            if name in there and not self._overwrite:
                self._say(f"leave {name} in {slot.where} as it is: it was set meanwhile")
                _hold(slot)
                continue
            self._say(f"{'overwrite' if name in there else 'set'} {name} in {slot.where}")
            if self._dry_run:
                continue
            self._surely(partial(put, name, values[key_of(slot)]), partial(self._is_set, name, names))
            self.made.append(Made("variable", slot.organization.slug, slot.home.name, name))
            _hold(slot)

    def _is_set(self, name: str, names: Callable[[], list[str]]) -> bool:
        """Whether a value arrived. Where another was there before, only setting it again makes sure."""
        return not self._overwrite and name in names()

    def _surely(self, act: Callable[[], None], is_done: Callable[[], bool]) -> bool:
        """Do something once, also where the answer is lost. False where somebody else did it."""
        for tries in range(1, TRIES + 1):
            try:
                act()
                return True
            except RefusedError as error:
                if error.status != _CONFLICT or not is_done():
                    raise
                return tries > 1
            except ServiceError as error:
                if error.fault not in AGAIN or tries == TRIES:
                    raise
            if is_done():
                return True
        raise AssertionError("a last try returns or raises")


def _hold(slot: Slot) -> None:
    """Note that a variable is there now."""
    slot.variable.state = State.PRESENT
    if isinstance(slot.home, Context):
        slot.home.holds = (slot.home.holds or frozenset()) | {slot.variable.name}


def _projects_of(context: Context) -> dict[str, str]:
    """The projects that use a context, by their ids. Raises where one of them is not known."""
    projects = {}
    for name, user in context.users.items():
        if user.project.remote is None:
            why = user.project.why or "CircleCI was not asked"
            raise ServiceError(
                Fault.NOT_FOUND, f"is not restricted to {name}, and so not made: {why}; leave out --restrict"
            )
        projects[user.project.remote.id] = name
    return projects
