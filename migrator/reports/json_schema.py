"""The shape of the JSON report as a JSON Schema: `docs/json.md` in a form for programs.

Draft 7. Within version 1 keys may be added, so others than these are allowed wherever an object is.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from migrator.circleci.inventory import jobs
from migrator.reports.formats.json import VERSION
from migrator.results.inventory import tables
from migrator.rule import Safety

Schema: TypeAlias = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def report_schema() -> Schema:
    """The schema of what `migrate --format json` prints."""
    needs = _list({"$ref": "#/definitions/need"})
    replication = {"type": "object", "additionalProperties": {"type": "object"}}
    compiled = {**{name: _count() for name in ("compared", "broken", "partial", "refused")}, "reason": _or_null()}
    return {
        "$schema": DRAFT,
        "title": "The JSON report of migrate",
        **_object(
            {
                "version": {"const": VERSION},
                "policy": {"$ref": "#/definitions/policy"},
                "files": _list({"$ref": "#/definitions/file"}),
                "requirements": {**needs, "description": "What must exist before the changes are merged."},
                "existing": {**needs, "description": "What is needed as it was before."},
                "summary": _object({name: _count() for name in ("files", "changed", "failed", "findings")}),
            },
            ecr_plan=_object({"script": _text(), "replication": replication}),
            compiled=_object(compiled),
            inventory={"$ref": "#/definitions/inventory"},
        ),
        "definitions": {
            "policy": _policy(),
            "file": _file(),
            "finding": _finding(),
            "need": _need(),
            "inventory": _inventory(),
        },
    }


def _object(required: Schema, **optional: Schema) -> Schema:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _text(description: str = "") -> Schema:
    return {"type": "string", "description": description} if description else {"type": "string"}


def _or_null(description: str = "") -> Schema:
    return {**_text(description), "type": ["string", "null"]}


def _count(least: int = 0) -> Schema:
    return {"type": "integer", "minimum": least}


def _policy() -> Schema:
    return _object(
        {
            "path": _or_null("From the working directory; null: the built-in policy."),
            "found": {"enum": ["flag", "upwards", "built-in"]},
        },
        warnings={**_list(_text()), "minItems": 1},
    )


def _file() -> Schema:
    return {
        **_object(
            {
                "path": _text("As the command line names it."),
                "status": {"enum": ["changed", "unchanged", "skipped", "failed"]},
                "reason": _text("Why it was skipped or failed, in one line; else empty."),
                "findings": _list({"$ref": "#/definitions/finding"}),
                "diff": _text("A unified diff, secrets masked; empty where nothing changes."),
            },
            hidden={**_count(1), "description": "How many values are hidden as a precaution."},
            fault={"enum": ["too-slow", "refused-by-compiler"]},
        ),
        "if": {"properties": {"status": {"enum": ["skipped", "failed"]}}},
        "then": {"properties": {"diff": {"const": ""}, "reason": {"minLength": 1}}},
        "else": {"properties": {"reason": {"const": ""}, "fault": False}},
    }


def _finding() -> Schema:
    return _object(
        {
            "rule": _text("The id of the rule."),
            "line": _count(1),
            "column": _count(1),
            "message": _text(),
            "safety": {"enum": [safety.value for safety in Safety]},
            "applied": {"type": "boolean"},
        },
        counts={"const": False, "description": "Only of a finding for information."},
    )


def _need() -> Schema:
    return _object(
        {
            "kind": {"enum": ["context", "project-env"]},
            "name": _text(),
            "owner": _text("A slug such as gh/acme; empty where it is not known."),
            "reason": _text(),
            "variables": _list({"type": "string", "pattern": r"^[^$]"}),
            "contexts": _list(_text()),
            "paths": {**_list(_text()), "minItems": 1},
        }
    )


def _inventory() -> Schema:
    """Lists of flat objects: each makes a table. What is `null` is not known."""

    def table(number: str, **keys: Schema) -> Schema:
        return _list(_object({**keys, number: _count(1), "repositories": _count(1)}))

    authentication = {"enum": [*tables.CREDENTIALS]}
    row = dict.fromkeys(("files", "images", "unauthenticated", "literal", "secrets", "logins", "unseen"), _count())
    return _object(
        {
            **dict.fromkeys(("repositories", "files", "failed", "skipped"), _count()),
            "jobs": _object({each: _count() for each in (jobs.WITH, jobs.WITHOUT, jobs.UNCLEAR)}),
            "images": table("images", registry=_or_null(), authentication=authentication),
            "names": table("images", registry=_or_null(), name=_text()),
            "regions": table("images", region=_or_null()),
            "contexts": table("jobs", context=_text()),
            "secrets": table("secrets", place={"enum": [*tables.PLACES]}),
            "logins": table("logins", form={"enum": [*tables.FORMS]}, registry=_or_null()),
            "orbs": table("jobs", orb=_or_null()),
            "unseen": table("places", what={"enum": [*tables.UNSEEN]}),
            "users": _list(_object({"context": _text(), "repository": _text(), "jobs": _count(1)})),
            "by_repository": _list(_object({"repository": _text(), **row})),
        }
    )
