"""CircleCI's API, as far as contexts, variables and projects go: https://circleci.com/docs/api/v2/.

Nothing that is written is sent twice: who writes asks first what is there, also where an answer was lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from migrator.accounts.model import Owner, RemoteContext, RemoteOrganization, RemoteProject, Restriction
from migrator.results.masking import one_line
from migrator.services.answers import Shape, flag, many, matching, maybe, read_json, record, text
from migrator.services.budget import Budget
from migrator.services.client import Client, check_url
from migrator.services.faults import Fault, OfflineError, ServiceError

TITLE = "CircleCI"
_GONE = (Fault.TIMEOUT, Fault.UNREACHABLE)
_PATIENCE = 5
"""After so many requests in a row that got no answer, each tried several times, nothing more is asked."""
BACKOFF = 2.0
"""Seconds before the first attempt after a refusal that names no time; CircleCI publishes no numbers."""
_MOST_PAGES = 500
"""An organisation has at most 500 contexts and a context 100 variables: https://circleci.com/docs/contexts/."""

_ID = matching(r"[A-Za-z0-9-]{1,100}")
_CONTEXT = record(id=_ID, name=text)
_VARIABLE = record(variable=text)
_RESTRICTION = record(restriction_type=text, restriction_value=text, name=maybe(text))
_PROJECT = record(id=_ID, slug=text, organization_slug=text, organization_id=_ID, vcs_info=record(vcs_url=maybe(text)))
_PROJECT_VARIABLE = record(name=text)
_SETTINGS = record(
    advanced=maybe(record(build_fork_prs=maybe(flag), forks_receive_secret_env_vars=maybe(flag), oss=maybe(flag)))
)
_COLLABORATION = record(id=maybe(_ID), slug=text, name=maybe(text))


