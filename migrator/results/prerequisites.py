"""What a change needs at CircleCI in words, and as the commands that create what is new."""

from __future__ import annotations

import re

from migrator.circleci.shell.quoting import command
from migrator.results.needs import Needed, Needs
from migrator.rule import Requirement
from migrator.startup.patterns import lazy

HEADING = "Must exist before these changes are merged"
EXISTING = "Needed as before, nothing to do"
_PART = r"(?!-|\.{1,2}(?:/|$))([\w.-]+)"
_SLUG = lazy(rf"(gh|github|bb|bitbucket|circleci)/{_PART}(?:/{_PART})?", re.ASCII)
_VCS = {"gh": "github", "bb": "bitbucket"}


def title(need: Requirement, project: str = "") -> str:
    """One line, such as "context docker-hub-creds with DOCKERHUB_USERNAME and DOCKERHUB_PASSWORD".

    `project` is what the project of variables is called where `need` has no owner.
    """
    variables = listed(need.variables)
    if need.kind == "context":
        return _of_context(need, variables)
    of = f" of {need.owner or project}" if need.owner or project else ""
    today = listed(tuple(f"`{name}`" for name in need.today), "or")
    if not need.new:
        its = f"the project {need.owner or project}".rstrip()
        home = f"{today} or {its}" if today else its
        return f"{variables} from {home}: {need.name}"
    beside = f" (or the same in {today}, which its jobs have)" if today else ""
    return f"project environment variables {variables}{of}{beside}: {need.name}"


def _of_context(need: Requirement, variables: str) -> str:
    context = f"context {need.name}{f' of {need.owner}' if need.owner else ''}"
    if not need.new:
        return f"{variables} from the {context}, or from the project" if variables else context
    if need.name in need.today:
        return f"{variables} in the {context}, which configs name already: set what is missing there"
    return f"{context}{f' with {variables}' if variables else ''}"


def heading_of(needed: Needed) -> str:
    """The title of a need, and why it is there where the title does not say."""
    return title(needed.need, needed.project) + (f" ({needed.need.reason})" if needed.need.reason else "")


def summary_of(needs: Needs) -> str:
    """What must exist, on one line; empty where nothing must."""
    return f"{HEADING}: {'; '.join(heading_of(needed) for needed in needs.demanded)}" if needs.demanded else ""


def commands(needed: Needed) -> list[str]:
    """Shell commands for CircleCI Cloud or Server, none for what is there already.

    None takes a value as an argument, where others could read it. What is not known of the owner is in capitals.
    """
    need, target = needed.need, needed.target
    if not need.new:
        return []
    kind, organization, project = _names(need.owner)
    if need.kind == "context":
        is_named = need.name in need.today
        if target == "server":
            return _context_of_server(need, [kind, organization] if organization else [], is_named=is_named)
        return _context_of_cloud(need, f"{kind}/{organization}" if organization else "", is_named=is_named)
    if target == "server":
        owner = (_VCS.get(kind, kind), organization, project) if project else ("VCS", "ORG", "PROJECT")
        return [command("circleci", "project", "secret", "create", *owner, name) for name in need.variables]
    # `circleci envvar set` takes the value as an argument; the API does not.
    slug = f"{kind}/{organization}/{project}" if project else "gh/ORG/REPO"
    return [
        f"""read -rs V && printf %s "$V" | jq -R '{{name: "{variable}", value: .}}' | curl -fsS --json @-"""
        f""" -H @<(echo "Circle-Token: $CIRCLE_TOKEN") https://circleci.com/api/v2/project/{slug}/envvar"""
        for variable in need.variables
    ]


def _context_of_cloud(need: Requirement, organization: str, *, is_named: bool) -> list[str]:
    """The CLI 1.x asks for a value that is not given. It takes the organisation of the folder where none is named."""
    of = ("--org", organization) if organization else ()
    first = ("secret", "list") if is_named else ("create",)

    def on(*words: str, options: tuple[str, ...] = ()) -> str:
        # A name that looks like an option is none behind `--`.
        about = (*of, *options, "--", need.name) if need.name.startswith("-") else (need.name, *of, *options)
        return command("circleci", "context", *words, *about)

    return [on(*first), *(on("secret", "set", options=("--name", name)) for name in need.variables)]


def _context_of_server(need: Requirement, owner: list[str], *, is_named: bool) -> list[str]:
    """The CLI 0.1, the only one for Server, reads the value from standard input."""
    of = [_VCS.get(owner[0], owner[0]), owner[1]] if owner else ["--org-id", "ORG_ID"]
    of += ["--"] * need.name.startswith("-") + [need.name]
    stored = (command("circleci", "context", "store-secret", *of, variable) for variable in need.variables)
    return [command("circleci", "context", "show" if is_named else "create", *of), *stored]


def _names(slug: str) -> tuple[str, str, str]:
    """The parts of a slug: the kind, the organisation and the project; empty where it is no slug of that many."""
    found = _SLUG.fullmatch(slug)
    return (found[1], found[2], found[3] or "") if found else ("", "", "")


def listed(names: tuple[str, ...], last: str = "and") -> str:
    """Names in a sentence: "A, B and C"."""
    return f" {last} ".join(", ".join(names).rsplit(", ", 1))
