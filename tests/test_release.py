"""A release: one version, a changelog that is cut, files that are the same bytes each time, and nothing half done."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from release.__main__ import release
from release.building import SUMS, build, git
from release.contents import LOCK, contents, pinned
from release.versions import CHANGELOG, NotReleasedError, checked, current, cut, following, released
from tests.places import ROOT

LOG = """\
# Changelog

## Unreleased

### Added

- A thing.

## 0.9.0 - 2026-01-02

### Added

- An older thing.
"""
KEPT = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", str(LOCK))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of what a wheel is built from, as it is in this checkout."""
    home = tmp_path / "project"
    for name in KEPT:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, home / name)
    for folder in ("migrator", "rules"):
        shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (home / CHANGELOG).write_text(LOG)
    for line in ("init -q -b main", "config user.name a", "config user.email a@example.org", "add -A"):
        git(home, *line.split())
    git(home, "config", "commit.gpgSign", "false")
    git(home, "config", "tag.gpgSign", "false")
    git(home, "commit", "-q", "-m", "x")
    return home


def state(home: Path) -> tuple[str, ...]:
    return git(home, "rev-parse", "HEAD"), git(home, "status", "--porcelain"), git(home, "tag")


def test_a_release_is_a_commit_a_tag_and_files_that_anybody_can_build_again(repository: Path, tmp_path: Path) -> None:
    files = release(repository, "1.0.0", "2026-02-03", tmp_path / "dist")
    assert [file.name for file in files] == [
        "circleci-migrator-1.0.0.cdx.json",
        "circleci_migrator-1.0.0-py3-none-any.whl",
        "circleci_migrator-1.0.0.tar.gz",
        SUMS,
    ]
    assert git(repository, "log", "-1", "--format=%s", "v1.0.0") == "Release 1.0.0"
    assert git(repository, "show", "v1.0.0:CHANGELOG.md").startswith(cut(LOG, "1.0.0", "2026-02-03").strip())
    assert current(repository) == "1.0.1.dev0"
    assert git(repository, "status", "--porcelain") == ""
    lines = (tmp_path / "dist" / SUMS).read_text().splitlines()
    assert lines == [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in files[:3]]
    # A second person, in another folder, at another time.
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(["git", "clone", "-q", repository, elsewhere], check=True)
    again = build(elsewhere, "v1.0.0", tmp_path / "again")
    assert [file.read_bytes() for file in again] == [file.read_bytes() for file in files]
    with zipfile.ZipFile(files[1]) as wheel, tarfile.open(files[2]) as sdist:
        assert "Version: 1.0.0\n" in wheel.read("circleci_migrator-1.0.0.dist-info/METADATA").decode()
        assert "circleci_migrator-1.0.0/migrator/__init__.py" in sdist.getnames()


def test_a_build_that_fails_leaves_no_commit_and_no_tag(repository: Path, tmp_path: Path) -> None:
    (repository / "README.md").unlink()  # pyproject.toml names it
    git(repository, "commit", "-q", "-a", "-m", "x")
    before = state(repository)
    with pytest.raises(NotReleasedError, match="the build failed"):
        release(repository, "1.0.0", "2026-02-03", tmp_path / "dist")
    assert state(repository) == before
    assert (repository / CHANGELOG).read_text() == LOG


def test_nothing_is_released_of_a_checkout_with_changes(repository: Path, tmp_path: Path) -> None:
    (repository / "README.md").write_text("x")
    with pytest.raises(NotReleasedError, match="not committed"):
        release(repository, "1.0.0", "2026-02-03", tmp_path / "dist")


def test_nothing_is_released_twice(repository: Path, tmp_path: Path) -> None:
    git(repository, "tag", "v1.0.0")
    before = state(repository)
    with pytest.raises(NotReleasedError, match="exists already"):
        release(repository, "1.0.0", "2026-02-03", tmp_path / "dist")
    assert state(repository) == before


@pytest.mark.parametrize(
    "version", ["", "v1.0.0", "1.0", "1.0.0.0", "01.0.0", "1.0.0-rc1", "1.0.0.dev0", "0.9.0", "0.8.9"]
)
def test_what_is_no_version_or_not_newer_is_refused(version: str) -> None:
    with pytest.raises(NotReleasedError):
        checked(version, LOG)


@pytest.mark.parametrize(
    ("version", "after"), [("1.0.0", "1.0.1.dev0"), ("0.9.1", "0.9.2.dev0"), ("1.0.0rc1", "1.0.0.dev0")]
)
def test_a_newer_version_is_taken_and_followed_by_one_that_is_not_released(version: str, after: str) -> None:
    assert checked(version, LOG) == version
    assert following(version) == after


