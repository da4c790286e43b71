"""The references of github.com/distribution/reference's own tests, where they are."""

from __future__ import annotations

import json

import pytest

from migrator.circleci.references import parse_reference
from migrator.engine.discovery import load, rule_files
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from tests.corpus import SHARED

SUITE = SHARED.parent / "suites" / "reference.json"

pytestmark = pytest.mark.skipif(not SUITE.is_file(), reason=f"no references at {SUITE}")


def cases() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(SUITE.read_text("utf-8"))
    return found


def test_a_reference_is_taken_apart_as_docker_does() -> None:
    for case in cases():
        if "err" not in case and case.get("path"):
            found = parse_reference(case["in"])
            assert (found.registry, found.repository, found.tag or "") == (
                case["domain"], case["path"], case.get("tag", ""),
            ), case  # fmt: skip


def test_what_docker_refuses_is_never_edited() -> None:
    rule = load(rule_files()["unauthenticated-image"])
    for case in cases():
        if "err" not in case:
            continue
        image = json.dumps(case["in"])
        text = f"version: 2.1\njobs:\n  a:\n    docker:\n      - image: {image}\n    steps: [checkout]\n"
        outcome = run("config.yml", text.encode(), [rule], Policy(), choose_by_safety(review_too=True))
        assert not isinstance(outcome, Changed), case
