"""API v2 of the CircleCI on loopback: what is answered to a request that got through.

Shapes are those of the published description. What that does not say (what is overwritten, how values are masked, both
spellings of slugs) is as the official command-line client has it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.circleci_api.faults import OLD_TOKEN
from tests.circleci_api.world import (
    MADE,
    SETTINGS,
    Context,
    Organization,
    Project,
    Restriction,
    Token,
    is_variable,
    provider_of,
)

if TYPE_CHECKING:
    from tests.circleci_api.server import CircleCI

Answer = tuple[int, Any]


class Asked(NamedTuple):
    """A request as the operations see it."""

    method: str
    path: str
    query: dict[str, str]
    sent: Any
    token: Token


class Refused(Exception):  # noqa: N818
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer: Answer = (status, {"message": message})


def answer(api: CircleCI, asked: Asked) -> Answer:
    """The status and the body for a path below `/api/v2`."""
    if asked.token.is_old and re.match(r"/context|.*/settings$", asked.path):
        return 401, {"message": OLD_TOKEN}
    for pattern, methods in _ROUTES:
        match = re.fullmatch(pattern, asked.path)
        if match and asked.method in methods:
            try:
                return methods[asked.method](api, asked, *match.groups())
            except Refused as refused:
                return refused.answer
    return 404, {"message": "Not Found"}


# -- who asks


def _me(api: CircleCI, asked: Asked) -> Answer:
    login = asked.token.login
    return 200, {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, login)), "login": login, "name": login, "avatar_url": None}


def _collaborations(api: CircleCI, asked: Asked) -> Answer:
    kinds = {"gh": "github", "bb": "bitbucket", "circleci": "circleci"}
    return 200, [
        {
            "id": each.id, "vcs-type": kinds[each.slug.partition("/")[0]], "name": each.name, "slug": each.slug,
            "avatar_url": "https://example.org/avatar.png",
        }
        for each in api.organizations.values()
        if asked.token.can_see(each)
    ]  # fmt: skip


# -- contexts


def _owner(api: CircleCI, asked: Asked, slug: str, id_: str, kind: str) -> Organization:
    found = api.find_organization(slug=slug, id_=id_)
    # A Server's owners are accounts, and go by id alone.
    is_wrong = bool(slug) or kind != "account" if api.is_server else kind == "account"
    if found is None or is_wrong or not asked.token.can_see(found):
        raise Refused(404, "Organization does not exist.")
    return found


def _context(api: CircleCI, asked: Asked, id_: str) -> Context:
    found = api.find_context(id_)
    if found is None or not asked.token.can_see(found.organization):
        raise Refused(404, "Context not found.")
    return found


def _record(context: Context) -> dict[str, Any]:
    return {"id": context.id, "name": context.name, "created_at": context.made}


def _list_contexts(api: CircleCI, asked: Asked) -> Answer:
    query = asked.query
    owner = _owner(
        api, asked, query.get("owner-slug", ""), query.get("owner-id", ""), query.get("owner-type", "organization")
    )
    wanted = query.get("name", "").lower()  # of no published description: the official client sends it
    contexts = [_record(each) for each in owner.contexts.values() if wanted in each.name.lower()]
    return 200, _paged(api, contexts, query)


def _create_context(api: CircleCI, asked: Asked) -> Answer:
    name, owner = asked.sent["name"], asked.sent["owner"]
    found = _owner(api, asked, owner.get("slug", ""), owner.get("id", ""), owner.get("type", "organization"))
    if not name.strip() or name != name.strip() or len(name) > 200 or len(name.splitlines()) > 1:
        raise Refused(400, "Invalid context name.")
    if found.named(name) is not None:
        raise Refused(409, "Context already exists.")
    if len(found.contexts) >= found.most_contexts:
        raise Refused(400, "The organization has too many contexts.")
    return api.created, _record(api.context(found.slug, name))


def _get_context(api: CircleCI, asked: Asked, id_: str) -> Answer:
    return 200, _record(_context(api, asked, id_))


def _delete_context(api: CircleCI, asked: Asked, id_: str) -> Answer:
    found = _context(api, asked, id_)
    del found.organization.contexts[found.id]
    return 200, {"message": "Context deleted."}


def _variable(context: Context, name: str) -> dict[str, Any]:
    return {"variable": name, "context_id": context.id, "created_at": MADE, "updated_at": MADE}


def _list_variables(api: CircleCI, asked: Asked, id_: str) -> Answer:
    context = _context(api, asked, id_)
    return 200, _paged(api, [_variable(context, name) for name in context.variables], asked.query)


def _put_variable(api: CircleCI, asked: Asked, id_: str, name: str) -> Answer:
    context, value = _context(api, asked, id_), asked.sent["value"]
    if not is_variable(name) or len(value) > 32_000:
        raise Refused(400, "Invalid environment variable.")
    if name not in context.variables and len(context.variables) >= 100:
        raise Refused(400, "The context has too many environment variables.")
    _note_overwritten(api, context.variables, f"{context.organization.slug} {context.name}", name)
    context.variables[name] = value
    return 200, _variable(context, name)


def _delete_variable(api: CircleCI, asked: Asked, id_: str, name: str) -> Answer:
    context = _context(api, asked, id_)
    if context.variables.pop(name, None) is None:
        raise Refused(404, "Context not found.")
    return 200, {"message": "Environment variable deleted."}


def _restriction(restriction: Restriction) -> dict[str, Any]:
    project = {"project_id": restriction.value} if restriction.kind == "project" else {}
    return {
        "id": restriction.id, "name": restriction.name, "restriction_type": restriction.kind,
        "restriction_value": restriction.value, **project,
    }  # fmt: skip


def _list_restrictions(api: CircleCI, asked: Asked, id_: str) -> Answer:
    context = _context(api, asked, id_)
    items = [{**_restriction(each), "context_id": context.id} for each in context.restrictions]
    return 200, {"items": items, "next_page_token": None}


def _create_restriction(api: CircleCI, asked: Asked, id_: str) -> Answer:
    context = _context(api, asked, id_)
    kind, value = asked.sent.get("restriction_type", ""), asked.sent.get("restriction_value", "")
    if kind == "group" and not context.organization.slug.startswith("gh/"):
        raise Refused(400, "This restriction cannot be applied to this context.")
    name = ""
    if kind == "project":
        projects = context.organization.projects.values()
        project = next((each for each in projects if each.id == value), None)
        if project is None:
            raise Refused(400, "Project does not exist, or user does not have access to this project.")
        name = project.name
    if any((each.kind, each.value) == (kind, value) for each in context.restrictions):
        raise Refused(409, "The restriction you're trying to add already exists.")
    return 201, _restriction(api.restrict(context, kind, value, name))


def _delete_restriction(api: CircleCI, asked: Asked, id_: str, number: str) -> Answer:
    context = _context(api, asked, id_)
    left = [each for each in context.restrictions if each.id != number]
    if len(left) == len(context.restrictions):
        raise Refused(400, "restriction_id is invalid.")
    context.restrictions = left
    return 200, {"message": "Context restriction deleted."}


# -- projects


def _project(api: CircleCI, asked: Asked, slug: str, message: str = "Project not found") -> Project:
    found = api.find_project(slug)
    if found is None or not asked.token.can_see(found.organization):
        raise Refused(404, message)
    return found


def _get_project(api: CircleCI, asked: Asked, slug: str) -> Answer:
    found = _project(api, asked, slug)
    owner = found.organization
    return 200, {
        "slug": found.slug, "name": found.name, "id": found.id, "organization_name": owner.name,
        "organization_slug": owner.slug, "organization_id": owner.id,
        "vcs_info": {"vcs_url": found.vcs_url, "provider": provider_of(found), "default_branch": found.branch},
    }  # fmt: skip


def masked(value: str) -> str:
    """What is shown of a project's variable: the last four characters, of those that are ASCII."""
    return "xxxx" + "".join(letter for letter in value if letter.isascii())[-4:]


