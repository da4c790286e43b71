"""One client for all threads: every request asks the budget first, and what comes back is an answer or a fault."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from migrator import __version__
from migrator.bulk.answers import MOST_BYTES, PATIENCE, Shape, check_status, read_json, unexpected, whole, words_of
from migrator.bulk.hosts.github.errors import ANSWER, TITLE, Error, read_error, refusal_of
from migrator.bulk.hosts.github.queries import Query
from migrator.bulk.scheduler import Budget, again
from migrator.bulk.states import Fault, OfflineError, RepositoryError
from migrator.errors import UsageError

R = TypeVar("R")
TRIES = 3
_READS = frozenset(("GET", "HEAD"))


class Api:
    """GitHub's REST and GraphQL API at a URL such as `https://api.github.com` or `https://HOST/api/v3`."""

    def __init__(self, url: str, token: str, budget: Budget, *, timeout: float = 30.0, pause: float = 0.5) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"--api-url {url}: expected https://HOST/api/v3")
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise UsageError(f"--api-url {url}: a token is sent over https only")
        self._url = url.rstrip("/")
        self._graphql = self._url.removesuffix("/v3") + "/graphql"
        self._budget, self._pause, self._timeout = budget, pause, timeout
        self._client = httpx.Client(
            timeout=timeout,
            limits=httpx.Limits(max_connections=64),
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": f"circleci-migrator/{__version__}",
            },
        )

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

        return self._send(method, f"{self._url}{path}", body, parameters, "core", read, content=content)

    def raw(self, path: str) -> bytes:
        """The bytes of a blob."""
        accept = {"Accept": "application/vnd.github.raw+json"}

        def read(answer: httpx.Response) -> bytes:
            return answer.content

        return self._send("GET", f"{self._url}{path}", None, {}, "core", read, content=False, headers=accept)

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
            "POST", self._graphql, body, {}, "graphql", read, content=content, reads=not writes
        )  # fmt: skip
        # One odd repository is null among the others; anything else concerns them all.
        if not data or any(writes or error.kind not in ("NOT_FOUND", "FORBIDDEN") for error in errors):
            raise refusal_of(errors)
        if wrong := query.shape(data, ""):
            raise refusal_of(errors) if errors else unexpected(TITLE, 200, f"something else than expected: {wrong}")
        return data, {error.path: refusal_of([error]) for error in errors if error.kind == "FORBIDDEN"}

    def _send(
        self, method: str, url: str, body: Any, parameters: dict[str, str], resource: str,
        read: Callable[[httpx.Response], R], *,
        content: bool, reads: bool | None = None, headers: dict[str, str] | None = None,
    ) -> R:  # fmt: skip
        can_repeat = method in _READS if reads is None else reads

        def once() -> R:
            return read(
                self._answer(resource, content, method, url, json=body, params=parameters or None, headers=headers)
            )

        return again(once, TRIES if can_repeat else 1, pause=self._pause, sleep=self._budget.pause)

    def _answer(self, resource: str, content: bool, method: str, url: str, **request: Any) -> httpx.Response:
        """The answer to a request, once the host takes one."""
        for tries in itertools.count(1):
            self._budget.take(resource, content=content)
            try:
                with self._client.stream(method, url, **request) as streamed:
                    answer = whole(streamed, TITLE, MOST_BYTES, PATIENCE + self._timeout)
            except httpx.HTTPError as error:
                raise _broken(error) from None
            if not _is_limit(answer):
                break
            self._budget.refused(answer.headers, tries)
        self._budget.heard(answer.headers)
        check_status(answer, TITLE)
        return answer


def _is_limit(answer: httpx.Response) -> bool:
    if answer.status_code == 429:
        return True
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


def _broken(error: httpx.HTTPError) -> RepositoryError:
    if isinstance(error, httpx.TimeoutException):
        return RepositoryError(Fault.TIMEOUT, "GitHub did not answer in time")
    kind = OfflineError if isinstance(error, httpx.ConnectError) else RepositoryError
    return kind(Fault.UNREACHABLE, f"GitHub cannot be reached, or closed the connection ({type(error).__name__})")