def test_what_was_unreleased_comes_under_the_version_and_everything_else_stays() -> None:
    after = cut(LOG, "1.0.0", "2026-02-03")
    assert after == LOG.replace("## Unreleased\n", "## Unreleased\n\n## 1.0.0 - 2026-02-03\n")
    assert released(after) == {"1.0.0": "2026-02-03", "0.9.0": "2026-01-02"}


@pytest.mark.parametrize("log", ["# Changelog\n", "## Unreleased\n\n## 0.9.0 - 2026-01-02\n\n- Old.\n"])
def test_a_changelog_without_anything_new_is_not_cut(log: str) -> None:
    with pytest.raises(NotReleasedError, match="nothing under Unreleased"):
        cut(log, "1.0.0", "2026-02-03")


def test_the_version_of_this_checkout_is_released_or_says_that_it_is_not() -> None:
    log = (ROOT / CHANGELOG).read_text("utf-8")
    version = current(ROOT)
    assert version in released(log) or Version(version).is_devrelease
    assert all(Version(version) >= Version(other) for other in released(log))


def test_the_list_of_contents_is_cyclonedx_and_has_what_a_run_needs() -> None:
    from cyclonedx import schema

    made = datetime(2026, 2, 3, tzinfo=UTC)
    listed = json.loads(contents("1.0.0", (ROOT / LOCK).read_text("utf-8"), made))
    folder = Path(schema.__file__).parent / "_res"
    known = {
        name: Resource.from_contents(
            json.loads((folder / name.replace(".schema", ".SNAPSHOT.schema")).read_text()), DRAFT7
        )
        for name in ("bom-1.6.schema.json", "spdx.schema.json", "jsf-0.82.schema.json")
    }
    registry: Registry[object] = Registry().with_resources(
        [(f"{base}{name}", found) for name, found in known.items() for base in ("", "http://cyclonedx.org/schema/")]
    )
    wanted = known["bom-1.6.schema.json"].contents
    assert [error.message for error in Draft7Validator(wanted, registry=registry).iter_errors(listed)] == []
    assert list(Draft7Validator(wanted, registry=registry).iter_errors({**listed, "components": 1})) != []
    names = {part["name"] for part in listed["components"]}
    assert names == {each.name for each in pinned((ROOT / LOCK).read_text("utf-8"))}
    assert listed["metadata"]["component"]["version"] == "1.0.0"
    assert all(part["externalReferences"][0]["hashes"] for part in listed["components"])


def test_the_lock_of_a_run_is_part_of_the_lock_of_tests() -> None:
    everything = {(each.name, each.version) for each in pinned((ROOT / ".ci" / "requirements.txt").read_text("utf-8"))}
    run = list(pinned((ROOT / LOCK).read_text("utf-8")))
    assert len(run) > 10
    assert {(each.name, each.version) for each in run} <= everything
    assert [each.name for each in run if not each.hashes] == []


def test_the_lock_of_a_run_has_what_a_run_needs_and_no_tool_of_tests() -> None:
    import tomllib

    from bench.licences import brought_along

    content = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    run = {each.name for each in pinned((ROOT / LOCK).read_text("utf-8"))}
    needed = {canonicalize_name(one.metadata["Name"]) for one in brought_along(frozenset())}
    # Some packages are needed on some systems and versions of Python only.
    assert needed <= run
    tools = {canonicalize_name(Requirement(line).name) for line in content["dependency-groups"]["dev"]}
    assert run & tools <= needed


NAMED = re.compile(r"(?:\brev: *|circleci-migrator(?:==|@|-)|/archive/|AGAINST=|\bmigrate )v?(\d+\.\d+(?:\.\d+)?\w*)")


def test_no_page_names_a_version_that_does_not_exist() -> None:
    exist = released((ROOT / CHANGELOG).read_text("utf-8"))
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "Makefile", ".pre-commit-hooks.yaml")]
    pages += [*(ROOT / "docs").rglob("*.md"), *(ROOT / "rules").rglob("*.md"), *(ROOT / "examples").rglob("*.toml")]
    named = {(page.name, version) for page in pages for version in NAMED.findall(page.read_text("utf-8"))}
    assert {(page, version) for page, version in named if version not in exist} == set()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("rev: v0.1.0", "0.1.0"),
        ("pip install circleci-migrator==1.2", "1.2"),
        ("uvx circleci-migrator@1.2.3rc1", "1.2.3rc1"),
        ("make bench AGAINST=v0.1.0", "0.1.0"),
        ("$ migrate --version\nmigrate 0.1.0", "0.1.0"),
    ],
)
def test_a_version_is_seen_however_it_is_named(text: str, version: str) -> None:
    assert NAMED.findall(text) == [version]
