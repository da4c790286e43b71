"""What the pages say is so: links lead somewhere, examples are complete, every rule and page is listed."""

from __future__ import annotations

import ast
import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from migrator.documents import open_document
from migrator.engine.cases import cases_of, faults, try_case
from migrator.engine.discovery import RuleFile, load, rule_files
from migrator.engine.views import read_configs
from migrator.reports.rule_texts import rule_texts
from tests.places import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#\s]+)")


def prose(page: Path) -> str:
    """The text of a page without its blocks of code."""
    return re.sub(r"^ *(```+).*?^ *\1$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Where a link into a page can lead, as GitHub makes it from headings."""
    titles = re.findall(r"^#+ +(.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_to_files_and_to_headings_in_them(page: Path) -> None:
    links = re.findall(r"\[[^\]]*\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)", prose(page))
    missing = []
    for target, anchor in links:
        file = page.parent / target if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append((target, anchor))
    assert missing == []


LONGEST = 1200
"""Words: five minutes at the 240 a minute at which people read such text (Brysbaert 2019)."""


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_page_is_read_in_five_minutes(page: Path) -> None:
    words = re.findall(r"[A-Za-z][\w'-]*", prose(page))
    assert len(words) <= LONGEST, "split it, or cut what nobody needs"


def test_the_index_leads_to_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / target).resolve() for target in _LINK.findall(index.read_text("utf-8"))}
    assert [
        page.name for page in PAGES if page.is_relative_to(index.parent) and page != index and page not in linked
    ] == []


