"""The CircleCI config for the repository of the policies: it tests them on every push, and pushes them on `main`."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final

from migrator.policy import Policy

# Of 2026-08; releases of version 1 are for CircleCI Cloud, those before are for Server too.
_CLOUD: Final = "1.0.48692"
_SERVER: Final = "0.1.38646"
_TEMPLATE: Final = Path(__file__).with_name("recipe.yml")
_ORGANIZATION: Final = "gh/ORGANIZATION"  # to be filled in, as the policy does not say


def recipe(policy: Policy) -> str:
    if policy.target == "server":
        token, version = "CIRCLECI_CLI_TOKEN", _SERVER
        where = f'--owner-id "$ORGANIZATION_ID" --policy-base-url {policy.api_url.rstrip("/")}'
    else:
        token, version = "CIRCLE_TOKEN", _CLOUD
        where = f"--org {policy.organization or _ORGANIZATION}"
    more = ", and ORGANIZATION_ID, from the organization's settings" if policy.target == "server" else ""
    values = {"installer": _CLOUD, "token": token, "version": version, "where": where, "more": more}
    return Template(_TEMPLATE.read_text("utf-8")).substitute(values)
