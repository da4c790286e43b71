"""The hooks for pre-commit: their manifest, the files that they take, and what they do there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.places import ROOT

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
        (".circleci/generate.py", True),
        (".circleci/README.md", False),
        ("x.circleci/config.yml", False),
    ],
)
def test_which_files_are_taken(path: str, taken: bool) -> None:
    for hook in HOOKS.values():
        assert bool(re.search(hook["files"], path)) is taken


def commit(folder: Path, hook: str, *files: str) -> subprocess.CompletedProcess[str]:
    """What pre-commit itself makes of a hook for these files, with this interpreter in place of an installed one."""
    command = Path(sys.executable).with_name("pre-commit")
    if not command.exists():
        pytest.skip("pre-commit is not installed")
    name, *options = shlex.split(HOOKS[hook]["entry"])
    assert name == "migrate"
    here = {**HOOKS[hook], "language": "system", "entry": shlex.join([sys.executable, "-m", "migrator", *options])}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [here]}]}))
    environment = os.environ | {"PRE_COMMIT_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    return subprocess.run(
        [command, "run", hook, "--files", *files],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "a/.circleci").mkdir(parents=True)
    (tmp_path / "b/.circleci").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for name in ("a/.circleci/config.yml", "b/.circleci/config.yaml", "docker-compose.yml"):
        shutil.copy(ROOT / "examples/acme/shop/.circleci/config.yml", tmp_path / name)
    return tmp_path


FILES = ("a/.circleci/config.yml", "b/.circleci/config.yaml", "docker-compose.yml")


def test_the_check_fails_and_writes_nothing(repository: Path) -> None:
    before = [(repository / name).read_bytes() for name in FILES]
    done = commit(repository, "migrate", *FILES)
    assert done.returncode == 1
    assert done.stdout.count("2 files: 2 would change; 6 findings.") == 1, "one process for all files"
    assert "docker-compose" not in done.stdout
    assert [(repository / name).read_bytes() for name in FILES] == before


def test_the_other_writes_and_then_there_is_nothing_to_do(repository: Path) -> None:
    before = [(repository / name).read_bytes() for name in FILES]
    done = commit(repository, "migrate-write", *FILES)
    assert done.returncode == 1, "files were modified by this hook"
    after = [(repository / name).read_bytes() for name in FILES]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False, True]
    for hook in HOOKS:
        again = commit(repository, hook, *FILES)
        assert again.returncode == 0, again.stdout
    assert [(repository / name).read_bytes() for name in FILES] == after


def test_other_files_are_no_business_of_theirs(repository: Path) -> None:
    assert "no files to check" in commit(repository, "migrate", "docker-compose.yml").stdout


def test_what_a_run_of_the_repository_leaves_out_does_not_fail(repository: Path) -> None:
    """A path that is given is taken as it is, so none may be given: scripts, templates, what is excluded."""
    folder = repository / ".circleci"
    (folder / "k8s").mkdir(parents=True)
    (folder / "config.yml").write_text("version: 2.1\njobs: {a: {machine: true, steps: [checkout]}}\n")
    (folder / "notify.py").write_text('print "sent"\n')
    (folder / "part.yml").write_text("jobs:\n  {{#each x}}\n  a: {docker: [{image: acme/a:1}]}\n  {{/each}}\n")
    (folder / "k8s/pod.yml").write_text("jobs: {a: {docker: [{image: acme/a:1}]}}\n")
    (repository / "migrator.toml").write_text('[rules]\nexclude = ["k8s/**"]\n')
    for name in FILES[:2]:
        (repository / name).unlink()
    files = [file.relative_to(repository).as_posix() for file in folder.rglob("*.*")]
    for hook in HOOKS:
        done = commit(repository, hook, *files)
        assert done.returncode == 0, done.stdout


def test_a_script_that_writes_a_config_is_checked(repository: Path) -> None:
    script = ".circleci/generate_config.py"
    (repository / ".circleci").mkdir()
    for name in FILES[:2]:
        (repository / name).unlink()
    shutil.copy(ROOT / "examples/generated" / script, repository / script)
    done = commit(repository, "migrate", script)
    assert done.returncode == 1
    assert "1 file: 1 would change" in done.stdout
