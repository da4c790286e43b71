"""What the pages say is so: links lead somewhere, examples are complete, every rule and page is listed."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from migrator.engine.cases import cases_of, faults, try_case
from migrator.engine.discovery import RuleFile, load, rule_files
from tests.places import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    missing = [target for target in _LINK.findall(text) if not (page.parent / target).exists()]
    assert not missing


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
    listed = [name for name in placed("## The rooms of", "What lies in `circleci/`") if name.endswith((".py", "/"))]
    loose = [file.name for file in HOUSE.glob("[a-z]*.py")]
    views = [f"circleci/{room}" for room in rooms(HOUSE / "circleci")]
    assert sorted(listed) == sorted([*loose, *(room for room in rooms(HOUSE) if room not in views)])


def test_the_map_places_every_view_once() -> None:
    loose = [file.stem for file in (HOUSE / "circleci").glob("[a-z]*.py")]
    assert sorted(placed("What lies in `circleci/`", "\n## ")) == sorted([*loose, *rooms(HOUSE / "circleci")])


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
