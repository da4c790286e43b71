"""Real configs, compiled before and after they are migrated: refused before, accepted after."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from migrator.circleci.credentials.table import Credentials, CredentialTable
from migrator.circleci.references import parse_reference
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Skipped
from migrator.engine.passes import choose_by_safety, run
from migrator.guard.cases import LOGIN_RULE, NO_CREDENTIALS_RULE
from migrator.policy import Policy
from tests.circleci_compiler import compile_config
from tests.circleci_compiler.loading import load
from tests.circleci_compiler.orbs import docker_orb
from tests.corpus import needs_corpus, real_configs
from tests.doses import IS_SOAK
from tests.guard.opa import decided, needs_opa, violations

pytestmark = [needs_opa, needs_corpus]

RULES = ("unauthenticated-image", "broken-auth", "missing-context", "literal-secret", "docker-login-step")
POLICY = Policy()
SHORT = 3_000
AUTH = {"auth", "aws_auth", "gcp_auth"}


class Real(NamedTuple):
    """A config, the rules with findings left after its migration, what a policy has against it before and after."""

    name: str
    input: dict[str, Any]
    left: frozenset[str]
    before: dict[str, list[str]]
    after: dict[str, list[str]]


def short_ones() -> list[Path]:
    return [path for path in real_configs() if path.stat().st_size < SHORT][::3]


@cache
def measured() -> list[Real]:
    """Of some configs that the small compiler compiles, before as well as after; of all in a soak."""
    found = []
    for path in real_configs() if IS_SOAK else short_ones():
        text = path.read_bytes().decode("utf-8", "replace")
        outcome = run(path.name, text.encode(), load_rules(RULES), POLICY, choose_by_safety(review_too=True))
        before, after = _input(text), _input(outcome.after if isinstance(outcome, Changed) else text)
        if before and after:
            left = () if isinstance(outcome, Skipped) else outcome.left
            found.append((path.name, before, after, frozenset(each.rule for each in left if each.counts)))
    with TemporaryDirectory() as folder:
        orgs = decided(POLICY, Path(folder), [each for _, before, after, _ in found for each in (before, after)])
    results = map(violations, orgs)
    return [Real(name, before, left, next(results), next(results)) for name, before, _, left in found]


def _input(text: str) -> dict[str, Any]:
    """What CircleCI hands to a config policy; nothing where it does not compile."""
    made = compile_config(text, orbs=docker_orb, keeps_orbs=True)
    return {} if made.errors else {**load(text), "_compiled_": yaml.safe_load(made.config)}


def test_what_lacks_credentials_is_refused_and_nothing_else_for_that() -> None:
    table = CredentialTable(POLICY)
    for each in measured():
        images = [image for job in each.input["_compiled_"]["jobs"].values() for image in job.get("docker") or ()]
        lacking = {
            str(image["image"]).strip()
            for image in images
            if not AUTH & set(image) and isinstance(table.of(parse_reference(str(image["image"]))), Credentials)
        }
        reasons = each.before.get(NO_CREDENTIALS_RULE, [])
        assert {reason.split("`")[3] for reason in reasons} == lacking, each.name


def test_what_is_migrated_is_accepted() -> None:
    """Where nothing is left to do. Of 131 configs 79 are refused before; after, 3 whose logins are left to a person."""
    assert {each.name: each.after for each in measured() if each.after and not each.left} == {}
    assert sum(bool(each.before) and not each.after for each in measured()) >= len(measured()) // 4
    assert {rule for each in measured() for rule in each.after} <= {LOGIN_RULE}
