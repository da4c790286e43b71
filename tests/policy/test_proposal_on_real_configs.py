"""What is proposed for real organisations asks for less than the built-in policy, and needs no warning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from migrator.engine.choice import of_repository
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Outcome
from migrator.engine.passes import choose_by_safety, run
from migrator.errors import ReadError
from migrator.policy import Policy
from migrator.policy.practice import Practice
from migrator.policy.proposal import propose
from migrator.policy.proposal_text import proposal_toml
from migrator.policy.toml import parse_policy
from migrator.results.policy_lint import policy_warnings
from migrator.review.scan import observe
from tests.corpus import needs_corpus, real_configs

FEW = 3
RULES = ("unauthenticated-image",)


def organisations() -> Iterator[list[tuple[str, Path]]]:
    """The configs of each owner of several repositories, with the names of these."""
    owners: dict[str, list[tuple[str, Path]]] = {}
    for path in real_configs():
        owner, name, _ = path.name.split("__", 2)
        owners.setdefault(owner, []).append((f"{owner}/{name}", path))
    yield from (found for found in owners.values() if len({name for name, _ in found}) >= FEW)


def outcomes(policy: Policy, configs: list[tuple[str, Path]]) -> list[Outcome]:
    found = []
    for name, path in configs:
        its, rules = of_repository(policy, load_rules(RULES), name, ".circleci/config.yml")
        found.append(run("config.yml", path.read_bytes(), rules, its, choose_by_safety(review_too=True)))
    return found


def demanded(found: list[Outcome]) -> int:
    """How many images get credentials."""
    return sum(len(each.applied) for each in found if isinstance(each, Changed))


@needs_corpus
def test_organisations_are_asked_for_less_than_by_the_built_in_policy() -> None:
    before = after = 0
    for configs in organisations():
        practice = Practice()
        for name, path in configs:
            try:
                observe("config.yml", path.read_bytes(), (), practice, name)
            except ReadError:
                continue
        policy = parse_policy(proposal_toml(propose(practice)), Path("migrator.toml"))
        built_in, learnt = demanded(outcomes(Policy(), configs)), outcomes(policy, configs)
        assert demanded(learnt) <= built_in, configs[0][0]
        assert policy_warnings(policy, learnt, ["."]) == ()
        before, after = before + built_in, after + demanded(learnt)
    assert after < before / 2
