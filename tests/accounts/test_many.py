"""Many contexts and projects: planned, checked, applied and applied again, whatever is cut meanwhile."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.organisation import config, repository
from tests.accounts.rig import Rig
from tests.circleci_api import faults, serve
from tests.doses import IS_SOAK

CONTEXTS, PROJECTS = (40, 300) if IS_SOAK else (12, 30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each project pulls from two of the registries; the policy is above all repositories."""
    folder = tmp_path_factory.mktemp("many") / "work"
    folder.mkdir()
    (folder / "migrator.toml").write_text(
        "".join(
            f'[registries."r{number:02}.example.com"]\nusername = "$R{number:02}_USER"\n'
            f'password = "$R{number:02}_PASS"\ncontext = "registry-{number:02}"\n'
            for number in range(CONTEXTS)
        )
    )
    for number in range(PROJECTS):
        images = [f"r{(number + more) % CONTEXTS:02}.example.com/acme/app:1" for more in (0, 7)]
        text = config(images[0], f"      - image: {images[1]}\n")
        repository(folder / f"p{number:03}", f"git@github.com:acme/p{number:03}.git", text)
    lines = [f"R{n:02}_{what}={what.lower()}-{n:02}-s3cr3t" for n in range(CONTEXTS) for what in ("USER", "PASS")]
    (folder / "values").write_text("\n".join(lines) + "\n")
    (folder / "values").chmod(0o600)
    return folder


@pytest.fixture
def rig(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Rig]:
    monkeypatch.setattr("migrator.services.client.PAUSE", 0)
    rig = Rig(folder, monkeypatch, capsys)
    for number in range(PROJECTS):
        rig.api.project(f"gh/acme/p{number:03}")
    with serve(rig.api):
        yield rig
    assert rig.api.faults == []
    assert rig.api.overwritten == []


def test_everything_is_created_once(rig: Rig) -> None:
    said = rig.run("plan")
    assert said.code == 0
    assert f"{CONTEXTS} contexts, {CONTEXTS} needed by changes; {2 * CONTEXTS} variables." in said.out
    code, answer = rig.json("check")
    (organization,) = answer["organizations"]
    assert (code, {each["state"] for each in organization["contexts"]}) == (1, {"missing"})
    assert rig.run("apply", "--env-file", "values").code == 0
    assert len(rig.api.writes()) == 3 * CONTEXTS
    made = rig.api.snapshot()
    assert {name: each["variables"] for name, each in made["gh/acme"]["contexts"].items()} == {
        f"registry-{n:02}": {f"R{n:02}_USER": f"user-{n:02}-s3cr3t", f"R{n:02}_PASS": f"pass-{n:02}-s3cr3t"}
        for n in range(CONTEXTS)
    }
    said = rig.run("apply", "--env-file", "values", "--format", "json")
    assert (said.code, json.loads(said.out)["made"]) == (0, [])
    assert rig.api.snapshot() == made
    assert len(rig.api.writes()) == 3 * CONTEXTS
    assert rig.run("check").code == 0


@pytest.mark.parametrize("seed", range(5 if IS_SOAK else 1))
def test_a_connection_that_is_cut_at_any_request_leaves_what_the_next_run_completes(rig: Rig, seed: int) -> None:
    chance = random.Random(seed)
    writes = 0
    for most in (30, 90, 150):
        # From here on nothing is answered: what is asked for first is still done, or no longer.
        skip = chance.randint(0, most)
        rig.api.troubles = [faults.lost(after=chance.random() < 0.5)]
        rig.api.troubles[0].skip = skip
        rig.api.troubles += [faults.lost(after=False, times=10**6)]
        rig.api.troubles[1].skip = skip
        said = rig.run("apply", "--env-file", "values")
        assert said.code in (0, 3), said.err
        assert len(rig.api.writes()) >= writes
        writes = len(rig.api.writes())
    rig.api.troubles = []
    assert rig.run("apply", "--env-file", "values").code == 0
    assert rig.run("check").code == 0
    assert len(rig.api.organizations["gh/acme"].contexts) == CONTEXTS
