"""What is installed for tests and CI is locked by hash, and the licences of what is installed for users are listed."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.licences import PAGE, TABLE, brought_along, licence
from tests.places import ROOT

LOCK = (ROOT / ".ci" / "requirements.txt").read_text("utf-8")
PINNED = {
    canonicalize_name(match[1]): match[2]
    for match in re.finditer(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", LOCK, re.MULTILINE)
}


def wanted() -> list[str]:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = content["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    return [
        *project["dependencies"],
        *extras,
        *content["dependency-groups"]["dev"],
        *content["build-system"]["requires"],
    ]


@pytest.mark.parametrize("line", wanted())
def test_the_lock_has_what_the_project_asks_for(line: str) -> None:
    need = Requirement(line)
    assert PINNED[canonicalize_name(need.name)] in need.specifier


def test_every_package_of_the_lock_has_a_hash() -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    assert len(blocks) >= len(PINNED) > 50
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_every_package_from_npm_has_a_hash() -> None:
    packages = json.loads((ROOT / ".ci" / "package-lock.json").read_text("utf-8"))["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_every_tool_of_ci_is_pinned() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "npm ci" in script
    assert re.findall(r"go install \S+@(?!v\d+\.\d+\.\d+)", script) == []
    assert "pip install" not in script


def test_the_table_of_licences_lists_what_is_installed() -> None:
    table = TABLE.search(PAGE.read_text("utf-8"))
    assert table is not None
    listed = dict(re.findall(r"^\| (\S+) \| \S+ \| (.+) \|$", table[0], re.MULTILINE))
    # Some packages are needed on some systems and versions of Python only: the table was made on one.
    for one in brought_along():
        assert listed.get(one.metadata["Name"], licence(one)) == licence(one)
    assert len(listed) > 10


def test_nothing_that_is_brought_along_is_under_the_gpl() -> None:
    assert [one.metadata["Name"] for one in brought_along() if re.search(r"\bA?GPL", licence(one))] == []
