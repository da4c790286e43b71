"""CircleCI's published description of API v2, where it is at hand: what it says against a request and its answer."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import pytest

from tests.corpus import APIS

_REFUSALS = (400, 403, 409)
"""Answers to what a client should not have asked, which the description leaves out for many operations."""

needs_contract = pytest.mark.skipif(
    not (APIS / "circleci-v2.json").is_file(), reason=f"no description of CircleCI's API at {APIS}"
)


@functools.cache
def openapi() -> dict[str, Any] | None:
    """The description of the API, or `None` where it is not at hand."""
    path = APIS / "circleci-v2.json"
    if not path.is_file():
        return None
    found: dict[str, Any] = _as_meant(json.loads(path.read_text("utf-8")))
    return found


def _as_meant(schema: Any) -> Any:
    """Without what the published text says otherwise than it is meant.

    `x-nullable` is `nullable` by another name. `additionalProperties: false` beside `oneOf` or `anyOf`, with no
    properties of its own, would forbid every object. The members of a list are no properties of it.
    """
    if isinstance(schema, list):
        return [_as_meant(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    meant = {name: _as_meant(value) for name, value in schema.items() if name != "x-nullable"}
    if schema.get("x-nullable"):
        meant["nullable"] = True
    if "type" not in meant and meant.get("nullable"):
        del meant["nullable"]  # of no type in particular: anything goes, null as well
    if meant.get("additionalProperties") is False and "properties" not in meant:
        del meant["additionalProperties"]
    return meant


def _pattern(path: str) -> re.Pattern[str]:
    # A slug of a project holds slashes, `allowReserved` says so.
    slug = re.escape(path).replace(r"\{project\-slug\}", "[^/]+/[^/]+/[^/]+")
    return re.compile(re.sub(r"\\\{[^/]+\\\}", "[^/]+", slug) + "$")


@functools.cache
def _routes() -> list[tuple[re.Pattern[str], str]]:
    api = openapi()
    assert api is not None
    paths = sorted(api["paths"], key=lambda path: (path.count("{"), -len(path)))
    return [(_pattern(path), path) for path in paths]


def _place(method: str, path: str) -> str | None:
    api = openapi()
    assert api is not None
    fitting = (name for pattern, name in _routes() if pattern.match(path) and method.lower() in api["paths"][name])
    return next(fitting, None)


@functools.cache
def _validator(pointer: str) -> Any:
    from openapi_schema_validator import OAS30Validator, oas30_format_checker
    from referencing import Registry
    from referencing.jsonschema import DRAFT4

    registry: Any = Registry().with_resource("urn:api", DRAFT4.create_resource(openapi()))
    return OAS30Validator({"$ref": f"urn:api#{pointer}"}, registry=registry, format_checker=oas30_format_checker)


def faults(method: str, path: str, query: dict[str, str], sent: Any, status: int, answer: Any) -> list[str]:
    """What the description says against a request and its answer. `path` begins below `/api/v2` and is not quoted."""
    api = openapi()
    assert api is not None
    place = _place(method, path)
    if place is None:
        return [f"{method} {path}: CircleCI publishes no such operation"]
    item = api["paths"][place]
    found = item[method.lower()]
    base = f"/paths/{place.replace('~', '~0').replace('/', '~1')}/{method.lower()}"
    where = f"{method} {path}"
    return [
        *_query_faults(api, item, found, query, where),
        *_body_faults(found, base, sent, status, where),
        *_answer_faults(api, found, base, status, answer, where),
    ]


def _query_faults(
    api: dict[str, Any], item: dict[str, Any], found: dict[str, Any], query: dict[str, str], where: str
) -> list[str]:
    told = []
    parameters = [_resolved(api, each) for each in (*item.get("parameters", ()), *found.get("parameters", ()))]
    known = {each["name"]: each for each in parameters if each["in"] == "query"}
    told += [f"{where}: no parameter {name} is published" for name in query if name not in known]
    told += [f"{where}: lacks {name}" for name, each in known.items() if each.get("required") and name not in query]
    for name, value in query.items():
        allowed = known.get(name, {}).get("schema", {}).get("enum")
        if allowed and value not in allowed:
            told.append(f"{where}: {name} is {value}, not one of {', '.join(allowed)}")
    return told


def _body_faults(found: dict[str, Any], base: str, sent: Any, status: int, where: str) -> list[str]:
    if "requestBody" not in found:
        return [f"{where}: has a body, and none is published"] if sent is not None else []
    if sent is None:
        return [f"{where}: has no body"]
    if status == 400:
        return []  # it is said to be wrong
    schema = found["requestBody"]["content"]["application/json"]["schema"]
    told = _check(f"{base}/requestBody/content/application~1json/schema", sent, f"{where} request")
    if "properties" in schema and isinstance(sent, dict):  # those of the older operations do not say that they are all
        told += [f"{where} request: {name} is not published" for name in sent if name not in schema["properties"]]
    return told


def _answer_faults(
    api: dict[str, Any], found: dict[str, Any], base: str, status: int, answer: Any, where: str
) -> list[str]:
    responses = found["responses"]
    name = str(status) if str(status) in responses else "default"
    if name not in responses and status in _REFUSALS:
        return (
            []
            if isinstance(answer, dict) and answer.keys() == {"message"}
            else [f"{where}: {status} without a message"]
        )
    if name not in responses:
        return [f"{where}: {status} is no answer that CircleCI publishes"]
    pointer, response = f"{base}/responses/{name}", responses[name]
    if "$ref" in response:
        pointer = response["$ref"].removeprefix("#")
        response = _resolved(api, response)
    if "application/json" not in response.get("content", {}):
        return []
    return _check(f"{pointer}/content/application~1json/schema", answer, f"{where} {status}")


def _resolved(api: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = api
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    resolved: dict[str, Any] = found
    return resolved


def _check(pointer: str, value: Any, where: str) -> list[str]:
    errors = list(_validator(pointer.replace("{", "%7B").replace("}", "%7D")).iter_errors(value))
    return [f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors[:3]]
