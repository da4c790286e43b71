"""What a rule and its page are held to besides its cases; the names that are for rules are those of the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrator.engine.cases import cases_of
from migrator.engine.discovery import RuleFile, load, rule_files
from migrator.engine.rule_shape import PUBLIC, PUBLIC_BELOW, shape_faults
from tests.places import DOCS

CODE = '''\
"""Find images."""

from migrator import Config, Finding, Policy, Rule, Safety
from migrator.changes import SetText


class SomeImage(Rule):
    id = "some-image"
    title = "Some image"
    safety = Safety.SAFE

    def check(self, config, policy):
        for image in config.images:
            if image.text.value == "a":
                yield self.finding(image.text, "is a", SetText(image.text, "b"))
'''
ALONE = "### {0}\n\n```yaml before\njobs: {{{0}: {{docker: [{{image: x}}]}}}}\n```\n\n"
_JOB = "jobs: {{j: {{docker: [{{image: %s}}]}}}}\n```\n\n"
CHANGED = f"### {{0}}\n\n```yaml before\n{_JOB % 'a'}```yaml after\n{_JOB % 'b'}"
PROSE = "# Some image\n\nIt is.\n\n## Why\n\nBecause.\n\n"
PAGE = f"{PROSE}## Left alone\n\n{ALONE.format('one')}## Changed\n\n{CHANGED.format('two')}"


def faults(folder: Path, code: str = CODE, page: str = PAGE) -> list[str]:
    file = RuleFile("some-image", "", folder / "some_image.py")
    file.path.write_text(code)
    file.page.write_text(page)
    return [each.replace(f"{folder}/", "") for each in shape_faults(file, load(file), cases_of(file.page, file.id))]


def test_a_rule_that_is_as_it_should_be_has_none(tmp_path: Path) -> None:
    assert faults(tmp_path) == []


@pytest.mark.parametrize("file", rule_files().values(), ids=lambda f: f.id)
def test_the_built_in_rules_have_none(file: RuleFile) -> None:
    found = shape_faults(file, load(file), cases_of(file.page, file.id))
    # How many cases are left alone counts with those of `tests/rules` as well.
    assert [each for each in found if "cases are" not in each] == []


@pytest.mark.parametrize(
    "line",
    [
        *("import re", "from collections import Counter", "import typing as t", "from migrator.tree import Text"),
        *("from migrator.circleci.images import Image", "from migrator.startup.records import record"),
    ],
)
def test_what_is_for_rules_may_be_imported(tmp_path: Path, line: str) -> None:
    assert faults(tmp_path, CODE.replace("from migrator.changes", f"{line}\nfrom migrator.changes")) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("from migrator.engine.passes import run", "imports `migrator.engine.passes`, which is not for rules"),
        ("import migrator.reports.report", "imports `migrator.reports.report`, which is not for rules"),
        ("import yaml", "imports `yaml`, which is not there where `migrate` is installed alone"),
        ("X = lambda: open(__file__)", "calls `open`; a rule gets a config and gives findings"),
    ],
)
def test_what_is_not_for_rules_is_named_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    (found,) = faults(tmp_path, CODE.replace("from migrator.changes", f"{line}\nfrom migrator.changes"))
    assert found.startswith(f"some_image.py:4: {fault}")


def test_state_is_named(tmp_path: Path) -> None:
    code = CODE.replace("    def check", "    def __init__(self):\n        self.seen = []\n\n    def check")
    assert any("the rule keeps state in seen" in each for each in faults(tmp_path, code))


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (PAGE.replace("## Why", "## Reasons"), "some_image.md: has no section `## Why`"),
        (PAGE.replace("# Some", "Some", 1), "some_image.md:1: does not begin with a heading `# ...`"),
        (f"{PROSE}## Changed\n\n{ALONE.format('one')}{CHANGED.format('two')}", "`one` belongs under `## Left alone`"),
        (f"{PROSE}## Left alone\n\n{ALONE.format('one')}{CHANGED.format('two')}", "`two` belongs under `## Changed`"),
        (PAGE + CHANGED.format("two") + ALONE.format("x"), "several cases are called `some-image: two`"),
        (
            PAGE + CHANGED.format("three"),
            "1 of the cases are left alone and 2 changed; have at least 2 that are left alone",
        ),
        (f"{PROSE}## Left alone\n\n{ALONE.format('one')}", "no case is changed"),
    ],
)
def test_what_is_wrong_with_a_page_is_named(tmp_path: Path, page: str, fault: str) -> None:
    assert any(each.endswith(fault) for each in faults(tmp_path, page=page))


def test_the_names_for_rules_are_those_of_the_docs() -> None:
    text = (DOCS / "writing-a-rule.md").read_text("utf-8")
    (sentence,) = re.findall(r"^For rules are (.*?)\. Everything", text, re.MULTILINE | re.DOTALL)
    assert {*re.findall(r"`([a-z.]+)`", sentence)} == {*PUBLIC, PUBLIC_BELOW.rstrip(".")}
