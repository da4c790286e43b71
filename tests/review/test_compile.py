"""`--interactive` and `--replay` with `--compile`: what was accepted is compiled before it is written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.circleci_api import CircleCI, serve
from tests.places import ROOT
from tests.review.conftest import DECISIONS, RULES
from tests.review.terminal import Terminal

CONFIG = """\
version: 2.1
jobs:
  build:
    docker:
      - image: {image}
    steps: [checkout]
workflows:
  main:
    jobs: [build]
"""
RULES_ASKED = ("--rules", str(RULES), "--select", "acme-image,unauthenticated-image")


@pytest.fixture
def api() -> Iterator[CircleCI]:
    with serve(CircleCI()) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "migrator.toml").write_text('[registries."docker.io"]\nimages = ["cimg/*"]\n')
    for name, image in (("app", "acme/go:1"), ("web", "cimg/go:1")):
        (tmp_path / name / ".circleci").mkdir(parents=True)
        (tmp_path / name / ".circleci" / "config.yml").write_text(CONFIG.format(image=image))
    return tmp_path


def config(folder: Path, name: str) -> Path:
    return folder / name / ".circleci" / "config.yml"


def environment(folder: Path, token: str) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "CIRCLE_TOKEN": token}


def decide(folder: Path, api: CircleCI, token: str) -> Terminal:
    asked = ("--interactive", "--decisions", str(DECISIONS), "--compile", "--api-url", api.url)
    screen = Terminal(folder, *asked, *RULES_ASKED, columns=200, env=environment(folder, token))
    screen.wait("acme/go:1", "finding 1 of").press("y").wait("auth").press("y")
    return screen.wait("web", "cimg/go:1").press("y")


def test_what_circleci_would_run_otherwise_is_not_written_and_the_next_file_is(folder: Path, api: CircleCI) -> None:
    screen = decide(folder, api, api.key)
    assert screen.end() == 3
    assert config(folder, "app").read_text() == CONFIG.format(image="acme/go:1")
    assert "$DOCKERHUB_PASSWORD" in config(folder, "web").read_text()
    flat = " ".join(screen.text.split())
    assert "the change of `acme-image` was not made, because compiled by CircleCI, job `build` would run" in flat
    assert "Compiled by CircleCI: 1 changed config compared, 1 refused." in flat
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "--replay", str(DECISIONS), "--compile", "--api-url", api.url, *RULES_ASKED],
        cwd=folder, env={"PYTHONPATH": str(ROOT), **environment(folder, api.key)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "was not made, because compiled by CircleCI" in done.stdout
    assert "1 refused" in done.stdout
    assert config(folder, "app").read_text() == CONFIG.format(image="acme/go:1")


def test_without_a_token_nothing_is_written_and_every_answer_kept(folder: Path, api: CircleCI) -> None:
    screen = decide(folder, api, "")
    assert screen.end() == 3
    for name, image in (("app", "acme/go:1"), ("web", "cimg/go:1")):
        assert config(folder, name).read_text() == CONFIG.format(image=image)
    assert "CircleCI did not compile it: no token" in " ".join(screen.text.split())
    assert (folder / DECISIONS).read_text().count("apply") >= 2
    assert api.requests == []
