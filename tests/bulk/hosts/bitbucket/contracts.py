"""Bitbucket's published description of its API (Swagger 2.0), where it is at hand, else our own excerpt of it.

What is known to differ from the description, each with its source, is in `BESIDE`, `_EVERYWHERE` and `faults`.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from tests.corpus import APIS

PUBLISHED = APIS / "bitbucket-2.0.json"
EXCERPT = Path(__file__).parent / "excerpt.json"
BESIDE = {
    # In the text of the operation only: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/
    ("post", "/repositories/{workspace}/{repo_slug}/src", 409),
    ("post", "/repositories/{workspace}/{repo_slug}/src", 400),
    # Merge checks and conflicts: https://support.atlassian.com/bitbucket-cloud/docs/suggest-or-require-checks-before-a-merge/
    ("post", "/repositories/{workspace}/{repo_slug}/pullrequests/{pull_request_id}/merge", 400),
    ("post", "/repositories/{workspace}/{repo_slug}/pullrequests/{pull_request_id}/decline", 400),
}
_REFUSALS = (401, 403, 404, 429, 500, 555)
"""What any operation may answer, whether or not its description lists it."""
_EVERYWHERE = {"page", "pagelen", "q", "sort", "fields"}
"""Of all lists, by https://developer.atlassian.com/cloud/bitbucket/rest/intro/"""


@functools.cache
def description() -> dict[str, Any]:
    path = PUBLISHED if PUBLISHED.is_file() else EXCERPT
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@functools.cache
def _routes() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for path in sorted(description()["paths"], key=lambda path: path.count("{")):
        # Paths of files and names of branches have slashes; that of the top folder is empty.
        pattern = re.escape(path).replace(r"\{path\}", ".*").replace(r"\{name\}", ".+")
        found.append((re.compile(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", pattern)), path))
    return found


@functools.cache
def place_of(method: str, path: str) -> str:
    """The path of the operation that a request means, empty where none is published."""
    known = description()["paths"]
    return next((name for pattern, name in _routes() if pattern.fullmatch(path) and method.lower() in known[name]), "")


@functools.cache
def _validator(reference: str) -> Any:
    return Draft4Validator({"$ref": reference, "definitions": description()["definitions"]})


def _check(reference: str, value: Any, where: str, *, sent: bool = False) -> list[str]:
    found = []
    for error in _validator(reference).iter_errors(_as_meant(value)):
        if sent and error.validator == "required" and "'type'" in error.message:
            continue  # Atlassian's own examples of requests leave it out.
        found.append(f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    return found[:3]


def _as_meant(value: Any) -> Any:
    """Swagger 2.0 has no null: what is null is not there. It has no strategies that rebase yet, and no drafts."""
    if isinstance(value, dict):
        return {name: _as_meant(each) for name, each in value.items() if each is not None}
    return [_as_meant(each) for each in value] if isinstance(value, list) else value


def faults(method: str, path: str, query: Sequence[tuple[str, str]], sent: Any, status: int, answer: Any) -> list[str]:
    """What the description says against a request and its answer. `path` begins below `/2.0` and is not quoted."""
    where = f"{method} {path}"
    place = place_of(method, path)
    if not place:
        return [f"{where}: no such operation is published"]
    item = description()["paths"][place]
    found = item[method.lower()]
    parameters = {each["name"]: each for each in (*item.get("parameters", ()), *found.get("parameters", ()))}
    told = []
    for name, value in query:
        known = parameters.get(name)
        if name not in _EVERYWHERE and (known is None or known["in"] != "query"):
            told.append(f"{where}: no parameter {name} is published")
        elif known is not None and value not in known.get("enum", [value]):
            told.append(f"{where}: {name} is {value}, not one of {', '.join(known['enum'])}")
    body = next((each for each in parameters.values() if each["in"] == "body"), None)
    if sent is not None and status != 400:
        if body is not None:
            told += _check(body["schema"]["$ref"], sent, f"{where} request", sent=True)
        elif not place.endswith(("/src", "/refs/branches")):  # a form, and a body that only the text describes
            told.append(f"{where}: has a body, and none is published")
    response = found["responses"].get(str(status))
    if response is None:
        if status not in _REFUSALS and (method.lower(), place, status) not in BESIDE:
            told.append(f"{where}: {status} is no answer that is published")
        response = {"schema": {"$ref": "#/definitions/error"}} if status >= 400 else {}
    if "schema" in response and answer is not None and not isinstance(answer, bytes):
        told += _check(response["schema"]["$ref"], answer, f"{where} {status}")
    return told
