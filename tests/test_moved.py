"""Rules that were written when names lay elsewhere still work, and their authors read where the names are now."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from migrator.errors import MovedWarning
from migrator.moved import GONE_IN, MOVED
from tests.places import ROOT

PAIRS = [
    (module, name)
    for line in (ROOT / "tests" / "moved_names.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for module, name in [line.split()]
]

OLD_RULE = '''\
"""A rule as one was written for 0.1."""

from migrator.changes import SetText
from migrator.circleci.auth_entries import AuthWriter
from migrator.circleci.config import Config
from migrator.circleci.credentials import CredentialTable
from migrator.circleci.logins import Login, variable_for
from migrator.circleci.supply import Need
from migrator.policy import Policy
from migrator.records import field, record
from migrator.rule import Finding, Rule, Safety
from migrator.tree import Text


@record
class Successor:
    name: str
    notes: tuple[str, ...] = field(default_factory=tuple)


class OldImage(Rule):
    id = "old-image"
    title = "Image of the frozen `circleci/` namespace"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy):
        assert Need.__name__ == "Need" and variable_for and AuthWriter
        table = CredentialTable(policy)
        for image in config.images:
            new = Successor("cimg/go:1.22")
            if image.text.value.startswith("circleci/golang"):
                yield self.finding(image.text, f"use `{new.name}`", SetText(image.text, new.name))
'''
BEFORE = "version: 2.1\njobs:\n  build:\n    docker:\n      - image: circleci/golang:1.9\n    steps: [checkout]\n"


def named(text: str) -> object:
    """What a dotted path of a module and a name in it leads to."""
    home, _, name = text.rpartition(".")
    return getattr(importlib.import_module(home), name)


@pytest.mark.parametrize(("module", "name"), PAIRS, ids=lambda part: part)
def test_a_name_that_rules_of_0_1_imported_is_there_or_says_where_it_is(module: str, name: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found: dict[str, object] = {}
        exec(f"from {module} import {name}", found)
    told = {str(warning.message) for warning in caught}
    assert all(issubclass(warning.category, MovedWarning) for warning in caught)
    assert len(told) <= 1
    for line in told:
        words = re.fullmatch(rf"`(\S+)` is now `(\S+)`; the old name will be removed in {re.escape(GONE_IN)}", line)
        assert words is not None
        old, new = words.groups()
        assert old in (module, f"{module}.{name}")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert named(new if old.endswith(f".{name}") else f"{new}.{name}") is found[name]


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_a_row_leads_to_where_the_name_is_in_one_step(old: str, new: str) -> None:
    assert new not in MOVED or old == new.rpartition(".")[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            importlib.import_module(new)
        except ModuleNotFoundError:
            named(new)  # a row of one name


@pytest.mark.parametrize("module", [old for old in MOVED if old.rpartition(".")[0] not in MOVED])
def test_what_was_never_there_is_still_an_import_error(module: str) -> None:
    with pytest.raises(ImportError, match="never_there"):
        exec(f"from {module} import never_there")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("migrator.never_there")


def test_a_module_that_took_the_place_of_a_name_is_meant_before_the_name() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from migrator.circleci.shell import words

    assert words.__name__ == "migrator.circleci.shell.words"


def test_a_star_brings_what_the_module_defined() -> None:
    found: dict[str, object] = {}
    with pytest.warns(MovedWarning):
        exec("from migrator.records import *", found)
    assert {"record", "field", "replace"} <= set(found)
    assert "dataclass_transform" not in found


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrator", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
    )


@pytest.fixture
def old_rules(tmp_path: Path) -> Path:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "old_image.py").write_text(OLD_RULE)
    (tmp_path / "ours" / "old_image.md").write_text("# Old image\n")
    (tmp_path / "a.yml").write_text(BEFORE)
    return tmp_path


EXPECTED = {
    ("circleci.auth_entries", "circleci.credentials.entries"),
    ("circleci.credentials.CredentialTable", "circleci.credentials.table.CredentialTable"),
    ("circleci.logins", "circleci.shell.logins"),
    ("records", "startup.records"),
}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_says_once_per_file_and_name_what_moved_and_the_rule_works(old_rules: Path, jobs: str) -> None:
    for name in "bcd":
        (old_rules / f"{name}.yml").write_text(BEFORE)
    files = ["a.yml", "b.yml", "c.yml", "d.yml"]
    done = run(old_rules, "--rules", "ours", "--select", "old-image", "--write", "--jobs", jobs, *files)
    assert done.returncode == 0
    assert (old_rules / "d.yml").read_text() == BEFORE.replace("circleci/golang:1.9", "cimg/go:1.22")
    lines = done.stderr.splitlines()
    assert len(lines) == len(set(lines))
    for old, new in EXPECTED:
        line = f"migrate: ours/old_image.py: `migrator.{old}` is now `migrator.{new}`; the old name will be removed in"
        assert [one for one in lines if one.startswith(line)]
    assert all(line.startswith("migrate: ours/old_image.py: `migrator.") for line in lines)


def test_a_rule_that_imports_nothing_old_and_the_built_in_ones_say_nothing(old_rules: Path) -> None:
    rule = OLD_RULE
    for old, new in (*EXPECTED, ("circleci.supply", "circleci.credentials.supply")):
        rule = rule.replace(f"migrator.{old.removesuffix('.CredentialTable')} ", f"migrator.{new} ")
    rule = rule.replace("table.CredentialTable ", "table ")
    rule = "\n".join(line for line in rule.splitlines() if "Need" not in line and "supply" not in line)
    (old_rules / "ours" / "old_image.py").write_text(rule)
    done = run(old_rules, "--rules", "ours", "a.yml")
    assert (done.returncode, done.stderr) == (1, "")
    assert "old-image" in done.stdout


def test_a_run_without_old_names_never_loads_the_table(old_rules: Path) -> None:
    program = "import sys; from migrator.cli.app import run; run(['a.yml']); print('migrator.moved' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=old_rules,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "False"
