"""Listing groups with their subgroups, users and single projects by REST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.bulk.host import Discovered
from migrator.bulk.hosts.gitlab.api import Api, segment
from migrator.bulk.hosts.gitlab.shapes import PROJECT
from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError
from migrator.services.answers import RefusedError
from migrator.services.faults import Fault

_SORTED = {"order_by": "id", "sort": "asc"}


def discover(place: str, api: Api) -> Iterator[Discovered]:
    """A project, or all projects of a group, its subgroups included, or of a user.

    Shared projects are those of another group: https://docs.gitlab.com/api/groups/#list-projects
    """
    if "/" in place and (found := api.find(f"/projects/{segment(place)}", PROJECT)) is not None:
        yield _listed(found)
        return
    parameters = {"include_subgroups": "true", "with_shared": "false", **_SORTED}
    listed = _all(api, f"/groups/{segment(place)}/projects", parameters)
    if listed is None and "/" not in place:
        listed = _all(api, f"/users/{segment(place)}/projects", _SORTED)
    if listed is None:
        raise UsageError(
            f"--source gitlab:{place}: no such group{', project' if '/' in place else ' or user'},"
            " or the token has no access to it"
        )
    yield from listed


def _all(api: Api, path: str, parameters: dict[str, str]) -> Iterator[Discovered] | None:
    """What a list has, or `None` where there is no such list."""
    items = api.pages(path, PROJECT, **parameters)
    try:
        first = next(items, None)
    except RefusedError as refused:
        if refused.status == 404:
            return None
        raise

    def found() -> Iterator[Discovered]:
        if first is not None:
            yield _listed(first)
            yield from map(_listed, items)

    return found()


def _listed(node: dict[str, Any]) -> Discovered:
    reasons = (
        (node["archived"], "is archived"),
        (node["marked_for_deletion_on"] or node["marked_for_deletion_at"], "is marked for deletion"),
        (node["repository_access_level"] == "disabled", "has no repository"),
        (node["forked_from_project"], "is a fork"),
        (node["mirror"], "is a mirror of another repository"),
        (node["empty_repo"], "is empty"),
    )
    skip = next((reason for holds, reason in reasons if holds), "")
    branch, error = node["default_branch"] or "", None
    if not skip and not branch:
        error = RepositoryError(Fault.NO_BRANCH, "has no default branch")
    return Discovered(
        node["path_with_namespace"], node["web_url"], skip, error, str(node["id"]), node["visibility"] == "public",
        base_branch=branch, topics=tuple(node["topics"] or ()),
    )  # fmt: skip
