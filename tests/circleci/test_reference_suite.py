"""Image references beside what Docker's own library makes of them: the 398 that its tests hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.circleci.references import parse_reference
from tests.corpus import SHARED

SUITE = SHARED.parent / "suites" / "reference.json"

REFERENCES: list[dict[str, Any]] = json.loads(SUITE.read_text("utf-8")) if SUITE.is_file() else []

pytestmark = pytest.mark.skipif(not REFERENCES, reason=f"no references of github.com/distribution/reference at {SUITE}")


def test_what_docker_takes_is_read_as_docker_reads_it() -> None:
    taken = [each for each in REFERENCES if "err" not in each]
    wrong: list[object] = []
    for each in taken:
        found = parse_reference(each["in"])
        expected = each["domain"], each["path"], each.get("tag"), each.get("digest")
        if not found.is_valid or (found.registry, found.repository, found.tag, found.digest) != expected:
            wrong.append((each, found))
    assert not wrong
    assert len(taken) > 200


def test_what_docker_refuses_is_no_reference_and_of_no_known_registry() -> None:
    refused = [each["in"] for each in REFERENCES if "err" in each]
    assert [text for text in refused if (found := parse_reference(text)).is_valid or found.registry is not None] == []
    assert len(refused) > 100
