"""Listing the repositories of a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.bulk.host import Discovered
from migrator.bulk.hosts.bitbucket.api import Api
from migrator.bulk.hosts.bitbucket.shapes import REPOSITORY
from migrator.errors import UsageError
from migrator.services.answers import RefusedError


def discover(place: str, api: Api, root: str) -> Iterator[Discovered]:
    """All repositories of a workspace, a hundred a request, or one."""
    try:
        if "/" in place:
            yield _listed(api.get(f"/repositories/{place}", REPOSITORY), root)
        else:
            for found in api.pages(f"/repositories/{place}", REPOSITORY, [("pagelen", "100")]):
                yield _listed(found, root)
    except RefusedError as refused:
        if refused.status != 404:
            raise
        what = "repository" if "/" in place else "workspace"
        raise UsageError(f"--source bitbucket:{place}: no such {what}, or the token has no access to it") from None


def _listed(found: dict[str, Any], root: str) -> Discovered:
    skip = "is a fork" if found["parent"] else "" if found["mainbranch"] else "is empty"
    return Discovered(
        found["full_name"],
        f"{root}/{found['full_name']}",
        skip,
        host_id=found["uuid"] or "",
        public=found["is_private"] is False,
        base_branch=(found["mainbranch"] or {}).get("name", ""),
    )
