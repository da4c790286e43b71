"""The command with outcomes of earlier runs: the same bytes in every report and file, and less to import."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.cache.folder import OFF
from migrator.cli.app import run
from migrator.files.looking import forget
from migrator.reports.report import FORMATS
from tests.corpus import needs_corpus, real_configs
from tests.files.test_looking import CHANGES, CONFIG, REPOSITORIES, Change, change, make
from tests.places import ROOT

SECRET = CONFIG.replace("image: cimg/go:1.20", "image: cimg/go:1.20, auth: {username: me, password: Tr0ub4dor-3x}")
SERVER = 'target = "server"\n[registries."quay.io"]\nusername = "$Q_USER"\npassword = "$Q_PASSWORD"\ncontext = "quay"\n'


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv(OFF)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """What a command line says, with its exit code."""

    def said(*arguments: str) -> tuple[int, str, str]:
        forget()
        code = run(arguments)
        return (code, *capfd.readouterr())

    return said


REQUESTS = st.sampled_from(
    [
        *((f"--format={name}", ".") for name in FORMATS),
        ("--statistics", "."),
        ("--quiet", "."),
        ("--review-too", "."),
        ("--include-generated", "--format=json", "."),
        ("--select=literal-secret", "."),
        ("--add-ignores=until the audit", "."),
        ("--write", "."),
        ("--write", "--review-too", "--format=json", "."),
        ("--patch=../changes.patch", "."),
        (".circleci/config.yml",),
        (".circleci/jobs.yml", "--format=json"),
        ("--inventory", "."),
    ]
)
STEPS = st.tuples(st.one_of(st.none(), CHANGES, st.sampled_from([SERVER, ""])), REQUESTS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(files=REPOSITORIES, steps=st.lists(STEPS, min_size=1, max_size=4))
def test_reports_and_files_are_the_same_with_and_without_it(
    top: Path, said: Callable[..., tuple[int, str, str]], files: dict[str, str], steps: list[tuple[object, list[str]]]
) -> None:
    make(top, files)
    for step, request in steps:
        if isinstance(step, Change):
            change(top, step)
        elif isinstance(step, str):
            (top / "migrator.toml").write_text(step)
        before = snapshot(top)
        plain = said("--no-cache", *request)
        after = snapshot(top)
        restore(top, before)
        assert said(*request) == plain
        assert snapshot(top) == after


def snapshot(top: Path) -> dict[str, bytes]:
    files = [*top.rglob("*"), top.parent / "changes.patch"]
    return {str(path): path.read_bytes() for path in files if path.is_file()}


def restore(top: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        if Path(path).read_bytes() != data:
            Path(path).write_bytes(data)


@needs_corpus
def test_real_configs_are_reported_alike(top: Path, said: Callable[..., tuple[int, str, str]]) -> None:
    for number, config in enumerate(real_configs()[::6]):
        folder = top / f"repository-{number}" / ".circleci"
        folder.mkdir(parents=True)
        shutil.copy(config, folder / "config.yml")
    for form in ("text", "json"):
        plain = said("--no-cache", f"--format={form}")
        assert said(f"--format={form}") == plain
        assert said(f"--format={form}") == plain


@pytest.mark.parametrize("options", [(), ("--format", "json"), ("--statistics",), ("--review-too",)])
def test_a_run_over_known_files_imports_no_engine_no_parser_and_no_rule(top: Path, options: tuple[str, ...]) -> None:
    make(top, {".circleci/config.yml": CONFIG, "lib/.circleci/config.yml": CONFIG})
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-X", "importtime", "-m", "migrator", *options]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, env=environment, check=False) for _ in range(2)
    )
    assert (second.returncode, second.stdout) == (first.returncode, first.stdout)
    modules = [{line.rpartition("|")[2].strip() for line in done.stderr.splitlines()} for done in (first, second)]
    of_the_engine = {"migrator.engine.passes", "migrator.engine.batch", "ruamel.yaml", "migrator.circleci.config"}
    assert of_the_engine <= modules[0]
    assert not modules[1] & {*of_the_engine, "platformdirs", "tempfile", "hashlib", "migrator.documents.yaml.file"}
    assert not any(name.startswith("migrator.circleci.secrets.literals") for name in modules[1])


def test_nothing_is_read_or_written_without_it(top: Path, said: Callable[..., tuple[int, str, str]]) -> None:
    make(top, {".circleci/config.yml": CONFIG})
    said("--no-cache")
    assert not (top.parent / "cache").exists()


def test_what_is_kept_holds_no_secret(top: Path, said: Callable[..., tuple[int, str, str]]) -> None:
    make(top, {".circleci/config.yml": SECRET, "lib/.circleci/config.yml": CONFIG})
    for form in FORMATS:
        said(f"--format={form}")
    kept = [file.read_bytes() for file in (top.parent / "cache").rglob("*") if file.is_file()]
    assert kept
    assert not any(b"Tr0ub4dor-3x" in each for each in kept)
