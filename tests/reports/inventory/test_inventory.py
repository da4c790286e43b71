"""The inventory in reports: the same counts in every format that has a place for it, and no secret in any."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from migrator.engine.outcomes import Failed, Skipped, Unchanged
from migrator.policy import Policy
from migrator.reports.formats.html import render as html
from migrator.reports.formats.json import render as as_json
from migrator.reports.inventory.drawing import curve
from migrator.reports.inventory.markdown import render as markdown
from migrator.reports.inventory.page import History, StatusPage, render_status
from migrator.reports.inventory.text import render as text
from migrator.reports.markdown_text import MOST
from migrator.reports.report import Report
from migrator.results.inventory.counting import InventoryOfFiles
from tests.reports import hostile
from tests.reports.page import Open
from tests.reports.test_html_browser import AXE, STANDARDS
from tests.reports.test_json_schema import errors

if TYPE_CHECKING:
    from migrator.engine.outcomes import Facts, Outcome

SECRET = "kR7vQ2mZ9xT4wB"
FACTS: Facts = (
    (("context", "hub"), 3), (("context", f"of-{SECRET}"), 1),
    (("image", "ECR", "aws-keys"), 2), (("image", "docker.io", "literal"), 1), (("image", "docker.io", "none"), 1200),
    (("jobs", "unclear"), 1), (("jobs", "with"), 4), (("jobs", "without"), 9),
    (("login", "variable", "docker.io"), 2), (("name", "docker.io", "cimg/node"), 40), (("orb", "acme/orb"), 1),
    (("orb", ""), 1), (("region", ""), 1), (("region", "eu-west-1"), 1), (("secret", "login"), 2),
    (("unseen", "computed"), 1),
)  # fmt: skip


@pytest.fixture
def counted(tmp_path: Path) -> Report:
    outcomes: tuple[Outcome, ...] = (
        Unchanged(str(tmp_path / "web/.circleci/config.yml"), secrets=frozenset({SECRET}), facts=FACTS),
        Unchanged(str(tmp_path / "api/.circleci/config.yml"), facts=FACTS[:4]),
        Failed(str(tmp_path / "old/.circleci/config.yml"), f"line 3: has {SECRET}"),
        Skipped(str(tmp_path / "made/.circleci/config.yml"), "line 1 says that it is generated"),
    )
    inventory = InventoryOfFiles()
    for outcome in outcomes:
        inventory.add_file(outcome)
    return Report(outcomes, Policy(), inventory=inventory)


def test_text_has_columns_and_says_what_failed(counted: Report) -> None:
    assert text(counted).startswith(
        """\
Inventory of 4 files in 4 repositories; 1 failed and 1 was skipped, and are not counted.

Images by registry and credentials
  registry    none  literal  AWS keys  images
  docker.io  1,200        2         -   1,202
  ECR            -        -         4       4
  all        1,200        2         4   1,206

Most used images
  image                images  repositories
  docker.io/cimg/node      40             1
"""
    )
    assert "  hub         6             2  api, web\n" in text(counted)
    assert "  9 jobs without a context\n" in text(counted)
    assert text(counted).endswith("old/.circleci/config.yml: line 3: has ****\n")


def test_no_format_shows_a_secret_that_a_name_has_in_it(counted: Report) -> None:
    for render in (text, markdown, as_json, html):
        assert "of-****" in render(counted)
        assert SECRET not in render(counted)


def test_json_follows_its_schema_and_is_complete(counted: Report) -> None:
    report = json.loads(as_json(counted))
    assert errors(report) == []
    found = report["inventory"]
    assert (found["files"], found["failed"], found["skipped"], found["repositories"]) == (4, 1, 1, 4)
    assert {"registry": "docker.io", "authentication": "none", "images": 1200, "repositories": 1} in found["images"]
    assert {"region": None, "images": 1, "repositories": 1} in found["regions"]
    assert {"context": "hub", "repository": "api", "jobs": 3} in found["users"]
    (row,) = [row for row in found["by_repository"] if row["repository"] == "web"]
    assert row == {
        "repository": "web", "files": 1, "images": 1203, "unauthenticated": 1200, "literal": 1, "secrets": 2,
        "logins": 2, "unseen": 3,
    }  # fmt: skip
    assert "inventory" not in json.loads(as_json(Report(counted.outcomes, Policy())))


def test_markdown_is_tables_whose_cells_are_only_text(tmp_path: Path) -> None:
    inventory = InventoryOfFiles()
    names = [hostile.TAGS, "a|b", "`a`|`", "@acme/owners", "#1", "x" * 300]
    facts = tuple((("context", name), 1) for name in names)
    for number in range(40):
        inventory.add_file(Unchanged(str(tmp_path / f"r{number}/.circleci/config.yml"), facts=facts))
    rendered = markdown(Report((), Policy(), inventory=inventory))
    assert len(rendered.encode()) <= MOST
    tokens = MarkdownIt("gfm-like").parse(rendered)
    assert not {"html_block", "html_inline"} & {token.type for token in tokens}
    assert {child.type for token in tokens for child in token.children or ()} <= {"text", "code_inline"}
    rows = [token for token in tokens if token.type == "td_open"]
    assert len(rows) == 4 * len(names), "no name makes a cell of its own"


def test_the_curve_is_as_high_as_what_is_left() -> None:
    made = curve([0, 100, 200], {"to decide": [10, 4, 0], "in review": [0, 4, 1]}, since=100)
    assert made is not None
    assert [band.last for band in made.bands] == [0, 1]
    assert [number for _, number in made.lines] == ["0", "3", "6", "9", "12"]
    assert made.words.endswith("10 repositories left at first, 1 at last (1 in review).")
    assert [numbers for _, numbers in made.rows] == [(10, 0, 10), (4, 4, 8), (0, 1, 1)]
    assert made.known_from == pytest.approx(46 + 662 / 2, abs=0.1)
    assert curve([5], {"to decide": [1]}, since=5) is None


def status_page(counted: Report) -> str:
    assert counted.inventory is not None
    history = History((0, 86_400, 864_000), {"to decide": [900, 500, 0], "in review": [0, 100, 40]}, 86_400)
    states = {"merged": 860, "open": 40, "failed": 2}
    return render_status(StatusPage("auth-2026", "today", states, 860, history, counted.inventory.named(), 3))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_pages_are_accessible_and_need_no_script(
    opened: Open, counted: Report, tmp_path: Path, scheme: str, width: int
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not there: npm install --prefix .tools axe-core@4")
    for name, content in (("status", status_page(counted)), ("report", html(counted))):
        file = tmp_path / f"{name}.html"
        file.write_text(content, "utf-8")
        page = opened(file, color_scheme=scheme, viewport={"width": width, "height": 900})
        assert page.locator("#inventory table").count() == 8
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out"
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("standards => axe.run(document, {runOnly: standards})", STANDARDS)
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert "<script" not in status_page(counted)
    assert len(re.findall(r'role="img" aria-label="[^"]+"', status_page(counted))) == 2