class Api:
    """The API of the CircleCI at a URL such as `https://circleci.com`: the root of its host."""

    def __init__(self, url: str, token: str, budget: Budget, *, timeout: float = 30.0) -> None:
        """Raises `UsageError` for a URL to which no token is sent."""
        root = check_url(url, "--api-url", "https://HOST")
        self.url = root.removesuffix("/api/v2").removesuffix("/api")
        self._token = token
        self._lost = 0
        self._client = Client(TITLE, {"Accept": "application/json"}, budget, timeout=timeout, secrets=(token,))

    def close(self) -> None:
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        shape: Shape,
        body: Any = None,
        *,
        parameters: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        reads: bool | None = None,
    ) -> Any:
        """The JSON of an answer; `path` begins with `/api/`.

        `ServiceError`, or its `RefusedError` for what CircleCI would not do; `RunError` for a rejected token.
        `reads`: a POST that changes nothing, and may be repeated.
        """
        if self._lost >= _PATIENCE:
            raise OfflineError(Fault.UNREACHABLE, f"{TITLE} does not answer; nothing more is asked")
        # A Server of any age takes the one; what is not published of v3 is asked as CircleCI's command line does.
        is_published = path.startswith("/api/v2/")
        headers = {"Circle-Token": self._token} if is_published else {"Authorization": f"Bearer {self._token}"}

        def read(answer: httpx.Response) -> Any:
            return read_json(answer, TITLE, shape, (self._token, *secrets))

        try:
            found = self._client.send(
                method,
                f"{self.url}{path}",
                read,
                body=body,
                parameters=parameters,
                headers=headers if self._token else {},
                reads=reads,
                secrets=secrets,
            )
        except ServiceError as error:
            self._lost = self._lost + 1 if error.fault in _GONE else 0
            raise
        self._lost = 0
        return found

    def _pages(self, path: str, item: Shape, parameters: Mapping[str, str] | None = None) -> Iterator[Any]:
        """The items of a list, over all of its pages."""
        shape = record(items=many(item), next_page_token=maybe(text))
        given = dict(parameters or {})
        for _ in range(_MOST_PAGES):
            page = self.ask("GET", path, shape, parameters=given)
            yield from page["items"]
            token = page["next_page_token"]
            if not token:
                return
            if token == given.get("page-token"):
                raise ServiceError(Fault.SERVER, f"{TITLE} sent the same page twice")
            given["page-token"] = token
        raise ServiceError(Fault.SERVER, f"{TITLE} sent more than {_MOST_PAGES} pages")

    # -- organisations and their contexts

    def organizations(self) -> list[RemoteOrganization]:
        """Those that the token's person belongs to."""
        found = self.ask("GET", "/api/v2/me/collaborations", many(_COLLABORATION))
        return [RemoteOrganization(each["id"] or "", each["slug"], each["name"] or "") for each in found]

    def contexts(self, owner: Owner) -> list[RemoteContext]:
        return [
            RemoteContext(each["id"], each["name"]) for each in self._pages("/api/v2/context", _CONTEXT, owner.query)
        ]

    def create_context(self, owner: Owner, name: str) -> RemoteContext:
        """`RefusedError` with status 409 where there is one of that name."""
        made = self.ask("POST", "/api/v2/context", _CONTEXT, {"name": name, "owner": owner.body})
        return RemoteContext(made["id"], made["name"])

    def variables(self, context: RemoteContext) -> list[str]:
        """The names of its variables: no API gives the values."""
        path = f"/api/v2/context/{context.id}/environment-variable"
        return [each["variable"] for each in self._pages(path, _VARIABLE)]

    def set_variable(self, context: RemoteContext, name: str, value: str) -> None:
        """Create a variable, or overwrite the one that is there: ask for `variables` right before."""
        path = f"/api/v2/context/{context.id}/environment-variable/{quote(name, safe='')}"
        self.ask("PUT", path, record(), {"value": value}, secrets=(value,))

    def restrictions(self, context: RemoteContext) -> list[Restriction]:
        path = f"/api/v2/context/{context.id}/restrictions"
        return [
            Restriction(each["restriction_type"], each["restriction_value"], each["name"] or "")
            for each in self._pages(path, _RESTRICTION)
        ]

    def restrict(self, context: RemoteContext, project: str) -> None:
        """Let only this project, by its id, and those allowed already use a context. Status 409: it is one of them."""
        body = {"restriction_type": "project", "restriction_value": project}
        self.ask("POST", f"/api/v2/context/{context.id}/restrictions", record(), body)

    # -- projects

    def project(self, slug: str) -> RemoteProject:
        found = self.ask("GET", f"/api/v2/project/{_in_path(slug)}", _PROJECT)
        return RemoteProject(
            found["id"],
            found["slug"],
            found["organization_slug"],
            found["organization_id"],
            found["vcs_info"]["vcs_url"] or "",
        )

    def project_variables(self, slug: str) -> list[str]:
        """The names of a project's variables. What is shown of their values is not kept."""
        return [each["name"] for each in self._pages(f"/api/v2/project/{_in_path(slug)}/envvar", _PROJECT_VARIABLE)]

    def add_project_variable(self, slug: str, name: str, value: str) -> None:
        """Create a variable, or overwrite the one that is there: ask for `project_variables` right before."""
        body = {"name": name, "value": value}
        self.ask("POST", f"/api/v2/project/{_in_path(slug)}/envvar", record(), body, secrets=(value,))

    def keeps_secrets_from_forks(self, slug: str) -> bool | None:
        """Whether forked pull requests are built without contexts; `None` where the settings do not say."""
        found = self.ask("GET", f"/api/v2/project/{_in_path(slug)}/settings", _SETTINGS)["advanced"] or {}
        builds, given = found.get("build_fork_prs"), found.get("forks_receive_secret_env_vars")
        return None if builds is None or given is None else builds and not given


def _in_path(slug: str) -> str:
    """A slug as a part of a path: none of its words is taken for more than a name."""
    words = slug.split("/")
    if len(words) != len(("vcs", "organization", "project")) or not all(word.strip(".") for word in words):
        raise ServiceError(Fault.NOT_FOUND, f"{one_line(slug)!r} is not the slug of a project")
    return "/".join(quote(word, safe="") for word in words)