def _list_envvars(api: CircleCI, asked: Asked, slug: str) -> Answer:
    variables = _project(api, asked, slug).variables
    items = [{"name": name, "value": masked(value), "created-at": None} for name, value in variables.items()]
    return 200, {"items": items, "next_page_token": None}


def _post_envvar(api: CircleCI, asked: Asked, slug: str) -> Answer:
    found, name, value = _project(api, asked, slug), asked.sent["name"], asked.sent["value"]
    if not is_variable(name):
        raise Refused(400, "Invalid environment variable name.")
    _note_overwritten(api, found.variables, found.slug, name)
    found.variables[name] = value
    return 201, {"name": name, "value": masked(value), "created-at": None}


def _get_envvar(api: CircleCI, asked: Asked, slug: str, name: str) -> Answer:
    variables = _project(api, asked, slug).variables
    if name not in variables:
        raise Refused(404, "Environment variable not found.")
    return 200, {"name": name, "value": masked(variables[name]), "created-at": None}


def _delete_envvar(api: CircleCI, asked: Asked, slug: str, name: str) -> Answer:
    variables = _project(api, asked, slug).variables
    if variables.pop(name, None) is None:
        raise Refused(404, "Environment variable not found.")
    return 200, {"message": "Environment variable deleted."}


def _pipelines(api: CircleCI, asked: Asked, slug: str) -> Answer:
    branch, pipelines = asked.query.get("branch"), _project(api, asked, slug).pipelines
    items = [each for each in pipelines if branch is None or (each.get("vcs") or {}).get("branch") == branch]
    return 200, _paged(api, items, asked.query)


