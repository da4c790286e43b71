"""Listing what an owner has, page by page, or one repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.bulk.host import Discovered
from migrator.bulk.hosts.gitea.api import REPOSITORIES, REPOSITORY, Api, part, repository
from migrator.errors import UsageError
from migrator.services.answers import RefusedError
from migrator.services.faults import Fault


def discover(place: str, api: Api) -> Iterator[Discovered]:
    """The repositories of an organisation or a user, or one."""
    try:
        if "/" in place:
            yield _listed(api.ask("GET", repository(place), REPOSITORY), api)
            return
        for page in _owned(place, api):
            yield from (_listed(each, api) for each in page)
    except RefusedError as refused:
        if refused.fault is not Fault.NOT_FOUND:
            raise
        what = "no such repository" if "/" in place else "no such user or organisation"
        raise UsageError(f"--source gitea:{place}: {what}, or the token has no access to it") from None


def _owned(owner: str, api: Api) -> Iterator[list[dict[str, Any]]]:
    try:
        yield from api.pages(f"/orgs/{part(owner)}/repos", REPOSITORIES)
    except RefusedError as refused:
        if refused.status != 404:
            raise
        yield from api.pages(f"/users/{part(owner)}/repos", REPOSITORIES)


def _listed(found: dict[str, Any], api: Api) -> Discovered:
    return Discovered(
        found["full_name"],
        f"{api.site}/{found['full_name']}",
        why_not(found),
        host_id=str(found["id"]),
        public=not found["private"] and not found["internal"],
        base_branch=found["default_branch"] or "",
        topics=tuple(found["topics"] or ()),
    )


def why_not(found: dict[str, Any]) -> str:
    """Why nothing is proposed to a repository, or nothing."""
    reasons = (("archived", "is archived"), ("mirror", "is a mirror"), ("fork", "is a fork"), ("empty", "is empty"))
    if why := next((why for name, why in reasons if found[name]), ""):
        return why
    return "has pull requests switched off" if found["has_pull_requests"] is False else ""
