"""GitHub's REST and GraphQL API over the client that all services share."""

from __future__ import annotations

from typing import Any

import httpx

from migrator.bulk.hosts.github.errors import ANSWER, TITLE, Error, read_error, refusal_of
from migrator.bulk.hosts.github.queries import Query
from migrator.bulk.states import RepositoryError
from migrator.services.answers import Shape, read_json, unexpected, words_of
from migrator.services.budget import Budget
from migrator.services.client import Client, check_url


class Api:
    """GitHub's REST and GraphQL API at a URL such as `https://api.github.com` or `https://HOST/api/v3`."""

    def __init__(self, url: str, token: str, budget: Budget, *, timeout: float = 30.0) -> None:
        self._url = check_url(url, "--api-url", "https://HOST/api/v3")
        self._graphql = self._url.removesuffix("/v3") + "/graphql"
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._client = Client(TITLE, headers, budget, timeout=timeout, secrets=(token,), is_limit=_is_limit)

    def close(self) -> None:
        self._client.close()

    def rest(
        self,
        method: str,
        path: str,
        shape: Shape,
        body: dict[str, Any] | None = None,
        *,
        content: bool = False,
        **parameters: str,
    ) -> Any:
        """The JSON of an answer. `RefusedError` for what the host would not do; `content` is what it counts as such."""

        def read(answer: httpx.Response) -> Any:
            return read_json(answer, TITLE, shape)

        return self._client.send(method, f"{self._url}{path}", read, body=body, parameters=parameters, content=content)

    def raw(self, path: str) -> bytes:
        """The bytes of a blob."""
        accept = {"Accept": "application/vnd.github.raw+json"}

        def read(answer: httpx.Response) -> bytes:
            return answer.content

        return self._client.send("GET", f"{self._url}{path}", read, headers=accept)

    def query(self, query: Query, variables: dict[str, Any], *, content: bool = False) -> dict[str, Any]:
        """The data of a query about one thing, in which what was not found is null. A mutation is sent once at most.

        Raises what the host says where it would not show that thing.
        """
        data, refused = self.query_many(query, variables, content=content)
        for path, why in refused.items():
            if len(path) == 1 and data.get(path[0]) is None:
                raise why
        return data

    def query_many(
        self, query: Query, variables: dict[str, Any], *, content: bool = False
    ) -> tuple[dict[str, Any], dict[tuple[str, ...], RepositoryError]]:
        """The data of a query about many things, and by their path in it why the host would not show some."""
        body = {"query": query.text, "variables": variables}
        writes = query.writes

        def read(answer: httpx.Response) -> tuple[dict[str, Any], list[Error]]:
            found = read_json(answer, TITLE, ANSWER)
            return found["data"] or {}, [read_error(error) for error in found["errors"] or ()]

        data, errors = self._client.send(
            "POST", self._graphql, read, resource="graphql", body=body, content=content, reads=not writes
        )
        # One odd repository is null among the others; anything else concerns them all.
        if not data or any(writes or error.kind not in ("NOT_FOUND", "FORBIDDEN") for error in errors):
            raise refusal_of(errors)
        if wrong := query.shape(data, ""):
            raise refusal_of(errors) if errors else unexpected(TITLE, 200, f"something else than expected: {wrong}")
        return data, {error.path: refusal_of([error]) for error in errors if error.kind == "FORBIDDEN"}


def _is_limit(answer: httpx.Response) -> bool:
    if answer.status_code == 200 and b'"RATE_LIMITED"' in answer.content:
        # A file may contain the word as well: only the type of an error counts.
        try:
            found = read_json(answer, TITLE, ANSWER)
        except RepositoryError:
            return False
        return any(read_error(error).kind == "RATE_LIMITED" for error in found["errors"] or ())
    if answer.status_code != 403:
        return False
    words = words_of(answer).lower()
    limited = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    return limited or "rate limit" in words or "submitted too quickly" in words
