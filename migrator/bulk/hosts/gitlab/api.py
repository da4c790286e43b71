"""GitLab's REST and GraphQL API over the client that all services share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx

from migrator.bulk.hosts.gitlab.errors import (
    ANSWER,
    TITLE,
    ComplexError,
    Error,
    NoGraphqlError,
    read_error,
    refusal_of,
    reworded,
)
from migrator.bulk.hosts.gitlab.queries import SCORE, Query
from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError
from migrator.services.answers import RefusedError, Shape, many, read_json, unexpected
from migrator.services.budget import Budget
from migrator.services.client import Client, check_url
from migrator.services.faults import Fault

PAGE = 100
"""The most that one page lists: https://docs.gitlab.com/api/rest/#pagination"""
_MOST_PAGES = 2000


class Api:
    """GitLab's API at a URL such as `https://gitlab.com/api/v4`.

    A token is sent as `Authorization: Bearer`, which takes access tokens and those of OAuth alike:
    https://docs.gitlab.com/api/rest/authentication/
    """

    def __init__(self, url: str, token: str, budget: Budget, *, timeout: float = 30.0) -> None:
        self._url = check_url(url, "--api-url", "https://HOST/api/v4")
        if not self._url.endswith("/api/v4"):
            raise UsageError(f"--api-url {url}: expected https://HOST/api/v4")
        self.web = self._url.removesuffix("/api/v4")
        self.budget, self.token = budget, token
        self._graphql = f"{self.web}/api/graphql"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._client = Client(TITLE, headers, budget, timeout=timeout, secrets=(token,))
        self._lock = threading.Lock()
        self._ratio = 1.0
        self.without_graphql = False
        """Once GraphQL was found to be missing, all is asked by REST."""

    def close(self) -> None:
        self._client.close()

    # -- REST

    def rest(
        self, method: str, path: str, shape: Shape, body: dict[str, Any] | None = None, /, *, content: bool = False,
        **parameters: str,
    ) -> Any:  # fmt: skip
        """The JSON of an answer. `RefusedError` for what the host would not do, of the class that its words say."""
        return self._send(method, path, lambda answer: read_json(answer, TITLE, shape), body, content, parameters)

    def find(self, path: str, shape: Shape, /, **parameters: str) -> Any:
        """The JSON of an answer, or `None` where there is no such thing, or none that the token sees."""
        try:
            return self._send("GET", path, lambda answer: read_json(answer, TITLE, shape), None, False, parameters)
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise

    def pages(self, path: str, item: Shape, /, **parameters: str) -> Iterator[Any]:
        """All items of a list, page by page. Only the query of the link to the next page is used: a GitLab behind a
        proxy may name itself otherwise, and the token goes nowhere else."""
        asked = {"per_page": str(PAGE), **parameters}
        seen = set()
        for _ in range(_MOST_PAGES):

            def read(answer: httpx.Response) -> tuple[list[Any], str]:
                return read_json(answer, TITLE, many(item)), answer.links.get("next", {}).get("url", "")

            items, following = self._send("GET", path, read, None, False, asked)
            yield from items
            if not following:
                return
            try:
                asked = {**asked, **dict(parse_qsl(urlsplit(following).query))}
            except ValueError:
                break
            if (key := tuple(sorted(asked.items()))) in seen:
                break
            seen.add(key)
        raise RepositoryError(Fault.SERVER, f"{TITLE} lists the same page again and again; what was listed is kept")

    def _send(
        self, method: str, path: str, read: Any, body: dict[str, Any] | None, content: bool, parameters: dict[str, str]
    ) -> Any:
        try:
            return self._client.send(
                method, f"{self._url}{path}", read, body=body, parameters=parameters, content=content
            )
        except RefusedError as refused:
            raise reworded(refused) from None

    # -- GraphQL

    @property
    def points(self) -> float:
        """How many points, by our own estimate, one query may cost here: what queries turned out to cost counts."""
        with self._lock:
            return SCORE * 0.9 / self._ratio

    def query(self, query: Query, variables: dict[str, Any], estimate: float) -> dict[str, Any]:
        """The data of a query that reads, in which what is not there is null. `estimate` is what it was thought to
        cost. `NoGraphqlError` where this GitLab does not take it, `ComplexError` where it asks for too much."""
        if self.without_graphql:
            raise NoGraphqlError(Fault.SERVER, f"{TITLE} has no GraphQL")

        def read(answer: httpx.Response) -> tuple[dict[str, Any], list[Error]]:
            found = read_json(answer, TITLE, ANSWER)
            return found["data"] or {}, [read_error(error) for error in found["errors"] or ()]

        body = {"query": query.text, "variables": variables}
        try:
            data, errors = self._client.send("POST", self._graphql, read, body=body, reads=True)
            if errors:
                raise refusal_of(errors)
        except RefusedError as refused:
            if refused.status in (403, 404, 405):
                self.without_graphql = True
                raise NoGraphqlError(refused.fault, str(refused)) from None
            raise
        except NoGraphqlError:
            self.without_graphql = True
            raise
        except ComplexError as error:
            self._learn(error.score, error.limit, estimate)
            raise
        if wrong := query.shape(data, ""):
            raise unexpected(TITLE, 200, f"something else than expected: {wrong}")
        if cost := data["queryComplexity"]:
            self._learn(cost["score"], cost["limit"], estimate)
        return data

    def _learn(self, score: int, limit: int, estimate: float) -> None:
        """Remember what estimated points are worth here, relative to the limit that is here."""
        if limit and estimate:
            with self._lock:
                self._ratio = min(1000.0, max(0.05, score / estimate * SCORE / limit))


def segment(text: str) -> str:
    """A path, branch or full name as one segment of a URL: https://docs.gitlab.com/api/rest/#namespaced-paths"""
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


def project(entry_id: str, rest: str = "") -> str:
    """The path of a project of the API, by its number, which no renaming changes."""
    return f"/projects/{segment(entry_id)}{rest}"
