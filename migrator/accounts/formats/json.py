"""JSON, the contract for scripts: one object, `docs/json.md` names its members."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from migrator.accounts.wanted import Context, Organization, Project, Variable


def render(organizations: Sequence[Organization], **more: Any) -> str:
    """`more` are further members, such as what was made."""
    answer = {"version": 1, "organizations": [_organization(each) for each in organizations], **more}
    return json.dumps(answer, indent=2) + "\n"


def _organization(organization: Organization) -> dict[str, Any]:
    return {
        "organization": organization.slug,
        "reason": organization.why,
        "contexts": [_context(each) for each in organization.contexts.values()],
        "projects": [_project(each) for each in organization.projects.values() if each.variables],
    }


def _context(context: Context) -> dict[str, Any]:
    return {
        "name": context.name,
        "state": context.state,
        "needed": context.is_needed,
        "reason": context.why,
        "variables": [_variable(each) for each in context.variables.values()],
        "restrictions": [
            {"type": each.kind, "value": each.value, "name": each.name} for each in context.restrictions
        ],
        "problems": [
            {"project": each.project, "message": each.words, "certain": each.is_certain} for each in context.troubles
        ],
        "used_by": [
            {"project": name, "scheduled": user.is_scheduled, "paths": list(user.paths)}
            for name, user in context.users.items()
        ],
    }  # fmt: skip


def _variable(variable: Variable) -> dict[str, Any]:
    return {"name": variable.name, "state": variable.state, "needed": variable.is_needed}


def _project(project: Project) -> dict[str, Any]:
    return {
        "project": project.name,
        "reason": project.why,
        "variables": [
            {**_variable(each), "contexts": list(each.contexts), "paths": list(each.paths)}
            for each in project.variables.values()
        ],
    }
