"""What CircleCI's API speaks of, as plain records."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """What CircleCI says of something that is wanted. Unknown: it was not asked, or does not let this token see it."""

    PRESENT = "present"
    MISSING = "missing"
    UNKNOWN = "unknown"


class RemoteContext(NamedTuple):
    id: str
    name: str


class Restriction(NamedTuple):
    """`kind` is `project`, `expression` or `group`; `value` the id of a project or a group, or the expression."""

    kind: str
    value: str
    name: str = ""


class RemoteProject(NamedTuple):
    """`url` is the repository whose code it builds, empty where CircleCI does not say."""

    id: str
    slug: str
    organization_slug: str
    organization_id: str
    url: str = ""


class RemoteOrganization(NamedTuple):
    """An organisation that the token sees; `id` is empty where CircleCI does not say."""

    id: str
    slug: str
    name: str = ""


class Owner(NamedTuple):
    """Whose contexts are meant: by `id` where it is known, else by `slug`. A Server knows accounts, by id alone."""

    slug: str
    id: str = ""
    is_account: bool = False

    @property
    def query(self) -> dict[str, str]:
        if not self.id:
            return {"owner-slug": self.slug}
        return {"owner-id": self.id} | ({"owner-type": "account"} if self.is_account else {})

    @property
    def body(self) -> dict[str, str]:
        kind = {"type": "account" if self.is_account else "organization"}
        return ({"id": self.id} if self.id else {"slug": self.slug}) | kind
