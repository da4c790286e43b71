"""The built wheel in a clean environment, and wheels of every dependency for every supported Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.doses import IS_SOAK
from tests.places import ROOT


def ran(
    *command: str, cwd: Path | None = None, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, **(more or {})}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    built = ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def package_index() -> None:
    """Skip where no package index is reached."""
    if ran(sys.executable, "-m", "pip", "index", "versions", "click").returncode:
        pytest.skip("no package index is reached")


def test_the_wheel_holds_the_rules_under_the_package_and_nothing_at_the_top(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"migrator", next(t for t in tops if t.endswith(".dist-info"))}
    rules = {name for name in names if name.startswith("migrator/_rules/")}
    for source in (ROOT / "rules").rglob("*"):
        if source.suffix in (".py", ".md"):
            assert f"migrator/_rules/{source.relative_to(ROOT / 'rules').as_posix()}" in rules
    assert not any("__pycache__" in name for name in names)
    assert "migrator/py.typed" in names


def test_the_wheel_works_in_a_clean_environment_beside_a_package_called_rules(
    wheel: Path, tmp_path: Path, package_index: None
) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    installed = ran(python, "-m", "pip", "install", "-q", str(wheel), "rules==3.5")
    assert installed.returncode == 0, installed.stderr
    config = tmp_path / "elsewhere" / ".circleci" / "config.yml"
    config.parent.mkdir(parents=True)
    config.write_text(
        "version: 2.1\njobs:\n  build:\n    docker:\n      - image: cimg/go:1.22\n    steps: [checkout]\n"
    )
    listed = ran(str(home / "bin" / "migrate"), "rules", cwd=tmp_path)
    assert "unauthenticated-image" in listed.stdout, listed.stderr
    wrote = ran(str(home / "bin" / "migrate"), "--write", "elsewhere", cwd=tmp_path)
    assert wrote.returncode == 0, wrote.stdout + wrote.stderr
    assert "auth:" in config.read_text()


def uv() -> str:
    """The uv that the lock names, else the user's; skips where there is none."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    return found or pytest.skip("uv is not installed")


def test_uvx_runs_a_checkout(package_index: None) -> None:
    done = ran(uv(), "tool", "run", "-q", "--python", sys.executable, "--from", str(ROOT), "migrate", "rules", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "unauthenticated-image" in done.stdout


def test_uv_tool_install_and_pipx_run_the_wheel(wheel: Path, tmp_path: Path, package_index: None) -> None:
    homes = {name: str(tmp_path / name) for name in ("UV_TOOL_DIR", "UV_TOOL_BIN_DIR", "PIPX_HOME", "PIPX_BIN_DIR")}
    installed = ran(uv(), "tool", "install", "-q", "--python", sys.executable, str(wheel), more=homes)
    assert installed.returncode == 0, installed.stderr
    found = ran(str(tmp_path / "UV_TOOL_BIN_DIR" / "migrate"), "--version")
    assert found.stdout.startswith("migrate "), found.stderr
    if not IS_SOAK:
        return  # pipx installs with pip, which takes long
    piped = ran(uv(), "tool", "run", "-q", "pipx", "install", "--python", sys.executable, str(wheel), more=homes)
    assert piped.returncode == 0, piped.stderr
    assert ran(str(tmp_path / "PIPX_BIN_DIR" / "migrate"), "--version").stdout == found.stdout


@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_every_dependency_has_a_wheel(version: str, tmp_path: Path, package_index: None) -> None:
    if sys.version_info[:2] != (3, 11):
        pytest.skip("pip reads markers such as python_version by the Python that it runs on: asked on 3.11 only")
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    done = ran(
        sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "-q",
        "--target", str(tmp_path / "target"),
        "--only-binary=:all:", "--python-version", version, "--implementation", "cp",
        "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64", *dependencies,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
