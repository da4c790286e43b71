"""What `migrate contexts` is about: the files of PATHs, or of a campaign, with what their changes need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from migrator.accounts.wanted import Organization, Place, gather
from migrator.circleci.mentions import Mentions, mentions_of
from migrator.cli.every_file import examined
from migrator.documents import open_document
from migrator.engine.batch import Plan, examine_all
from migrator.engine.outcomes import Changed, Failed, Outcome, Skipped
from migrator.engine.views import read_configs, read_siblings
from migrator.errors import ReadError
from migrator.files.reading import read_source, real_path
from migrator.files.repository import name_and_path, remote_of, slug_of, top_of, web_url
from migrator.policy.overrides import organization_of, policy_for
from migrator.reports.report import Report

_NOTHING = Mentions({}, {})


def of_paths(paths: Sequence[str], plan: Plan, organization: str) -> tuple[list[Organization], Report]:
    """Everything that the files of these paths want. `organization` is that of all, where it is given."""
    outcomes = examined(paths, plan, lambda files: examine_all(files, plan), "Examining")
    report = Report(outcomes, plan.policy)
    after = {real_path(each.path): each.data for each in outcomes if isinstance(each, Changed)}
    files = [
        (_place(outcome.path, plan, organization), _mentions(outcome, plan, after))
        for outcome in outcomes
        if not isinstance(outcome, Failed | Skipped)
    ]
    needs = [(needed.need, needed.paths) for needed in (*report.needs.demanded, *report.needs.existing)]
    return gather(files, needs, organization), report


def _place(path: str, plan: Plan, organization: str) -> Place:
    name, below = name_and_path(path)
    slug = slug_of(path)
    owner = organization or organization_of(policy_for(plan.policy, name, below), slug)
    top = top_of(str(Path(path).absolute().parent))
    return Place(path, name, slug, owner, web_url(remote_of(top)) if top else "", _link(top) if top else "")


def _mentions(outcome: Outcome, plan: Plan, after: Mapping[Path, bytes]) -> Mentions:
    """What a file names, as it and the other files of its config are `after` their changes."""
    path = outcome.path
    try:
        data = outcome.data if isinstance(outcome, Changed) else read_source(path)
        document = open_document(path, data)
        siblings = [(name, after.get(real_path(name), there)) for name, there in plan.siblings(path)]
        configs = read_configs(document, path, read_siblings(siblings))
    except ReadError:
        return _NOTHING  # It was read a moment ago, or is none of CircleCI's.
    return mentions_of(configs)


def _link(top: str) -> str:
    """The slug of the project that `circleci project link` wrote into a repository: what it names is to be verified."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe").load(read_source(str(Path(top, ".circleci", "info.yml"))).decode("utf-8", "replace"))
        organization, project = found["organization"]["id"], found["project"]["id"]
    except (ReadError, OSError, YAMLError, ValueError, RecursionError, KeyError, TypeError):
        return ""
    return f"circleci/{organization}/{project}"


def variables_of_policies(plan: Plan, organizations: Sequence[Organization]) -> frozenset[str]:
    """The variables that the policy names for any of the files."""
    names = set(plan.policy.variables)
    for path in _paths(organizations):
        names |= policy_for(plan.policy, *name_and_path(path)).variables
    return frozenset(names)


def _paths(organizations: Sequence[Organization]) -> Iterator[str]:
    for organization in organizations:
        for project in organization.projects.values():
            yield from project.paths
