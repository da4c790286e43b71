"""The hooks for pre-commit: their manifest, the files that they take, and what they do there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text("utf-8"))}


def test_the_manifest_is_valid() -> None:
    command = Path(sys.executable).with_name("pre-commit")
    if not command.exists():
        pytest.skip("pre-commit is not installed")
    subprocess.run([command, "validate-manifest", MANIFEST], check=True)


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        (".circleci/config.yml", True),
        ("service/.circleci/config.yaml", True),
        (".circleci/src/jobs/build.yml", True),
        ("circleci/config.yml", False),
        (".circleci/README.md", False),
        ("x.circleci/config.yml", False),
    ],
)
def test_which_files_are_taken(path: str, taken: bool) -> None:
    for hook in HOOKS.values():
        assert bool(re.search(hook["files"], path)) is taken


def entry(hook: str, file: Path) -> subprocess.CompletedProcess[str]:
    """What pre-commit runs, with the files behind it."""
    name, *options = shlex.split(HOOKS[hook]["entry"])
    assert name == "migrate"
    command = [sys.executable, "-m", "migrator", *options, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=file.parent)


def test_one_checks_and_the_other_writes(tmp_path: Path) -> None:
    assert list(HOOKS) == ["migrate", "migrate-write"]
    file = tmp_path / "config.yml"
    shutil.copy(ROOT / "examples/acme/shop/.circleci/config.yml", file)
    before = file.read_text("utf-8")
    assert entry("migrate", file).returncode == 1
    assert file.read_text("utf-8") == before
    assert entry("migrate-write", file).returncode == 0
    assert file.read_text("utf-8") != before
    assert entry("migrate", file).returncode == 0
