"""What GitLab's published description of its REST API says against requests and answers.

Where the description is not at hand, an excerpt counts: names and types of what the tests here use.
`python -m tests.bulk.hosts.gitlab.contracts` prints it anew.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from tests.corpus import APIS

FILE = APIS / "gitlab-v4.json"
HERE = Path(__file__).parent
EXCERPT = HERE / "excerpt.json"
_REFUSALS = (400, 403, 404, 405, 409, 422)
"""Answers to what a client should not have asked, which the description leaves out for most operations."""
_DOCUMENTED: dict[str, dict[str, Any]] = {
    # Operations that the description at hand leaves out, from https://docs.gitlab.com/api/users/ and
    # https://docs.gitlab.com/api/projects/#list-a-users-projects
    "/api/v4/users": {
        "get": {
            "parameters": [{"in": "query", "name": "username", "type": "string"}],
            "responses": {"200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/API_Entities_User"}}}},
        }
    },
    # https://docs.gitlab.com/api/notes/#create-new-merge-request-note
    "/api/v4/projects/{id}/merge_requests/{merge_request_iid}/notes": {
        "post": {
            "parameters": [{"in": "body", "name": "note", "schema": {"$ref": "#/definitions/postNote"}}],
            "responses": {"201": {}},
        }
    },
    "/api/v4/users/{id}/projects": {
        "get": {
            "parameters": [{"in": "query", "name": name, "type": "string"} for name in ("order_by", "sort")],
            "responses": {
                "200": {
                    "schema": {"type": "array", "items": {"$ref": "#/definitions/API_Entities_BasicProjectDetails"}}
                }
            },
        }
    },
}
_EVERYWHERE = ("page", "per_page", "pagination", "page_token")
"""Parameters of every list: https://docs.gitlab.com/api/rest/#pagination"""


@functools.cache
def openapi() -> dict[str, Any]:
    """The published description as it is meant, or the excerpt of it."""
    return published() or json.loads(EXCERPT.read_text("utf-8"))


def published() -> dict[str, Any] | None:
    """The published description, or `None` where it is not at hand."""
    if not FILE.is_file():
        return None
    found = json.loads(FILE.read_text("utf-8"))
    found["paths"] |= _DOCUMENTED
    user = {"type": "object", "properties": {"id": {"type": "integer"}, "username": {"type": "string", "example": "x"}}}
    note = {"type": "object", "properties": {"body": {"type": "string"}}, "required": ["body"]}
    found["definitions"] |= {"API_Entities_User": user, "postNote": note}
    meant: dict[str, Any] = _as_meant(found)
    return meant


_USED = {
    "/api/v4/groups/{id}/projects", "/api/v4/projects/{id}", "/api/v4/projects/{id}/repository/tree",
    "/api/v4/projects/{id}/repository/files/{file_path}", "/api/v4/projects/{id}/repository/branches/{branch}",
    "/api/v4/projects/{id}/repository/commits", "/api/v4/projects/{id}/repository/commits/{sha}",
    "/api/v4/projects/{id}/merge_requests", "/api/v4/projects/{id}/merge_requests/{merge_request_iid}",
    "/api/v4/projects/{id}/merge_requests/{merge_request_iid}/merge",
    "/api/v4/projects/{id}/merge_requests/{merge_request_iid}/approvals", "/api/v4/user", *_DOCUMENTED,
}  # fmt: skip


def excerpt_of(api: dict[str, Any]) -> dict[str, Any]:
    """Names and types of the operations that are used, with the members that the stand-in mentions."""
    sources = "".join((HERE / name).read_text("utf-8") for name in ("fake.py", "projects.py"))
    mentioned = set(re.findall(r'"(\w+)":', sources)) | {"user"}
    paths = {
        path: {
            verb: {
                "parameters": [
                    {name: each[name] for name in ("in", "name", "type", "enum", "required", "schema") if name in each}
                    for each in operation.get("parameters", ())
                    if each["in"] in ("query", "body")
                ],
                "responses": {
                    status: {"schema": _terse(each["schema"])} if "schema" in each else {}
                    for status, each in operation["responses"].items()
                },
            }
            for verb, operation in item.items()
            if verb in ("get", "post", "put")
        }
        for path, item in api["paths"].items()
        if path in _USED
    }
    found: dict[str, Any] = {}
    left = set(re.findall(r"#/definitions/(\w+)", json.dumps(paths)))
    while left:
        name = left.pop()
        schema = _terse(api["definitions"][name])
        if not name.startswith(("post", "put")):
            schema["properties"] = {key: value for key, value in schema["properties"].items() if key in mentioned}
        found[name] = schema
        left |= set(re.findall(r"#/definitions/(\w+)", json.dumps(schema))) - found.keys()
    return {"paths": paths, "definitions": dict(sorted(found.items()))}


