"""Configs and what the engine makes of them, for tests of kinds."""

from __future__ import annotations

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.results.kinds.found import kinds_of
from migrator.results.kinds.naming import names_of

RULES = ("unauthenticated-image", "literal-secret", "docker-login-step", "missing-context")


def changed(text: str, policy: Policy | None = None, path: str = ".circleci/config.yml") -> Changed:
    """The change of one file, what waits for a review included."""
    outcome = run(path, text.encode(), load_rules(RULES), policy or Policy(), choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed), outcome
    return outcome


def texts(text: str, policy: Policy | None = None) -> set[str]:
    """The abstract texts of the kinds that a config's change has."""
    return {each.kind.text for each in kinds_of([changed(text, policy)])}


def names(text: str, policy: Policy | None = None) -> set[str]:
    """Their names."""
    return set(names_of(each.kind for each in kinds_of([changed(text, policy)])).values())


def config(job: str = "build", image: str = "acme/app:1", indent: str = "  ", extra: str = "") -> str:
    i = indent
    return (
        f"version: 2.1\njobs:\n{i}{job}:\n{i * 2}docker:\n{i * 3}- image: {image}\n{extra}{i * 2}steps: [checkout]\n"
        f"workflows:\n{i}main:\n{i * 2}jobs:\n{i * 3}- {job}\n"
    )
