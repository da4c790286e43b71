"""The walk of `docs/writing-a-rule.md`, from an empty folder to a fixed config."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Migrate
from tests.places import DOCS

PAGE = (DOCS / "writing-a-rule.md").read_text("utf-8")


def indented_page() -> str:
    """The case that the docs show, which is indented there."""
    found = re.search(r"^    ### an image with a comment\n(?:(?:    .*)?\n)+", PAGE, re.MULTILINE)
    assert found is not None
    return re.sub(r"^    ", "", found[0], flags=re.MULTILINE)


def test_the_walk_leads_to_a_rule_that_fixes_a_config(migrate: Migrate, repository: Path) -> None:
    shown = re.findall(r"^\$ migrate (rules .*)\n((?:(?!\$|```).*\n)*)", PAGE, re.MULTILINE)
    assert len(shown) == 2
    for line, output in shown:
        done = migrate(*line.split(), plain=True)
        assert (done.returncode, done.stdout) == (0, output)
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (repository / "rules/images/frozen_image.py").write_text(code)
    page = repository / "rules/images/frozen_image.md"
    prose, _, _ = page.read_text().partition("## Changed")
    page.write_text(f"{prose}## Changed\n\n{indented_page().partition('```text')[0]}")
    assert migrate("rules", "test", "rules", plain=True).returncode == 1
    done = migrate("rules", "test", "rules", "--update", plain=True)
    assert (done.returncode, done.stdout) == (
        0, "updated rules/images/frozen_image.md\nfrozen-image: 2 cases, 0 failed\n"
    )  # fmt: skip
    assert page.read_text().rstrip().endswith(indented_page().rstrip()), "as the docs show it"
    config = repository / ".circleci" / "config.yml"
    config.write_text("version: 2.1\njobs: {b: {docker: [{image: 'circleci/golang:1.20'}], steps: [checkout]}}\n")
    options = ("--rules", "rules", "--select", "frozen-image")
    assert "`circleci/golang` gets no updates" in migrate(*options, plain=True).stdout
    assert migrate(*options, "--write", "--review-too", plain=True).returncode == 0
    assert "cimg/go:1.20" in config.read_text()
