"""GitHub's published schemas: the GraphQL one and the OpenAPI one, from npm packages where they are installed.

`MIGRATOR_NODE_MODULES` names a `node_modules` folder with `@octokit/graphql-schema` and `@octokit/openapi`; else
`.tools/node_modules` of the checkout is looked into.
"""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema

from tests.places import ROOT

HERE = Path(__file__).parent


def node_modules() -> Path:
    return Path(os.environ.get("MIGRATOR_NODE_MODULES", ROOT / ".tools" / "node_modules"))


@functools.cache
def graphql_schema() -> tuple[GraphQLSchema, bool]:
    """The schema, and whether it is GitHub's own."""
    published = node_modules() / "@octokit" / "graphql-schema" / "schema.graphql"
    if published.is_file():
        return build_schema(published.read_text("utf-8"), assume_valid=True), True
    return build_schema((HERE / "subset.graphql").read_text("utf-8"), assume_valid=True), False


@functools.cache
def openapi() -> dict[str, Any] | None:
    """GitHub's description of its REST API, or `None` where it is not installed."""
    folder = node_modules() / "@octokit" / "openapi" / "generated"
    path = folder / "api.github.com.json"
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@functools.cache
def _routes() -> list[tuple[re.Pattern[str], str]]:
    api = openapi()
    assert api is not None
    # The most literal path first: /pulls/{number}/merge before /pulls/{number}/{anything}.
    paths = sorted(api["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(path)) + "$"), path) for path in paths]


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The operation that a request means, or `None` where GitHub publishes none."""
    api = openapi()
    assert api is not None
    for pattern, name in _routes():
        if pattern.match(path) and method.lower() in api["paths"][name]:
            found: dict[str, Any] = api["paths"][name][method.lower()]
            return found
    return None


@functools.cache
def _validator(pointer: str) -> Any:
    from openapi_schema_validator import OAS30Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT4

    api = openapi()
    registry: Any = Registry().with_resource("urn:api", DRAFT4.create_resource(api))
    return OAS30Validator({"$ref": f"urn:api#{pointer}"}, registry=registry)


def faults(method: str, path: str, sent: Any, status: int, answer: Any) -> list[str]:
    """What GitHub's description says against a request and its answer."""
    found = operation(method, path)
    if found is None:
        return [f"{method} {path}: GitHub publishes no such operation"]
    api = openapi()
    assert api is not None
    place = next(name for pattern, name in _routes() if pattern.match(path) and method.lower() in api["paths"][name])
    base = f"/paths/{place.replace('~', '~0').replace('/', '~1')}/{method.lower()}"
    told = []
    if sent is not None and "requestBody" in found:
        told += _check(f"{base}/requestBody/content/application~1json/schema", sent, f"{method} {path} request")
    responses = found["responses"]
    if str(status) in responses and answer is not None:
        pointer = f"{base}/responses/{status}"
        if "$ref" in responses[str(status)]:
            pointer = responses[str(status)]["$ref"].removeprefix("#")
            content = api["components"]["responses"][pointer.rsplit("/", 1)[1]].get("content", {})
        else:
            content = responses[str(status)].get("content", {})
        if "application/json" in content:
            told += _check(f"{pointer}/content/application~1json/schema", answer, f"{method} {path} {status}")
    elif str(status) not in responses and status < 500 and status not in (401, 403, 404, 429):
        told.append(f"{method} {path}: {status} is no answer that GitHub publishes")
    return told


def _check(pointer: str, value: Any, where: str) -> list[str]:
    errors = list(_validator(pointer.replace("{", "%7B").replace("}", "%7D")).iter_errors(value))
    return [f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors[:3]]


@functools.cache
def example(name: str) -> dict[str, Any]:
    """GitHub's own example of an object, to be overlaid with what is true; empty where it is not installed."""
    api = openapi()
    if api is None:
        return {}
    found: dict[str, Any] = api["components"]["examples"][name]["value"]
    return found
