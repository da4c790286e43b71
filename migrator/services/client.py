"""One HTTP client for all threads: every request asks the budget first, and what comes back is an answer or a fault."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import httpx

from migrator import __version__
from migrator.errors import UsageError
from migrator.services.answers import MOST_BYTES, PATIENCE, check_status, whole
from migrator.services.budget import Budget, again
from migrator.services.faults import Fault, OfflineError, ServiceError

R = TypeVar("R")
TRIES = 3
PAUSE = 0.5
"""Half the seconds before the second attempt at what was lost or broken, a quarter of those before the third."""
_READS = frozenset(("GET", "HEAD"))
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_url(url: str, option: str, example: str) -> str:
    """The URL that a token may be sent to, without a slash at its end. Raises `UsageError`, naming the `option`."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise UsageError(f"{option}: expected {example}") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        # It is not repeated: what it holds may be a secret.
        raise UsageError(f"{option}: expected {example}, without a user name, a password or a query")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{option} {url}: expected {example}")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UsageError(f"{option} {url}: a token is sent over https only")
    return url.rstrip("/")


class Form(NamedTuple):
    """Fields of a form, and files by the names of theirs."""

    fields: dict[str, str]
    files: Sequence[tuple[str, bytes]]


class Client:
    """A service, `title` in messages, whose requests carry these headers, with `secrets` in them. `is_limit` knows
    its refusals for too many requests beside status 429. Redirects are not followed: the token would go along."""

    def __init__(
        self,
        title: str,
        headers: Mapping[str, str],
        budget: Budget,
        *,
        timeout: float = 30.0,
        secrets: Sequence[str] = (),
        is_limit: Callable[[httpx.Response], bool] = lambda _: False,
    ) -> None:
        self._title, self._budget, self._timeout = title, budget, timeout
        self._is_limit, self._secrets = is_limit, tuple(secrets)
        self._client = httpx.Client(
            timeout=timeout,
            limits=httpx.Limits(max_connections=64),
            mounts={"http://": None},  # loopback only: a proxy of the environment would see the token
            headers={"User-Agent": f"circleci-migrator/{__version__}", **headers},
        )

    def close(self) -> None:
        self._client.close()

    def send(
        self, method: str, url: str, read: Callable[[httpx.Response], R], *, resource: str = "core",
        body: Any = None, form: Form | None = None, parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bool = False, reads: bool | None = None, secrets: Sequence[str] = (),
    ) -> R:  # fmt: skip
        """What `read` makes of an answer of success, which is asked for again where it was lost or broken.

        Only what `reads` is repeated, by default GET and HEAD. `content`: the service counts it as content created.
        `body` is sent as JSON, `form` as `multipart/form-data`. `secrets` are sent along: no message repeats them,
        whatever the answer says.
        """
        can_repeat = method in _READS if reads is None else reads

        def once() -> R:
            asked: dict[str, Any] = {"json": body, "params": parameters or None, "headers": headers}
            if form is not None:
                asked |= {"data": form.fields, "files": [(n, (n.rpartition("/")[2], data)) for n, data in form.files]}
            return read(self._answer(resource, content, (*self._secrets, *secrets), method, url, **asked))

        return again(once, TRIES if can_repeat else 1, pause=PAUSE, sleep=self._budget.pause)

    def _answer(
        self, resource: str, content: bool, secrets: Sequence[str], method: str, url: str, **request: Any
    ) -> httpx.Response:
        """The answer to a request, once the service takes one."""
        for tries in itertools.count(1):
            self._budget.take(resource, content=content)
            try:
                with self._client.stream(method, url, **request) as streamed:
                    answer = whole(streamed, self._title, MOST_BYTES, PATIENCE + self._timeout, secrets)
            except httpx.HTTPError as error:
                raise self._broken(error) from None
            if answer.status_code != 429 and not self._is_limit(answer):
                break
            self._budget.refused(answer.headers, tries)
        self._budget.heard(answer.headers)
        check_status(answer, self._title, secrets)
        return answer

    def _broken(self, error: httpx.HTTPError) -> ServiceError:
        if isinstance(error, httpx.TimeoutException):
            return ServiceError(Fault.TIMEOUT, f"{self._title} did not answer in time")
        kind = OfflineError if isinstance(error, httpx.ConnectError) else ServiceError
        words = f"{self._title} cannot be reached, or closed the connection ({type(error).__name__})"
        return kind(Fault.UNREACHABLE, words)
