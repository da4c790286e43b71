"""What must exist before a change is merged, in words and as the commands that create it."""

from __future__ import annotations

from migrator.circleci.shell.quoting import command
from migrator.rule import Requirement

HEADING = "Must exist before these changes are merged"


def title(need: Requirement) -> str:
    """One line, such as "context docker-hub-creds with DOCKERHUB_USERNAME and DOCKERHUB_PASSWORD"."""
    variables = _listed(need.variables)
    if need.kind == "context":
        return f"context {need.name}" + (f" with {variables}" if variables else "")
    return f"project environment variables {variables}: {need.name}"


def commands(need: Requirement, target: str) -> list[str]:
    """Shell commands for CircleCI Cloud or Server. None takes a value as an argument, where others could read it."""
    if need.kind == "context" and target == "server":
        # The CLI 0.1, the only one for Server, reads the value from standard input.
        return [
            command("circleci", "context", "create", "--org-id", "ORG_ID", need.name),
            *(
                command("circleci", "context", "store-secret", "--org-id", "ORG_ID", need.name, variable)
                for variable in need.variables
            ),
        ]
    if need.kind == "context":
        # The CLI 1.x asks for a value that is not given.
        return [
            command("circleci", "context", "create", need.name),
            *(command("circleci", "context", "secret", "set", need.name, "--name", name) for name in need.variables),
        ]
    if target == "server":
        return [
            command("circleci", "project", "secret", "create", "VCS", "ORG", "PROJECT", name) for name in need.variables
        ]
    # `circleci envvar set` takes the value as an argument; the API does not.
    return [
        f"""read -rs V && printf %s "$V" | jq -R '{{name: "{variable}", value: .}}' | curl -fsS --json @-"""
        """ -H @<(echo "Circle-Token: $CIRCLE_TOKEN") https://circleci.com/api/v2/project/gh/ORG/REPO/envvar"""
        for variable in need.variables
    ]


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))
