"""`migrate contexts --campaign`: what the changes of a campaign need, by the projects that its sources name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.cli.app import run
from tests.accounts.organisation import config
from tests.accounts.rig import PASSWORD, USER, Rig, states
from tests.bulk.repositories import ENVIRONMENT, git
from tests.circleci_api import serve

NAMES = ("api", "lib", "web")


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Rig]:
    """A campaign over checkouts, planned. `lib` needs nothing, and names a context."""
    for name, value in ENVIRONMENT.items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    (tmp_path / "work").mkdir()
    rig = Rig(tmp_path / "work", monkeypatch, capsys)
    for name in NAMES:
        folder = tmp_path / "checkouts" / name
        (folder / ".circleci").mkdir(parents=True)
        text = config().replace("- build\n", "- build: {context: deploy}\n")
        (folder / ".circleci" / "config.yml").write_text(text if name != "lib" else text.replace("docker", "macos"))
        git(folder, "init", "-q", "-b", "main")
        git(folder, "remote", "add", "origin", f"git@github.com:acme/{name}.git")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", "one")
        rig.api.project(f"gh/acme/{name}")
    monkeypatch.chdir(rig.folder)
    assert run(["bulk", "plan", "hub", "--source", f"dir:{tmp_path / 'checkouts'}"]) == 1
    with serve(rig.api):
        yield rig
    assert rig.api.faults == []


def test_a_campaign_is_planned_checked_and_applied(rig: Rig) -> None:
    code, answer = rig.json("plan", "--campaign", "hub")
    (organization,) = answer["organizations"]
    contexts = {each["name"]: each for each in organization["contexts"]}
    assert (code, organization["organization"]) == (0, "gh/acme")
    assert {name: each["needed"] for name, each in contexts.items()} == {"deploy": False, "docker-hub-creds": True}
    assert [each["project"] for each in contexts["docker-hub-creds"]["used_by"]] == ["gh/acme/api", "gh/acme/web"]
    assert rig.run("check", "--campaign", "hub").code == 1
    assert rig.run("apply", "--campaign", "hub", "--env-file", rig.values(), "--restrict").code == 0
    code, answer = rig.json("check", "--campaign", "hub")
    assert code == 1
    assert states(answer) == {
        "deploy": {"": "missing"}, "docker-hub-creds": {"": "present", USER: "present", PASSWORD: "present"}
    }  # fmt: skip
    assert rig.run("apply", "--campaign", "hub", "--all").code == 0
    assert rig.run("check", "--campaign", "hub").code == 0


def test_the_organisation_of_the_command_line_is_that_of_all(rig: Rig) -> None:
    _, answer = rig.json("plan", "--campaign", "hub", "--org", "gh/other")
    assert [each["organization"] for each in answer["organizations"]] == ["gh/other"]
