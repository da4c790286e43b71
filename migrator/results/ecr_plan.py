"""One plan for all distant ECR images that a run found: a script that copies them, and replication rules.

The script is `ecr_plan.sh` with the plan put into it as calls of its functions. Text of configs is put into
it only where it is an account, a region, a repository, a tag or a digest; anything else is quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from shlex import quote
from typing import Final, NamedTuple, TypeAlias

from migrator.circleci.ecr import EcrImage, parse_ecr, partition_of, suffix_of
from migrator.engine.outcomes import Outcome, Skipped

TEMPLATE: Final = Path(__file__).with_name("ecr_plan.sh")
DATA_KEY: Final = "ecr-image"
"""What a finding's `data` calls an image that the plan is to copy."""

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html
_MAX_FILTERS: Final = 100

Json: TypeAlias = "str | bool | list[Json] | dict[str, Json]"
Registry: TypeAlias = tuple[str, str]


class EcrPlan(NamedTuple):
    """`replication` maps an account and a region to the rules to add there, in the format of AWS.

    AWS replaces all rules of a registry at once: add these to those that `aws ecr describe-registry` shows.
    """

    script: str
    replication: dict[str, dict[str, Json]]


def ecr_plan(
    outcomes: Iterable[Outcome], home_region: str, hides: Callable[[str], bool] = lambda _: False
) -> EcrPlan | None:
    """The plan for all images that findings want copied; `None` where there are none.

    `hides` returns whether a text contains a secret: such images are left out, and counted.
    """
    images, hidden = _images(outcomes, hides)
    if not images and not hidden:
        return None
    repositories: dict[Registry, dict[str, dict[str, list[str]]]] = {}
    by_hand: dict[str, list[str]] = {}
    placeholders: dict[str, str] = {}
    for image, paths in images:
        account = image.account
        if not image.has_known_account:
            account = f"${_variable(image.account)}"
            placeholders.setdefault(account[1:], image.account)
        if not image.has_known_repository:
            by_hand[image.text] = paths
            continue
        versions = repositories.setdefault((account, image.region), {}).setdefault(image.repository, {})
        if image.version is None:
            by_hand[image.text] = paths
        else:
            known = versions.setdefault(image.version, [])
            known += [path for path in paths if path not in known]
    registries = sorted(repositories)
    rules = {registry: _rules(registry[0], sorted(repositories[registry]), home_region) for registry in registries}
    lines = ["accounts() {", *(f"  account {name} {quote(text)}" for name, text in sorted(placeholders.items())), "  :"]
    lines += ["}", "", "plan() {"]
    for registry in registries:
        lines += _registry(registry, repositories[registry], rules[registry])
    lines += [f"  by_hand {quote(_line(text))}  # {_seen(paths)}" for text, paths in sorted(by_hand.items())]
    if hidden:
        lines.append(f"  # {hidden} left out: their names contain a secret of the configs")
    script = TEMPLATE.read_text("utf-8")
    for mark, text in (
        ("@HOME_REGION@", home_region),
        ("@SUFFIX@", suffix_of(home_region)),
        ("@PARTITION@", partition_of(home_region)),
        ("@PLAN@", "\n".join([*lines, "  :", "}"])),
    ):
        script = script.replace(mark, text)
    replication: dict[str, dict[str, Json]] = {}
    for account, region in registries:
        replication.setdefault(account, {})[region] = rules[account, region]
    return EcrPlan(script, replication)


def _images(outcomes: Iterable[Outcome], hides: Callable[[str], bool]) -> tuple[list[tuple[EcrImage, list[str]]], int]:
    """Every image once, with the files that name it, sorted; and how many were left out."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Skipped):
            continue
        for finding in outcome.left:
            for key, text in finding.data:
                if key == DATA_KEY and outcome.path not in found.setdefault(text, []):
                    found[text].append(outcome.path)
    shown = {text: paths for text, paths in sorted(found.items()) if not hides(text)}
    images = [(image, paths) for text, paths in shown.items() if (image := parse_ecr(text)) and image.repository]
    return images, len(found) - len(shown)


def _registry(registry: Registry, repositories: dict[str, dict[str, list[str]]], rules: Json) -> list[str]:
    account = f'"{registry[0]}"' if registry[0].startswith("$") else registry[0]
    place = f"{account} {registry[1]}"
    lines = []
    for repository, versions in sorted(repositories.items()):
        lines.append(f"  repository {place} {quote(repository)}")
        for version, paths in sorted(versions.items()):
            lines.append(f"  image {place} {quote(repository)} {quote(version)}  # {_seen(paths)}")
    return [*lines, f"  replication {place} <<'JSON'", *json.dumps(rules, indent=2).splitlines(), "JSON"]


def _rules(account: str, repositories: list[str], home_region: str) -> Json:
    """Rules for one source registry. A filter is a prefix: AWS has no other."""
    rules: list[Json] = []
    for start in range(0, len(repositories), _MAX_FILTERS):
        filters: list[Json] = [
            {"filter": name, "filterType": "PREFIX_MATCH"} for name in repositories[start : start + _MAX_FILTERS]
        ]
        destinations: list[Json] = [{"region": home_region, "registryId": account}]
        rules.append({"destinations": destinations, "repositoryFilters": filters})
    return {"rules": rules}


def _variable(placeholder: str) -> str:
    """The shell variable for an account: `${AWS_ACCOUNT_ID}` keeps its name."""
    words = re.findall(r"[A-Za-z0-9]+", placeholder.rpartition(".")[2]) or ["id"]
    name = "_".join(words).upper()
    # No name may be one that the script or the shell uses, such as PATH.
    return name if "ACCOUNT" in name and not name[0].isdigit() else f"ACCOUNT_{name}"


def _seen(paths: list[str]) -> str:
    others = len(paths) - 1
    return _line(paths[0]) + (f" and {others} other{'s' if others > 1 else ''}" if others else "")


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