def _get_settings(api: CircleCI, asked: Asked, slug: str) -> Answer:
    return 200, {"advanced": _project(api, asked, slug, "Project not found.").settings}


def _patch_settings(api: CircleCI, asked: Asked, slug: str) -> Answer:
    found = _project(api, asked, slug, "Project not found.")
    if found.is_locked:
        raise Refused(403, "Permission denied.")
    for name, value in asked.sent.get("advanced", {}).items():
        if name not in SETTINGS:
            raise Refused(400, f"Unknown advanced setting '{name}'.")
        if type(value) is not type(SETTINGS[name]):
            raise Refused(400, f"Setting '{name}' must be boolean.")
        found.settings[name] = value
    return 200, {"advanced": found.settings}


# -- what they share


def _paged(api: CircleCI, items: Sequence[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    """A page of a list. The token says where it goes on, in words that mean nothing to a client."""
    token = query.get("page-token", "")
    start = int(token.removeprefix("next-"), 36) if token else 0
    end = start + api.page
    return {"items": list(items[start:end]), "next_page_token": _page_token(end) if end < len(items) else None}


def _page_token(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return f"next-{digits}"


def _note_overwritten(api: CircleCI, variables: dict[str, str], place: str, name: str) -> None:
    if name in variables:
        api.overwritten.append(f"{place} {name}")


_ID = "([^/]+)"
_SLUG = "([^/]+/[^/]+/[^/]+)"
_ROUTES: list[tuple[str, dict[str, Callable[..., Answer]]]] = [
    ("/me", {"GET": _me}),
    ("/me/collaborations", {"GET": _collaborations}),
    ("/context", {"GET": _list_contexts, "POST": _create_context}),
    (f"/context/{_ID}", {"GET": _get_context, "DELETE": _delete_context}),
    (f"/context/{_ID}/environment-variable", {"GET": _list_variables}),
    (f"/context/{_ID}/environment-variable/{_ID}", {"PUT": _put_variable, "DELETE": _delete_variable}),
    (f"/context/{_ID}/restrictions", {"GET": _list_restrictions, "POST": _create_restriction}),
    (f"/context/{_ID}/restrictions/{_ID}", {"DELETE": _delete_restriction}),
    (f"/project/{_SLUG}", {"GET": _get_project}),
    (f"/project/{_SLUG}/envvar", {"GET": _list_envvars, "POST": _post_envvar}),
    (f"/project/{_SLUG}/envvar/{_ID}", {"GET": _get_envvar, "DELETE": _delete_envvar}),
    (f"/project/{_SLUG}/pipeline", {"GET": _pipelines}),
    (f"/project/{_SLUG}/settings", {"GET": _get_settings, "PATCH": _patch_settings}),
]
