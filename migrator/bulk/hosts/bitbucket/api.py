"""Bitbucket's REST API over the client that all services share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from migrator.bulk.entry import Entry
from migrator.bulk.hosts.bitbucket.credentials import CLOUD, Credentials
from migrator.bulk.hosts.bitbucket.shapes import page_of
from migrator.bulk.states import RepositoryError
from migrator.services.answers import Shape, read_json
from migrator.services.budget import Budget
from migrator.services.client import Client, Form, check_url
from migrator.services.faults import Fault

TITLE = "Bitbucket"
Query = Sequence[tuple[str, str]]


class Api:
    """The API at `https://api.bitbucket.org/2.0`. Every request counts, for Bitbucket counts them all by the hour:
    https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/"""

    def __init__(self, url: str, credentials: Credentials, budget: Budget, *, timeout: float = 30.0) -> None:
        self._url = check_url(url, "--api-url", CLOUD)
        headers = {"Authorization": credentials.header, "Accept": "application/json"}
        self._budget = budget
        self._client = Client(TITLE, headers, budget, timeout=timeout, secrets=credentials.secrets)

    def close(self) -> None:
        self._client.close()

    def pause(self, seconds: float) -> None:
        """Wait before something is asked again."""
        self._budget.pause(seconds)

    def get(self, path: str, shape: Shape, query: Query = ()) -> Any:
        """The JSON of an answer."""
        return self._read("GET", f"{self._url}{path}{_query(query)}", shape)

    def send(self, method: str, path: str, shape: Shape, body: Any = None) -> Any:
        """The JSON of the answer to what is sent, which happens once at most. `RefusedError` for what it would not."""
        return self._read(method, f"{self._url}{path}", shape, body)

    def _read(self, method: str, url: str, shape: Shape, body: Any = None) -> Any:
        def read(answer: httpx.Response) -> Any:
            return read_json(answer, TITLE, shape)

        return self._client.send(method, url, read, body=body, content=True)

    def raw(self, path: str) -> bytes:
        """The bytes of a file."""

        def read(answer: httpx.Response) -> bytes:
            return answer.content

        url = f"{self._url}{path}"
        return self._client.send("GET", url, read, headers={"Accept": "*/*"}, content=True)

    def answer(self, method: str, path: str, body: Any = None, form: Form | None = None) -> httpx.Response:
        """The answer to what is sent, whatever is in it."""

        def read(answer: httpx.Response) -> httpx.Response:
            return answer

        return self._client.send(method, f"{self._url}{path}", read, body=body, form=form, content=True)

    def pages(self, path: str, shape: Shape, query: Query = ()) -> Iterator[Any]:
        """All of a list. What leads to its next page comes from the host, and is followed on the API's own URL only."""
        url: str | None = f"{self._url}{path}{_query(query)}"
        seen: set[str] = set()
        while url is not None:
            seen.add(url)
            page = self._read("GET", url, page_of(shape))
            yield from page["values"]
            url = page["next"]
            if url is not None and (url in seen or not url.startswith(f"{self._url}/")):
                why = "again and again" if url in seen else "on another host, which gets no token"
                raise RepositoryError(Fault.SERVER, f"{TITLE} continues {path} {why}; what was listed is kept")


def _query(query: Query) -> str:
    return f"?{urlencode(query)}" if query else ""


def at(entry: Entry, *more: str) -> str:
    """The path of a repository, or of something of it."""
    return "/".join(("/repositories", entry.name, *(quote(each) for each in more)))
