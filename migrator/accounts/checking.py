"""What CircleCI says of everything that is wanted: there, missing, or not visible to this token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeAlias

from migrator.accounts.access import restricting, troubles_of
from migrator.accounts.api import Api
from migrator.accounts.model import Owner, RemoteContext, RemoteOrganization, RemoteProject, State
from migrator.accounts.wanted import Context, Organization, Project, Variable
from migrator.errors import UsageError
from migrator.files.repository import web_url
from migrator.services.answers import RefusedError
from migrator.services.faults import Fault, ServiceError

Step: TypeAlias = Callable[[], None]
JOBS = 8
"""Requests at a time. CircleCI publishes no limits, and says when they are reached."""
_GONE = (Fault.TIMEOUT, Fault.UNREACHABLE)

_KINDS = ("gh", "bb", "circleci")
NO_ORGANIZATION = "the organization is not known: pass --org, such as gh/acme"
_NO_SLUG = "its remote does not say which project of CircleCI it is"
_NO_LINK = "CircleCI knows the projects of this organization by ids: run `circleci project link` in the repository"


class Checker:
    """Asks one CircleCI. `is_server`: its organisations are accounts. `every_project`: those are asked for as well
    that only use contexts which are open to all, for what may keep these from them."""

    def __init__(self, api: Api, *, is_server: bool = False, every_project: bool = True, jobs: int = JOBS) -> None:
        self._api = api
        self._is_server = is_server
        self._every_project = every_project
        self._jobs = jobs

    def list_contexts(self, organizations: Iterable[Organization]) -> list[Step]:
        """List the contexts of each organisation; returns what is to be asked about them, in any order, by any threads.

        Raises `RunError` for a rejected token.
        """
        seen = self._seen()
        steps: list[Step] = []
        gone = ""
        for organization in organizations:
            if not organization.slug:
                organization.why = NO_ORGANIZATION
                continue
            organization.owner = self._owner(organization, seen)
            try:
                if gone:
                    raise ServiceError(Fault.UNREACHABLE, gone)
                found = {each.name: each for each in self._api.contexts(organization.owner)}
            except ServiceError as error:
                organization.why = _why_hidden(error, organization, seen)
                gone = str(error) if error.fault in _GONE else gone
                continue
            for context in organization.contexts.values():
                context.remote = found.get(context.name)
                context.state = State.PRESENT if context.remote else State.MISSING
                if context.remote is not None:
                    steps.append(_step(self._look_into, context, context.remote))
        return steps

    def list_projects(self, organizations: Iterable[Organization]) -> list[Step]:
        """What is to be asked about projects, once the steps about contexts were taken."""
        steps: list[Step] = []
        for organization in organizations:
            if organization.why:
                continue
            contexts = organization.contexts.values()
            shut = {name for context in contexts if restricting(context, organization) for name in context.users}
            for name, project in organization.projects.items():
                if self._every_project or project.variables or name in shut:
                    steps.append(_step(self._look_up, project, organization))
        return steps

    def work(self, steps: Iterable[Step]) -> Iterator[None]:
        """Take the steps, several at a time; yields after each."""
        pool = ThreadPoolExecutor(self._jobs, "check")
        try:
            for future in as_completed([pool.submit(step) for step in steps]):
                future.result()
                yield
        except BaseException:
            # Not waited for: who closes the client ends what is still in flight.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()

    # -- asking

    def _seen(self) -> list[RemoteOrganization]:
        try:
            return self._api.organizations()
        except ServiceError:
            return []  # What is asked for next says why.

    def _owner(self, organization: Organization, seen: Iterable[RemoteOrganization]) -> Owner:
        slug = short(organization.slug)
        names = (slug.casefold(), slug.partition("/")[2].casefold())
        for each in seen:
            # Of the App and of GitLab, where the id is as good a name as what the slug has in its place.
            if short(each.slug).casefold() == names[0] or (slug.startswith("circleci/") and each.id == names[1]):
                return Owner(each.slug, each.id, self._is_server)
        return Owner(slug, "", self._is_server)

    def _look_into(self, context: Context, remote: RemoteContext) -> None:
        try:
            context.holds = frozenset(self._api.variables(remote))
            context.restrictions = self._api.restrictions(remote)
        except ServiceError as error:
            context.why = str(error)

    def _look_up(self, project: Project, organization: Organization) -> None:
        slug, why = slug_at_circleci(project, organization)
        if not slug:
            project.why = why
            return
        try:
            remote = self._api.project(slug)
            if why := _why_another(remote, project, organization):
                project.why = why
                return
            project.remote = remote
            if project.variables:
                there = set(self._api.project_variables(remote.slug))
                for variable in project.variables.values():
                    variable.state = State.PRESENT if variable.name in there else State.MISSING
        except ServiceError as error:
            project.why = str(error)
            return
        if not self._every_project:
            return
        try:
            project.keeps_secrets_from_forks = self._api.keeps_secrets_from_forks(remote.slug)
        except ServiceError:
            project.keeps_secrets_from_forks = None  # its settings may be for administrators


def short(slug: str) -> str:
    """`github/acme` as CircleCI writes it, `gh/acme`."""
    kind, slash, rest = slug.partition("/")
    return {"github": "gh", "bitbucket": "bb"}.get(kind, kind) + slash + rest


def organization_given(slug: str) -> str:
    """The slug of an organisation as a person gave it, as CircleCI writes it; empty where none was given.

    Raises `UsageError` for what is none.
    """
    parts = short(slug.strip("/")).split("/")
    if slug and (len(parts) != len(("vcs", "organization")) or not all(parts) or parts[0] not in _KINDS):
        raise UsageError("--org: expected the slug of an organization, such as gh/acme, bb/acme or circleci/ID")
    return "/".join(parts)


def slug_at_circleci(project: Project, organization: Organization) -> tuple[str, str]:
    """The slug by which to ask for a project, or why there is none."""
    if organization.slug.startswith("circleci/"):
        # The repository names it, so it counts only within the organisation that a person named.
        inside = project.place.link.startswith("circleci/")
        return (project.place.link, "") if inside else ("", _NO_LINK)
    slug = project.place.slug
    return (slug, "") if slug.count("/") == len(("organization", "project")) else ("", _NO_SLUG)


def _why_another(remote: RemoteProject, project: Project, organization: Organization) -> str:
    """Why a project that a repository itself names is not to be believed; empty where it is."""
    if not organization.slug.startswith("circleci/"):
        return ""
    owner = organization.slug.partition("/")[2]
    is_inside = owner in (remote.organization_id, remote.organization_slug.partition("/")[2])
    if not is_inside:
        return f"{project.place.link} in .circleci/info.yml is not a project of {organization.slug}"
    url = project.place.url
    if not url or web_url(remote.url).casefold() != web_url(url).casefold():
        return f"{project.place.link} in .circleci/info.yml builds another repository"
    return ""


def _step(act: Callable[..., None], *given: object) -> Step:
    return lambda: act(*given)


def _why_hidden(error: ServiceError, organization: Organization, seen: Iterable[RemoteOrganization]) -> str:
    is_redirect = isinstance(error, RefusedError) and error.status < 400  # it says nothing of the token
    if error.fault is not Fault.NOT_FOUND or is_redirect:
        return str(error)
    others = [each.slug for each in seen if each.slug]
    sees = f"; it sees {', '.join(others[:5])}{', ...' if len(others) > 5 else ''}" if others else ""
    return f"this token does not see {organization.slug}{sees} ({error})"


# -- concluding


def conclude(organizations: Iterable[Organization]) -> None:
    """Draw the conclusions from all that CircleCI said, and from what was made since."""
    for organization in organizations:
        for context in organization.contexts.values():
            for variable in context.variables.values():
                variable.state = _state(variable.name, [context.holds], context.state)
            context.troubles = troubles_of(context, organization)
        for project in organization.projects.values():
            for variable in project.variables.values():
                if variable.state is not State.PRESENT:
                    variable.state = _state_among(variable, project, organization)


def _state(name: str, held: Iterable[frozenset[str] | None], home: State) -> State:
    """The state of a variable that any of these may hold; `None` holds what is not known."""
    held = list(held)
    if any(name in each for each in held if each is not None):
        return State.PRESENT
    if home is State.MISSING:
        return State.MISSING
    return State.UNKNOWN if None in held or home is State.UNKNOWN else State.MISSING


def _state_among(variable: Variable, project: Project, organization: Organization) -> State:
    """The state of a variable that the project does not have, or may have: its contexts may."""
    states = [variable.state] + [State.UNKNOWN] * variable.is_open
    for name in variable.contexts:
        context = organization.contexts.get(name)
        states.append(State.UNKNOWN if context is None else _state(variable.name, [context.holds], context.state))
    for state in (State.PRESENT, State.UNKNOWN):
        if state in states:
            return state
    return State.MISSING
