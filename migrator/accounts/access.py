"""Whether the projects that use a context get what it holds: https://circleci.com/docs/contexts/#restrict-a-context.

A job whose context is restricted otherwise is `Unauthorized`, and its workflow stops.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.accounts.model import RemoteProject, Restriction
from migrator.accounts.wanted import Context, Organization, Trouble, User
from migrator.results.masking import one_line

_EVERYBODY = "All members"


def restricting(context: Context, organization: Organization) -> list[Restriction]:
    """The restrictions of a context that let somebody or something out: none to groups where all members are one."""
    owner = organization.owner.id if organization.owner else ""
    groups = [each for each in context.restrictions if each.kind == "group"]
    everybody = any(each.name == _EVERYBODY or (owner and each.value == owner) for each in groups)
    return [each for each in context.restrictions if each.kind != "group" or not everybody]


def troubles_of(context: Context, organization: Organization) -> list[Trouble]:
    """Which projects a context would be kept from, or may be."""
    if context.remote is None:
        return []
    restrictions = restricting(context, organization)
    return [trouble for user in context.users.values() for trouble in _of_user(user, restrictions, organization)]


def _of_user(user: User, restrictions: list[Restriction], organization: Organization) -> Iterator[Trouble]:
    name, remote = user.project.name, user.project.remote
    if remote is not None and _is_of_another(remote, organization):
        yield Trouble(name, f"it is a project of {remote.organization_slug}, whose jobs get no context of others")
        return
    projects = [each for each in restrictions if each.kind == "project"]
    if projects and remote is None:
        yield Trouble(name, "the context is restricted to projects, and it is not known which this is", False)
    elif projects and remote is not None and remote.id not in [each.value for each in projects]:
        names = [one_line(each.name or each.value) for each in projects]
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        yield Trouble(name, f"the context is restricted to other projects: {shown}")
    for each in restrictions:
        if each.kind == "expression":
            yield Trouble(name, f"an expression decides: {one_line(each.value)[:200]}", False)
    groups = [one_line(each.name or each.value) for each in restrictions if each.kind == "group"]
    if groups:
        yield Trouble(name, f"only members of {' or '.join(groups)} may start its jobs", False)
    if restrictions and user.is_scheduled:
        yield Trouble(name, "a scheduled workflow uses the context, and gets none that is restricted")
    if user.project.keeps_secrets_from_forks:
        yield Trouble(name, "builds of forked pull requests get no contexts", False)


def _is_of_another(remote: RemoteProject, organization: Organization) -> bool:
    owner = organization.owner
    if owner is None or not remote.organization_slug:
        return False
    return owner.id != remote.organization_id and owner.slug.casefold() != remote.organization_slug.casefold()
