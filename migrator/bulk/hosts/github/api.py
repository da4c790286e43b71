"""One client for all threads: every request asks the budget first, and the result is an answer or a fault."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import urlsplit

import httpx

from migrator import __version__
from migrator.bulk.scheduler import Budget, again
from migrator.bulk.states import CampaignError, Fault, OfflineError, RepositoryError
from migrator.errors import UsageError

TRIES = 3
_READS = frozenset(("GET", "HEAD"))


class RefusedError(RepositoryError):
    """The host rejected the request: `status` and `words` give the reason."""

    def __init__(self, status: int, words: str, fault: Fault = Fault.FORBIDDEN) -> None:
        super().__init__(fault, f"GitHub answered {status}: {words}" if status else f"GitHub: {words}")
        self.status, self.words = status, words


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
        self._budget, self._pause = budget, pause
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
        self, method: str, path: str, body: dict[str, Any] | None = None, *, content: bool = False, **parameters: str
    ) -> Any:
        """The JSON of an answer. `RefusedError` if the host rejects it; `content`: it counts as creating content."""
        return self._send(method, f"{self._url}{path}", body, parameters, "core", content=content).json()

    def raw(self, path: str) -> bytes:
        """The bytes of a blob."""
        accept = {"Accept": "application/vnd.github.raw+json"}
        return self._send("GET", f"{self._url}{path}", None, {}, "core", content=False, headers=accept).content

    def query(self, query: str, variables: dict[str, Any], *, content: bool = False) -> dict[str, Any]:
        """The data of a GraphQL query, in which what was not found is null. A mutation is sent once at most."""
        body = {"query": query, "variables": variables}
        writes = query.lstrip().startswith("mutation")
        answer = self._send("POST", self._graphql, body, {}, "graphql", content=content, reads=not writes)
        found: dict[str, Any] = answer.json()
        errors = found.get("errors") or []
        # A repository with an error is null among the others; any other error affects them all.
        odd = [error for error in errors if writes or error.get("type") not in ("NOT_FOUND", "FORBIDDEN")]
        if odd or not found.get("data"):
            raise _told(errors)
        data: dict[str, Any] = found["data"]
        return data

    def _send(
        self, method: str, url: str, body: Any, parameters: dict[str, str], resource: str, *,
        content: bool, reads: bool | None = None, headers: dict[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        can_repeat = method in _READS if reads is None else reads

        def once() -> httpx.Response:
            return self._answer(resource, content, method, url, json=body, params=parameters or None, headers=headers)

        return again(once, TRIES if can_repeat else 1, pause=self._pause)

    def _answer(self, resource: str, content: bool, method: str, url: str, **request: Any) -> httpx.Response:
        """The answer to a request, once the host takes one."""
        for tries in itertools.count(1):
            self._budget.take(resource, content=content)
            try:
                answer = self._client.request(method, url, **request)
            except httpx.HTTPError as error:
                raise _broken(error) from None
            if not _is_limit(answer):
                break
            self._budget.refused(answer.headers, tries)
        self._budget.heard(answer.headers)
        if answer.status_code >= 500:
            raise RepositoryError(Fault.SERVER, f"GitHub answered {answer.status_code}")
        _check(answer)
        return answer


def _is_limit(answer: httpx.Response) -> bool:
    if answer.status_code == 429:
        return True
    if answer.status_code == 200 and b'"RATE_LIMITED"' in answer.content:
        # A file may contain the word as well: only the type of an error counts.
        return any(error.get("type") == "RATE_LIMITED" for error in answer.json().get("errors") or [])
    if answer.status_code != 403:
        return False
    limited = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    return limited or "rate limit" in answer.text.lower() or "submitted too quickly" in answer.text.lower()


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if status < 300:
        return
    if status == 401:
        raise CampaignError("GitHub rejects the token (401): it expired or was revoked; nothing more was sent")
    words = _words(answer)
    if status < 400:
        raise RefusedError(status, "the repository moved; plan again", Fault.NOT_FOUND)
    fault = {404: Fault.NOT_FOUND, 409: Fault.STALE, 422: Fault.STALE}.get(status, Fault.FORBIDDEN)
    if "protected" in words.lower() or "rule violation" in words.lower():
        fault = Fault.PROTECTED
    raise RefusedError(status, words, fault)


def _words(answer: httpx.Response) -> str:
    try:
        found = answer.json()
        errors = [e.get("message", "") if isinstance(e, dict) else str(e) for e in found.get("errors", [])]
        return "; ".join(filter(None, (str(found.get("message", "")), *errors)))[:300]
    except (json.JSONDecodeError, AttributeError):
        return answer.reason_phrase


def _told(errors: list[dict[str, Any]]) -> RepositoryError:
    kinds = {error.get("type", "") for error in errors}
    words = "; ".join(str(error.get("message", "")) for error in errors)[:300] or "no data"
    if "protected" in words.lower() or "rule violation" in words.lower():
        return RefusedError(0, words, Fault.PROTECTED)
    if "STALE_DATA" in kinds or "already exists" in words or "Expected branch" in words:
        return RefusedError(0, words, Fault.STALE)
    fault = Fault.NOT_FOUND if "NOT_FOUND" in kinds else Fault.FORBIDDEN if "FORBIDDEN" in kinds else Fault.SERVER
    return RefusedError(0, words, fault)


def _broken(error: httpx.HTTPError) -> RepositoryError:
    if isinstance(error, httpx.TimeoutException):
        return RepositoryError(Fault.TIMEOUT, "GitHub did not answer in time")
    kind = OfflineError if isinstance(error, httpx.ConnectError) else RepositoryError
    return kind(Fault.UNREACHABLE, f"GitHub cannot be reached, or closed the connection ({type(error).__name__})")
