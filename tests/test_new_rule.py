"""The example of CONTRIBUTING, in a copy of this repository: a new rule turns no test red."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".tools", ".hypothesis", ".*_cache", "__pycache__", "build", "dist", "node_modules"
)
ABOUT_RULES = (
    "tests/test_rule_pages.py",
    "tests/rules/test_rule_shape.py",
    "tests/test_docs.py",
    "tests/test_house.py",
)
WORDS = (("git", "init", "-q"), ("git", "add", "."), ("git", "commit", "-q", "-m", "a copy"))


def ran(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    names = {f"GIT_{who}_{what}": "copy@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV_"))}
    environment |= {**names, "PYTHONPATH": str(folder)}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed copy with one rule more, which is not committed."""
    folder = tmp_path_factory.mktemp("copies") / "copy"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True)
    for words in WORDS:
        done = ran(folder, *words)
        assert done.returncode == 0, done.stderr
    shown = re.search(r"^migrate (rules new [a-z -]+?) +#", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    assert shown is not None
    done = ran(folder, sys.executable, "-m", "migrator", *shown[1].split())
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["rules/images/frozen_image.py", "rules/images/frozen_image.md"]
    return folder


def test_a_new_rule_is_formatted_and_typed(copy: Path) -> None:
    for words in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
        done = ran(copy, sys.executable, "-m", *words, "rules/images/frozen_image.py")
        assert done.returncode == 0, done.stdout


def test_what_rules_report_is_written_into_their_pages_but_not_in_ci(copy: Path) -> None:
    page = copy / "rules" / "images" / "frozen_image.md"
    before = page.read_text("utf-8")
    page.write_text(before.replace("```text\nreview: ", "```text\nsafe: "), "utf-8")
    words = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--update-pages",
        ABOUT_RULES[0],
        "-k",
        "frozen",
    )
    refused = ran(copy, "env", "CI=1", *words)
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert "CI checks the pages of rules" in refused.stderr
    assert page.read_text("utf-8") != before
    done = ran(copy, "env", "-u", "CI", *words)
    assert done.returncode == 0, done.stdout
    assert page.read_text("utf-8") == before
    assert re.findall("updated .*", done.stdout) == ["updated rules/images/frozen_image.md"]


def test_what_asks_things_of_every_rule_asks_the_readme_of_committed_ones_only(copy: Path) -> None:
    pytest_ = (sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider")
    done = ran(copy, *pytest_, *ABOUT_RULES, "-k", "frozen or not becomes_and_reports")
    assert done.returncode == 0, done.stdout
    asked = re.findall(r"^(\S+::.*frozen.*) PASSED", done.stdout, re.MULTILINE)
    assert len([test for test in asked if "becomes_and_reports" in test]) == 2
    assert len(asked) >= 9
    for words in WORDS[1:]:
        assert ran(copy, *words).returncode == 0
    done = ran(copy, *pytest_, "tests/test_docs.py", "-k", "readme_names_every_rule")
    assert done.returncode == 1, done.stdout
    assert "['frozen-image'] == []" in done.stdout