def _terse(schema: Any) -> Any:
    """Without words."""
    if isinstance(schema, list):
        return [_terse(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {key: _terse(each) for key, each in value.items()} if name == "properties" else _terse(value)
        for name, value in schema.items()
        if name not in ("description", "default", "format")
    }


def _as_meant(schema: Any) -> Any:
    """Without what the published text says otherwise than it is meant.

    Swagger 2.0 has no null, and GitLab has it nearly everywhere. A member of an entity for which the generator found
    no type is called a text, without an example or a format; one that is a list of entities is called one entity.
    """
    if isinstance(schema, list):
        return [_as_meant(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    meant = {name: _as_meant(value) for name, value in schema.items() if name != "example"}
    if "properties" in schema and isinstance(schema["properties"], dict):
        meant["properties"] = {name: _member(value) for name, value in schema["properties"].items()}
    return meant


def _member(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return {"anyOf": [value, {"type": "array", "items": value}, {"enum": [None]}]}
    if value.get("type") == "string" and value.keys() == {"type"}:
        return {}
    return {**_as_meant(value), "nullable": True}


@functools.cache
def _routes() -> list[tuple[re.Pattern[str], str]]:
    api = openapi()
    paths = sorted(api["paths"], key=lambda path: (path.count("{"), -len(path)))
    return [(re.compile(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(path)) + "$"), path) for path in paths]


@functools.cache
def _validator(pointer: str) -> Any:
    from openapi_schema_validator import OAS30Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT4

    registry: Any = Registry().with_resource("urn:api", DRAFT4.create_resource(openapi()))
    return OAS30Validator({"$ref": f"urn:api#{pointer}"}, registry=registry)


def faults(method: str, path: str, query: dict[str, str], sent: Any, status: int, answer: Any) -> list[str]:
    """What the description says against a request and its answer. `path` is quoted."""
    api = openapi()
    where = f"{method} {path}"
    fitting = (name for pattern, name in _routes() if pattern.match(path) and method.lower() in api["paths"][name])
    place = next(fitting, None)
    if place is None:
        return [f"{where}: GitLab publishes no such operation"]
    found = api["paths"][place][method.lower()]
    base = f"/paths/{place.replace('~', '~0').replace('/', '~1')}/{method.lower()}"
    return [
        *_query_faults(found, query, where),
        *(_body_faults(api, found, sent, where) if status not in (400, 422) else ()),
        *_answer_faults(found, base, status, answer, where),
    ]


def _query_faults(found: dict[str, Any], query: dict[str, str], where: str) -> list[str]:
    known = {each["name"]: each for each in found.get("parameters", ()) if each["in"] == "query"}
    told = [f"{where}: no parameter {name} is published" for name in query if name not in (*known, *_EVERYWHERE)]
    told += [f"{where}: lacks {name}" for name, each in known.items() if each.get("required") and name not in query]
    for name, value in query.items():
        allowed = known.get(name, {}).get("enum")
        if allowed and value not in map(str, allowed):
            told.append(f"{where}: {name} is {value}, not one of {', '.join(map(str, allowed))}")
        if known.get(name, {}).get("type") == "boolean" and value not in ("true", "false"):
            told.append(f"{where}: {name} is {value}, neither true nor false")
    return told


def _body_faults(api: dict[str, Any], found: dict[str, Any], sent: Any, where: str) -> list[str]:
    body = next((each for each in found.get("parameters", ()) if each["in"] == "body"), None)
    if body is None:
        return [f"{where}: has a body, and none is published"] if sent else []
    pointer = body["schema"]["$ref"].removeprefix("#")
    schema = api["definitions"][pointer.rpartition("/")[2]]
    told = _check(pointer, sent or {}, f"{where} request")
    return told + [
        f"{where} request: {name} is not published" for name in sent or () if name not in schema["properties"]
    ]


def _answer_faults(found: dict[str, Any], base: str, status: int, answer: Any, where: str) -> list[str]:
    responses = found["responses"]
    if status in _REFUSALS:
        known = isinstance(answer, dict) and bool(answer.keys() & {"message", "error"})
        return [] if known else [f"{where}: {status} without a message or an error"]
    if str(status) not in responses:
        return [f"{where}: {status} is no answer that GitLab publishes"]
    if "schema" not in responses[str(status)]:
        return []
    return _check(f"{base}/responses/{status}/schema", answer, f"{where} {status}")


def _check(pointer: str, value: Any, where: str) -> list[str]:
    errors = list(_validator(pointer.replace("{", "%7B").replace("}", "%7D")).iter_errors(value))
    return [f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors[:3]]


if __name__ == "__main__":
    described = published()
    assert described is not None, f"no description of GitLab's API at {FILE}"
    print(json.dumps(excerpt_of(described), sort_keys=True))
