"""One run with an outcome of every kind, as the reports are given it; a browser, and pages to read in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench.html import chromium, organisation
from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.outcomes import Changed, Failed, Located, Skipped, Unchanged
from migrator.policy import Policy
from migrator.reports.formats.html import render_page
from migrator.reports.report import Report
from migrator.rule import Requirement, Safety
from tests.places import ROOT
from tests.reports.page import ACME, SELECT, Open

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
        Policy(source=Path("migrator.toml"), found="flag"),
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


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Open a page. Whatever it says on the console, throws or asks for over the network fails the test."""
    wrong: list[str] = []
    contexts = []

    def open_(file: Path, place: str = "", **options: Any) -> Page:
        context = browser.new_context(viewport=options.pop("viewport", {"width": 1280, "height": 900}), **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: wrong.append(f"request: {request.url}"))
        page.goto(file.as_uri() + place)
        return page

    yield open_
    for context in contexts:
        context.close()
    # The page itself, and what it hands over to be saved.
    assert [each for each in wrong if not re.match(r"request: (file:.*\.html|blob:null/)", each)] == []


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a made-up organisation, as the command writes it."""
    folder = tmp_path_factory.mktemp("acme")
    for name in ACME:
        shutil.copytree(ROOT / "examples/acme" / name, folder / "examples/acme" / name)
    shutil.copy(ROOT / "examples/migrator.toml", folder / "examples")
    command = [sys.executable, "-m", "migrator", "--config", "examples/migrator.toml", *SELECT, "examples/acme"]
    subprocess.run([*command, "--format", "html", "--output", "review.html"], cwd=folder, check=False)
    return folder / "review.html"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("campaign") / "review.html"
    file.write_text(render_page(organisation(120)), "utf-8")
    return file
