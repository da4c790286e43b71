"""One run with an outcome of every kind, as the reports are given it, and a browser to read them in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.html import chromium
from migrator.documents.edits import TextEdit, apply_edits
from migrator.outcome import Changed, Failed, Located, Skipped, Unchanged
from migrator.policy import Policy
from migrator.reports.report import Report
from migrator.rule import Requirement, Safety

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BEFORE = """\
version: 2.1
jobs:
  build:
    docker:
      - image: acme/build:1
        environment:
          TOKEN: hunter22 # hunter22 is in use
      - image: postgres:14
    steps: [checkout]
"""
AUTH = "\n        auth:\n          username: $USER\n          password: $PASS"
CONTEXT = Requirement("context", "hub creds", ("USER", "PASS"))
PROJECT = Requirement("project-env", "the config has no workflows", ("PASS",))


def located(rule: str, line: int, safety: Safety, message: str, **more: object) -> Located:
    return Located(rule, line, 9, message, safety, f"{rule}-{line}", safety is not Safety.MANUAL, **more)  # type: ignore[arg-type]


def changed(path: str, *needs: Requirement) -> Changed:
    end = BEFORE.index("\n", BEFORE.index("acme/build"))
    edits = (TextEdit(end, end, AUTH),)
    applied = located("no-auth", 5, Safety.SAFE, "`acme/build:1` has no auth", applied=True, requirements=needs)
    review = located("old-image", 8, Safety.REVIEW, "`postgres:14` is old", warnings=("its default user differs",))
    manual = located("told", 7, Safety.MANUAL, "the value hunter22 must be rotated")
    return Changed(
        path, BEFORE, apply_edits(BEFORE, edits), edits, (applied,), (review, manual), frozenset({"hunter22"})
    )


@pytest.fixture
def report() -> Report:
    stuck = located("no-auth", 3, Safety.SAFE, "`x` has no auth", why_not="the list is aliased")
    return Report(
        (
            changed(".circleci/config.yml", CONTEXT),
            changed("other/.circleci/config.yml", CONTEXT, PROJECT),
            Unchanged("clean.yml"),
            Unchanged("stuck.yml", (stuck,)),
            Skipped("made.yml", "line 1 says that it is generated"),
            Failed("bad\x1b[2J.yml", "line 2: is not UTF-8"),
            Failed("broke.yml", "the rule `told` broke", "told", (located("told", 1, Safety.MANUAL, "told"),)),
        ),
        Policy(source=Path("migrator.toml")),
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not chromium():
        pytest.skip("there is no Chromium here: apt-get install chromium")
    sync = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()
