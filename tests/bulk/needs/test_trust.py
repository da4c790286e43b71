"""A token goes where a policy says that a person chose, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bulk.conftest import Bulk
from tests.bulk.repositories import config, git
from tests.circleci_api import CircleCI, serve
from tests.circleci_api.server import KEY


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, bulk: Bulk) -> Iterator[CircleCI]:
    monkeypatch.setenv("CIRCLE_TOKEN", KEY)
    api = CircleCI()
    api.context("gh/acme", "docker-hub-creds", ["DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD"])
    with serve(api):
        yield api
    assert api.faults == []


def checkout(folder: Path) -> Path:
    (folder / ".circleci").mkdir(parents=True)
    (folder / ".circleci/config.yml").write_text(config())
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def policy(api: CircleCI) -> str:
    return f'[circleci]\norganization = "gh/acme"\napi-url = "{api.url}"\n'


def test_the_policy_of_where_a_campaign_is_run_says_who_is_asked(api: CircleCI, bulk: Bulk, tmp_path: Path) -> None:
    checkout(tmp_path / "top" / "app")
    Path("migrator.toml").write_text(policy(api))
    assert "everything that the changes need exists" in bulk("plan", "hub", "--source", f"dir:{tmp_path / 'top'}").out
    assert api.requests


def test_the_policy_of_a_repository_of_the_campaign_does_not(
    api: CircleCI, bulk: Bulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = checkout(tmp_path / "top" / "app")
    (app / "migrator.toml").write_text(policy(api))
    monkeypatch.chdir(app)
    monkeypatch.delenv("CIRCLE_TOKEN")  # it would go to CircleCI itself, which no test asks
    said = bulk("plan", "hub", "--source", f"dir:{tmp_path / 'top'}")
    assert "[circleci] is not used" in said.err
    assert "not known: " in said.out
    assert api.requests == []
    ledger = str(tmp_path / "named.db")
    bulk("plan", "hub", "--ledger", ledger, "--source", f"dir:{tmp_path / 'top'}", "--config", "migrator.toml")
    assert api.requests == [], "no token"
