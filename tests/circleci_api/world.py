"""What there is at the CircleCI on loopback: organisations, projects, contexts, tokens and what they see."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MADE = "2026-11-30T10:00:00.000Z"

_LONG = {"github": "gh", "bitbucket": "bb"}
_PROVIDERS = {"gh": "GitHub", "bb": "Bitbucket", "circleci": "CircleCI"}
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def short_slug(slug: str) -> str:
    """`github/acme/api` and `gh/acme/api` are one."""
    kind, slash, rest = slug.partition("/")
    return f"{_LONG.get(kind, kind)}{slash}{rest}"


@dataclass
class Restriction:
    id: str
    kind: str
    value: str
    name: str = ""


@dataclass
class Context:
    id: str
    name: str
    organization: Organization
    variables: dict[str, str] = field(default_factory=dict)
    restrictions: list[Restriction] = field(default_factory=list)
    made: str = MADE


@dataclass
class Project:
    """`pipelines` are records of the API, newest first."""

    id: str
    slug: str
    name: str
    organization: Organization
    vcs_url: str = ""
    branch: str = "main"
    variables: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    is_locked: bool = False
    """Its settings are for administrators, and no token here is one."""


@dataclass
class Organization:
    id: str
    slug: str
    name: str
    contexts: dict[str, Context] = field(default_factory=dict)
    """By id, in the order in which they were made."""
    projects: dict[str, Project] = field(default_factory=dict)
    """By slug."""
    most_contexts: int = 500

    def named(self, name: str) -> Context | None:
        return next((each for each in self.contexts.values() if each.name == name), None)


@dataclass
class Token:
    """`sees` are the slugs of the organisations whose things this token's person sees; all where it is `None`."""

    login: str = "person"
    sees: frozenset[str] | None = None
    is_old: bool = False

    def can_see(self, organization: Organization) -> bool:
        return self.sees is None or organization.slug in self.sees


SETTINGS = {
    "autocancel_builds": False, "build_fork_prs": False, "build_prs_only": False, "disable_ssh": False,
    "forks_receive_secret_env_vars": False, "oss": False, "set_github_status": True, "setup_workflows": False,
    "write_settings_requires_admin": False, "pr_only_branch_overrides": ["main"],
}  # fmt: skip


class World:
    """Everything of one CircleCI. Ids are the same in each run."""

    def __init__(self) -> None:
        self.organizations: dict[str, Organization] = {}
        self.tokens: dict[str, Token] = {}
        self._numbers = itertools.count(1)

    def _id(self, *parts: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join((*parts, str(next(self._numbers))))))

    def organization(self, slug: str, name: str = "") -> Organization:
        """The organisation of this slug, made where it is not there: `gh/acme`, `bb/acme`, `circleci/ID`."""
        slug = short_slug(slug)
        if slug not in self.organizations:
            self.organizations[slug] = Organization(self._id(slug), slug, name or slug.partition("/")[2])
        return self.organizations[slug]

    def app_organization(self, name: str) -> Organization:
        """One of the GitHub App, GitLab or none: its slug is an id, `circleci/9YytKz…`."""
        return self.organization(f"circleci/{_base58(uuid.uuid5(uuid.NAMESPACE_DNS, name).int)}", name)

    def project(self, slug: str, vcs_url: str = "", variables: Mapping[str, str] | None = None) -> Project:
        """A project by its slug: `gh/acme/api`; below an organisation of the App its name becomes an id."""
        kind, owner, name = short_slug(slug).split("/", 2)
        organization = self.organization(f"{kind}/{owner}")
        last = _base58(uuid.uuid5(uuid.NAMESPACE_DNS, slug).int) if kind == "circleci" else name
        host = {"gh": "github.com", "bb": "bitbucket.org"}.get(kind, "circleci.com")
        made = Project(
            self._id(slug), f"{organization.slug}/{last}", name, organization, vcs_url or f"https://{host}/{owner}/{name}",
            variables=dict(variables or {}), settings=dict(SETTINGS),
        )  # fmt: skip
        organization.projects[made.slug] = made
        return made

    def context(
        self, organization: str, name: str, variables: Iterable[str] | Mapping[str, str] = ()
    ) -> Context:  # fmt: skip
        """A context with variables; those given by name alone have some value."""
        owner = self.organization(organization)
        values = dict(variables) if isinstance(variables, Mapping) else dict.fromkeys(variables, "there-before")
        made = Context(self._id(owner.slug, name), name, owner, values)
        owner.contexts[made.id] = made
        return made

    def restrict(self, context: Context, kind: str, value: str, name: str = "") -> Restriction:
        made = Restriction(self._id(context.id, kind, value), kind, value, name)
        context.restrictions.append(made)
        return made

    def token(
        self, token: str, *, sees: Iterable[str] | None = None, is_old: bool = False, login: str = "person"
    ) -> str:
        self.tokens[token] = Token(login, None if sees is None else frozenset(map(short_slug, sees)), is_old)
        return token

    def find_organization(self, *, slug: str = "", id_: str = "") -> Organization | None:
        if slug:
            return self.organizations.get(short_slug(slug))
        return next((each for each in self.organizations.values() if each.id == id_), None)

    def find_project(self, slug: str) -> Project | None:
        slug = short_slug(slug)
        for organization in self.organizations.values():
            if slug in organization.projects:
                return organization.projects[slug]
            for project in organization.projects.values():
                if f"circleci/{organization.id}/{project.id}" == slug:  # both spellings of ids are taken
                    return project
        return None

    def find_context(self, id_: str) -> Context | None:
        return next((c for o in self.organizations.values() for c in o.contexts.values() if c.id == id_), None)

    def all_contexts(self) -> Iterator[Context]:
        for organization in self.organizations.values():
            yield from organization.contexts.values()

    def snapshot(self) -> dict[str, Any]:
        """All that clients can change, by names, to compare two moments."""
        return {
            slug: {
                "contexts": {
                    each.name: {
                        "variables": dict(each.variables),
                        "restrictions": sorted((r.kind, r.value) for r in each.restrictions),
                    }
                    for each in organization.contexts.values()
                },
                "projects": {each.slug: dict(each.variables) for each in organization.projects.values()},
            }
            for slug, organization in self.organizations.items()
        }


def provider_of(project: Project) -> str:
    return _PROVIDERS[project.slug.partition("/")[0]]


def is_variable(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,299}", name) is not None


def _base58(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 58)
        digits = _ALPHABET[rest] + digits
    return digits
