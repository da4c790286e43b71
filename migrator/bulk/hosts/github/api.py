"""GitHub's REST and GraphQL API over the client that all services share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import httpx

from migrator.bulk.hosts.github.errors import ANSWER, TITLE, Error, read_error, refusal_of
from migrator.bulk.hosts.github.queries import Query
from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError
from migrator.services.answers import Shape, read_json, unexpected, words_of
from migrator.services.budget import Budget
from migrator.services.client import Client, check_url
from migrator.services.faults import RejectedTokenError

R = TypeVar("R")


class Api:
    """GitHub's REST and GraphQL API at a URL such as `https://api.github.com` or `https://HOST/api/v3`."""

    def __init__(
        self, url: str, token: str, budget: Budget, *, timeout: float = 30.0, renew: Callable[[], str] | None = None
    ) -> None:
        """`renew` gives the token that counts now, where one is rejected: those of a GitHub App end after an hour."""
        self._url = check_url(url, "--api-url", "https://HOST/api/v3")
        self._graphql = self._url.removesuffix("/v3") + "/graphql"
        self._budget, self._timeout, self._renew = budget, timeout, renew
        self._lock = threading.Lock()
        self._token, self._clients = token, [self._with(token)]
        """The last client has the token that counts; the others end with the run, as threads may be using them."""

    def _with(self, token: str) -> Client:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        return Client(TITLE, headers, self._budget, timeout=self._timeout, secrets=(token,), is_limit=_is_limit)

    @property
    def is_app(self) -> bool:
        """Whether the token is that of an installation of a GitHub App
        (https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github)."""
        return self._token.startswith("ghs_")

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def _send(self, method: str, url: str, read: Callable[[httpx.Response], R], **more: Any) -> R:
        """Send a request, once more where the token was rejected and there is another one by now."""
        token, client = self._token, self._clients[-1]
        try:
            return client.send(method, url, read, **more)
        except RejectedTokenError as rejected:
            if not self._renewed(token):
                raise self._advised(rejected) from None
        return self._clients[-1].send(method, url, read, **more)

    def _renewed(self, rejected: str) -> bool:
        """Whether there is another token than the one that was rejected. One thread looks for it."""
        with self._lock:
            if self._token == rejected and self._renew is not None:
                with suppress(UsageError):
                    fresh = self._renew()
                    if fresh != rejected:
                        self._clients.append(self._with(fresh))
                        self._token = fresh
            return self._token != rejected

    def _advised(self, rejected: RejectedTokenError) -> RejectedTokenError:
        if not self.is_app:
            return rejected
        # https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
        return RejectedTokenError(
            f"{rejected}; a GitHub App's token ends after an hour: run the same command again with a fresh one"
        )

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

        return self._send(method, f"{self._url}{path}", read, body=body, parameters=parameters, content=content)

    def raw(self, path: str) -> bytes:
        """The bytes of a blob."""
        accept = {"Accept": "application/vnd.github.raw+json"}

        def read(answer: httpx.Response) -> bytes:
            return answer.content

        return self._send("GET", f"{self._url}{path}", read, headers=accept)

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

        data, errors = self._send(
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
