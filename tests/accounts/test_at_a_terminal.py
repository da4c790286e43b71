"""Values that a person types are shown nowhere: not on the screen, in the list of processes, nor in a file."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.organisation import config, environment, repository
from tests.circleci_api import CircleCI, serve
from tests.review.terminal import Terminal

SECRET = "s3cr3t-that-is-typed"


@pytest.fixture
def circleci() -> Iterator[CircleCI]:
    circleci = CircleCI()
    circleci.project("gh/acme/web")
    with serve(circleci):
        yield circleci
    assert circleci.faults == []


def start(circleci: CircleCI, folder: Path, *arguments: str, columns: int = 100) -> Terminal:
    env = {**environment(folder), "COLUMNS": str(columns)}
    return Terminal(folder, "contexts", *arguments, "--api-url", circleci.url, columns=columns, rows=60, env=env)


def command_lines() -> str:
    """What everybody on this machine sees of all processes."""
    return subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout


def test_what_is_typed_is_set_and_never_shown(circleci: CircleCI, tmp_path: Path) -> None:
    repository(tmp_path / "web", "git@github.com:acme/web.git", config())
    terminal = start(circleci, tmp_path, "apply")
    terminal.shows("DOCKERHUB_USERNAME in context docker-hub-creds of gh/acme")
    terminal.press("bot\r")
    terminal.shows("DOCKERHUB_PASSWORD in context docker-hub-creds of gh/acme")
    terminal.press(f"{SECRET}")
    assert SECRET not in command_lines()
    terminal.press("\r")
    assert terminal.end() == 0
    context = circleci.organizations["gh/acme"].named("docker-hub-creds")
    assert context is not None
    assert context.variables == {"DOCKERHUB_USERNAME": "bot", "DOCKERHUB_PASSWORD": SECRET}
    assert SECRET.encode() not in terminal.raw
    left = [file for file in tmp_path.rglob("*") if file.is_file() and SECRET in file.read_text("utf-8", "replace")]
    assert left == []


def test_nothing_entered_leaves_a_variable_out(circleci: CircleCI, tmp_path: Path) -> None:
    repository(tmp_path / "web", "git@github.com:acme/web.git", config())
    terminal = start(circleci, tmp_path, "apply")
    terminal.shows("DOCKERHUB_USERNAME in")
    terminal.press("\r")
    terminal.shows("DOCKERHUB_PASSWORD in")
    terminal.press("\r")
    assert terminal.end() == 1
    assert circleci.writes() == []


def test_one_value_may_be_for_all_places(circleci: CircleCI, tmp_path: Path) -> None:
    for owner in ("acme", "legacy", "third"):
        circleci.project(f"gh/{owner}/web")
        repository(tmp_path / owner, f"git@github.com:{owner}/web.git", config())
    terminal = start(circleci, tmp_path, "apply")
    terminal.shows("DOCKERHUB_USERNAME in context docker-hub-creds of gh/acme")
    terminal.press("bot\r")
    terminal.shows("in the other 2 places?")
    terminal.press("y\r")
    terminal.shows("DOCKERHUB_PASSWORD in context docker-hub-creds of gh/acme")
    terminal.press(f"{SECRET}\r")
    terminal.shows("in the other 2 places?")
    terminal.press("\r")  # no, by default
    terminal.shows("DOCKERHUB_PASSWORD in context docker-hub-creds of gh/legacy")
    terminal.press("other-1\r")
    terminal.shows("in the other place?")
    terminal.press("y\r")
    assert terminal.end() == 0
    held = {slug: each.named("docker-hub-creds") for slug, each in circleci.organizations.items()}
    assert {slug: each and each.variables["DOCKERHUB_PASSWORD"] for slug, each in held.items()} == {
        "gh/acme": SECRET, "gh/legacy": "other-1", "gh/third": "other-1",
    }  # fmt: skip
    assert SECRET.encode() not in terminal.raw


def test_ctrl_c_at_a_question_makes_nothing(circleci: CircleCI, tmp_path: Path) -> None:
    repository(tmp_path / "web", "git@github.com:acme/web.git", config())
    terminal = start(circleci, tmp_path, "apply")
    terminal.shows("DOCKERHUB_USERNAME in")
    terminal.press("\x03")
    assert terminal.end() == 130
    assert circleci.writes() == []


def test_ctrl_c_waits_for_no_answer(circleci: CircleCI, tmp_path: Path) -> None:
    repository(tmp_path / "web", "git@github.com:acme/web.git", config())
    circleci.context("gh/acme", "docker-hub-creds", ["DOCKERHUB_USERNAME"])
    circleci.gate.arm(3, after=False)  # the first that a thread asks for
    terminal = start(circleci, tmp_path, "check", "--timeout", "3000")
    while not circleci.gate.is_held():
        assert terminal.process.isalive()
        time.sleep(0.01)
    terminal.press("\x03")
    assert terminal.end() == 130


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_five_hundred_contexts_fit_the_terminal_with_what_is_missing_first(
    circleci: CircleCI, tmp_path: Path, columns: int
) -> None:
    names = [f"context-number-{number:03}" for number in range(500)]
    uses = "".join(f"      - build: {{name: b{name}, context: {name}}}\n" for name in names)
    text = config("cimg/base:2024.01", "").replace("      - build\n", uses)
    (tmp_path / "migrator.toml").write_text('[registries."docker.io"]\nimages = ["none/*"]\n')
    repository(tmp_path / "web", "git@github.com:acme/web.git", text)
    for name in names:
        if name != "context-number-277":
            circleci.context("gh/acme", name)
    terminal = start(circleci, tmp_path, "check", columns=columns)
    assert terminal.end() == 1
    said = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.raw.decode())
    plain = [
        line.rstrip("\r").rpartition("\r")[2] for line in said.split("\n")
    ]  # what progress has overwritten is gone
    assert max(map(len, plain)) <= columns
    table = "\n".join(plain)
    assert all(name in table for name in (*names, "gh/acme/web"))
    assert table.index("context-number-277") < table.index("context-number-000")
    assert "499" in table
    assert "1 context missing; 499 contexts present." in " ".join(table.split())
