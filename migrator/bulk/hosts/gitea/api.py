"""Gitea's REST API over the client that all services share: https://docs.gitea.com/api/1.26/"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError
from migrator.services.answers import (
    ID,
    LINE,
    NAME,
    URL,
    Shape,
    anything,
    flag,
    many,
    matching,
    maybe,
    number,
    read_json,
    record,
    text,
)
from migrator.services.budget import Budget
from migrator.services.client import Client, check_url
from migrator.services.faults import Fault

TITLE = "Gitea"
ROOT = "/api/v1"
_PAGE = 50
"""What servers give at most by their own default: https://docs.gitea.com/administration/config-cheat-sheet#api-api"""
_MOST_PAGES = 2_000

_FULL_NAME = matching(r"(?!\.+/)[A-Za-z0-9_.-]{1,100}/(?!\.+$)[A-Za-z0-9_.-]{1,100}")
"""What Gitea takes for names, so that none leads elsewhere in an address: modules/validation and models/repo."""
REPOSITORY = record(
    id=number, full_name=_FULL_NAME, default_branch=maybe(LINE), empty=flag, archived=flag, fork=flag,
    mirror=flag, private=flag, internal=maybe(flag), has_pull_requests=maybe(flag), topics=maybe(many(text)),
)  # fmt: skip
REPOSITORIES = many(REPOSITORY)
_END = record(label=LINE, sha=maybe(text), repo_id=maybe(anything))
PULL = record(
    number=number, state=matching("open|closed"), merged=maybe(flag), title=text, html_url=URL, draft=maybe(flag),
    mergeable=maybe(flag), created_at=maybe(text), merge_base=maybe(text), head=_END, base=_END,
    assignees=maybe(many(record(login=NAME))),
)  # fmt: skip
PULLS = many(PULL)
STATUS = record(state=text, total_count=number, sha=maybe(text), statuses=maybe(many(record(context=text))))
BRANCH = record(
    commit=record(id=ID), required_approvals=maybe(number), enable_status_check=maybe(flag),
    status_check_contexts=maybe(many(text)),
)  # fmt: skip
COMPARED = record(total_commits=number)
COMMENTS = many(record(id=number, body=maybe(text)))
REVIEWS = many(
    record(id=number, state=text, official=maybe(flag), dismissed=maybe(flag), user=maybe(record(id=number)))
)


_SAME_PAGE = f"{TITLE} lists the same page again and again; what was listed is kept"


class Api:
    """The API at a URL such as `https://HOST/api/v1`. The token is sent there and nowhere else."""

    def __init__(self, url: str, token: str, budget: Budget, *, timeout: float = 30.0) -> None:
        self.url = check_url(url, "--api-url", f"https://HOST{ROOT}")
        if not self.url.endswith(ROOT):
            raise UsageError(f"--api-url {url}: expected https://HOST{ROOT}")
        headers = {"Authorization": f"token {token}", "Accept": "application/json"}
        self._client = Client(TITLE, headers, budget, timeout=timeout, secrets=(token,))

    @property
    def site(self) -> str:
        """Where its pages and its git repositories are."""
        return self.url.removesuffix(ROOT)

    def close(self) -> None:
        self._client.close()

    def ask(
        self, method: str, path: str, shape: Shape | None, body: dict[str, Any] | None = None, *,
        content: bool = False, **parameters: str,
    ) -> Any:  # fmt: skip
        """The JSON of an answer, `None` without a shape. `RefusedError` for what the host would not do."""

        def read(answer: httpx.Response) -> Any:
            return read_json(answer, TITLE, shape) if shape is not None else None

        return self._client.send(method, f"{self.url}{path}", read, body=body, parameters=parameters, content=content)

    def pages(self, path: str, shape: Shape, **parameters: str) -> Iterator[list[Any]]:
        """The pages of a listing, until one is empty or all that there is was listed."""

        def read(answer: httpx.Response) -> tuple[list[Any], str]:
            return read_json(answer, TITLE, shape), answer.headers.get("x-total-count", "")

        listed, last = 0, None
        for page in range(1, _MOST_PAGES):
            asked = {**parameters, "page": str(page), "limit": str(_PAGE)}
            found, total = self._client.send("GET", f"{self.url}{path}", read, parameters=asked)
            if found and found == last:
                raise RepositoryError(Fault.SERVER, _SAME_PAGE)
            if found:
                yield found
            last = found
            listed += len(found)
            if not found or (total.isdecimal() and listed >= int(total)):
                return


def part(word: str) -> str:
    """One part of a path, such as the name of a branch."""
    return quote(word, safe="")


def repository(name: str) -> str:
    """The path of a repository by its owner and name."""
    return f"/repos/{quote(name)}"