def sentences() -> set[str]:
    """All that the program may say: its literal texts, with … for what is filled in."""
    found = set()
    for file in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.add("".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_troubleshooting_is_by_messages_that_there_are() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    messages = re.findall(r"^### `(.+)`$", page, re.MULTILINE)
    assert len(messages) > 20
    assert page.count("\n### ") == len(messages)
    said = "\n".join(sentences()).replace("`…`", "…")
    pieces = {message: message.replace("`…`", "…") for message in messages}
    assert [message for message, piece in pieces.items() if piece not in said] == []


def committed(folder: str) -> set[Path]:
    """The files below a folder that are in the last commit; all of them where this is no clone."""
    if not (ROOT / ".git").exists():
        return {file for file in (ROOT / folder).rglob("*") if file.is_file()}
    done = subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--name-only", "HEAD", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {ROOT / name for name in done.stdout.split("\0") if name}


def test_the_readme_names_every_rule() -> None:
    """Once a rule is committed: before that it is somebody's draft."""
    readme = (ROOT / "README.md").read_text("utf-8")
    rules = [file for file in rule_files().values() if file.path in committed("rules")]
    assert rules
    assert [file.id for file in rules if f"[`{file.id}`]" not in readme] == []


def test_the_readme_leads_to_every_page() -> None:
    linked = {
        (page.parent / target).resolve()
        for page in (ROOT / "README.md", ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md")
        for target in _LINK.findall(page.read_text("utf-8"))
    }
    pages = {page for page in PAGES if page.parent == ROOT / "docs"}
    lists = "".join(page.read_text("utf-8") for page in pages)
    assert [page.name for page in pages if page.resolve() not in linked and f"({page.name}" not in lists] == []


MAP = (ROOT / "docs" / "architecture.md").read_text("utf-8")
HOUSE = ROOT / "migrator"


def placed(after: str, before: str) -> list[str]:
    """The modules and folders that the tables of one part of the map place, in its order."""
    part = MAP.partition(after)[2].partition(before)[0]
    return [name for line in part.splitlines() if line.startswith("|") for name in re.findall(r"`([a-z_/.]+)`", line)]


def rooms(below: Path) -> list[str]:
    """The folders that hold Python files, as the map writes them. A kind of host is no room of its own."""
    found = [file.parent for file in below.rglob("__init__.py") if file.parent != below]
    return [f"{room.relative_to(below)}/" for room in found if room.parent.name != "hosts"]


def test_the_map_places_every_room_and_loose_module_once() -> None:
    listed = [name for name in placed("## The rooms of", "Inside `circleci/`") if name.endswith((".py", "/"))]
    loose = [file.name for file in HOUSE.glob("[a-z]*.py")]
    views = [f"circleci/{room}" for room in rooms(HOUSE / "circleci")]
    assert sorted(listed) == sorted([*loose, *(room for room in rooms(HOUSE) if room not in views)])


def test_the_map_places_every_view_once() -> None:
    loose = [file.stem for file in (HOUSE / "circleci").glob("[a-z]*.py")]
    assert sorted(placed("Inside `circleci/`", "\n## ")) == sorted([*loose, *rooms(HOUSE / "circleci")])


def test_the_rule_of_the_page_on_rules_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "writing-a-rule.md").read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    shown = re.search(r"^    ### .*?(?=^\S)", page, re.MULTILINE | re.DOTALL)
    assert code is not None
    assert shown is not None
    (tmp_path / "frozen_image.py").write_text(code.group(1))
    (tmp_path / "frozen_image.md").write_text(f"# x\n\n## Changed\n\n{textwrap.dedent(shown.group())}")
    rule = load(RuleFile("frozen-image", "", tmp_path / "frozen_image.py"))
    (case,) = cases_of(tmp_path / "frozen_image.md", "frozen-image")
    assert case.after
    assert case.reports
    assert faults(case, try_case(case, rule)) == []


WALK = re.findall(
    r"^\| `([\w./]+\.py)` \| `(\w+)` \|", (ROOT / "docs" / "one-image.md").read_text("utf-8"), re.MULTILINE
)


def test_the_walk_goes_from_the_command_to_a_report() -> None:
    assert len(WALK) > 10
    assert [WALK[0], WALK[-1]] == [("migrator/cli/run.py", "carry_out"), ("migrator/reports/formats/text.py", "render")]


@pytest.mark.parametrize(("file", "name"), WALK)
def test_the_walk_names_what_its_files_define(file: str, name: str) -> None:
    assert re.search(rf"^(?:class|def) {name}\b", (ROOT / file).read_text("utf-8"), re.MULTILINE)


ASKED = """\
version: 2.1
orbs:
  docker: circleci/docker@2.8.2
parameters:
  tag: {type: string, default: "1"}
jobs:
  build:
    docker:
      - image: acme/app:1
    steps:
      - run: make
workflows:
  main:
    jobs:
      - build
"""


def test_a_rule_can_ask_what_the_page_on_rules_lists() -> None:
    config, *_ = read_configs(open_document("config.yml", ASKED.encode()), "config.yml")
    views = {
        "config": config,
        "image": config.images[0],
        "job": config.jobs["build"],
        "parameter": config.pipeline_parameters["tag"],
        "orb": config.orbs[0],
        "step": config.step_lists[0].items[0],
        "workflow": config.workflows[0],
        "invocation": config.invocations[0],
    }
    page = (ROOT / "docs" / "writing-a-rule.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?) \|", page.partition("## What a rule can ask")[2], re.MULTILINE)
    asked = [name.split(".") for row in rows for name in re.findall(r"`([\w.]+)`", row)]
    assert {view for view, _ in asked} == set(views)
    assert [f"{view}.{name}" for view, name in asked if not hasattr(views[view], name)] == []


@pytest.mark.parametrize("file", rule_files().values(), ids=lambda file: file.id)
def test_the_page_of_a_rule_has_no_link_that_is_dead_outside_of_a_checkout(file: RuleFile) -> None:
    """A wheel contains `rules/` and nothing beside it; a report contains only the text."""
    targets = [(file.page.parent / target).resolve() for target in _LINK.findall(file.page.read_text("utf-8"))]
    assert [target for target in targets if not target.is_relative_to(ROOT / "rules") or not target.is_file()] == []
    (text,) = rule_texts([file.id])
    assert _LINK.findall(text.reasons) == []
