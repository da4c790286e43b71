"""API v3 of the CircleCI on loopback, as its official client shows it; it is not published, and no Server has it.

Organisations and projects by their slugs, and compiling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.circleci_api.world import Token

if TYPE_CHECKING:
    from tests.circleci_api.server import CircleCI

Answer = tuple[int, Any]

_MEMBERS = {"config", "enable_next_preview", "pipeline_parameters", "pipeline_values"}


def refusal(title: str, detail: str = "") -> dict[str, Any]:
    return {"error": {"id": "0", "title": title, "detail": detail}}


def answer(api: CircleCI, method: str, path: str, query: dict[str, str], sent: Any, token: Token | None) -> Answer:
    """The status and the body for a path below `/api/v3`. Compiling alone needs no token."""
    if method == "POST" and path == "/configs/compile":
        return _compile(api, sent)
    if token is None:
        return 401, refusal("Unauthorized", "Invalid token provided.")
    slug = query.get("filter[slug]", "")
    if method == "GET" and path == "/orgs":
        organization = api.find_organization(slug=slug)
        return 200, _page([{"id": organization.id}] if organization and token.can_see(organization) else [])
    if method == "GET" and path == "/projects":
        project = api.find_project(slug)
        if project is None or not token.can_see(project.organization):
            return 200, _page([])
        references = {"org": {"id": project.organization.id}}
        return 200, _page([{"id": project.id, "attributes": {"name": project.name}, "references": references}])
    return 404, refusal("Not Found")


def _page(data: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": data, "page": {"next": None, "prev": None}}


def _compile(api: CircleCI, sent: Any) -> Answer:
    data = sent.get("data") if isinstance(sent, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict) or not isinstance(attributes.get("config"), str):
        return 400, refusal("Bad Request", "config is required")
    assert isinstance(data, dict)
    extra = [*(attributes.keys() - _MEMBERS), *(data.keys() - {"attributes", "references"}), *(sent.keys() - {"data"})]
    if extra:
        return 400, refusal("Bad Request", f"unknown member {extra[0]}")
    number = data.get("references", {}).get("org", {}).get("id", "")
    organization = api.find_organization(id_=number) if number else None
    if number and organization is None:
        return 404, refusal("Not Found", "Organization does not exist.")
    made = api.compile(
        attributes["config"], attributes.get("pipeline_parameters", {}), attributes.get("pipeline_values", {}),
        organization.slug if organization else "",
    )  # fmt: skip
    if made.errors:
        ended = {"phase": "ended", "outcome": "failed"}
        messages = [{"title": each} for each in made.errors]
        return 200, {"data": {"id": "1", "attributes": ended}, "meta": {"messages": messages}}
    ended = {"phase": "ended", "outcome": "succeeded", "compiled_config": made.config}
    return 200, {"data": {"id": "1", "attributes": ended}}
