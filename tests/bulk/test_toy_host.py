"""A kind of host from a folder of its own goes through a campaign by the command; nothing else knows of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk import hosts
from migrator.bulk.kinds import also_in, forms, kinds
from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.repositories import config
from tests.places import ROOT

TOYS = Path(__file__).parent / "toys"
BUILT_IN = {file.parent.name for file in (ROOT / "migrator" / "bulk" / "hosts").glob("*/host.py")}
States = Callable[[], dict[str, dict[str, Any]]]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Path]:
    """Two repositories with work, one without a config, and one that is empty."""
    top = tmp_path / "shelf"
    for name, text in (("app", config()), ("web", config("test", "acme/web:2"))):
        (top / name / "main" / ".circleci").mkdir(parents=True)
        (top / name / "main" / CONFIG).write_text(text)
    (top / "plain" / "main").mkdir(parents=True)
    (top / "void").mkdir()
    with also_in(TOYS):
        yield top


@pytest.fixture
def opened(shelf: Path, bulk: Bulk) -> Path:
    """Their change requests are open."""
    assert bulk("plan", "hub", "--source", f"shelf:{shelf}").code == 1
    assert bulk("review", "hub", "--approve", "all").code == 1
    assert bulk("push", "hub").code == 1
    return shelf


def request(shelf: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shelf / name / "request.json").read_text())
    return found


def librarian(shelf: Path) -> None:
    """Merges what the shelf was asked to merge, some time later."""
    for path in shelf.glob("*/request.json"):
        if json.loads(path.read_text())["state"] == "queued":
            shutil.copytree(path.parent / "branch", path.parent / "main", dirs_exist_ok=True)
            path.write_text(json.dumps({**json.loads(path.read_text()), "state": "merged"}))


def words(states: States) -> dict[str, str]:
    return {name: each["state"] for name, each in states().items()}


def test_a_kind_is_there_as_long_as_its_folder_is(shelf: Path) -> None:
    assert list(kinds()) == sorted([*BUILT_IN, "shelf"])
    assert forms().startswith("bitbucket:WORKSPACE, ")
    assert forms().endswith(" or shelf:PATH")


def test_without_its_folder_its_sources_are_wrong(bulk: Bulk, tmp_path: Path) -> None:
    said = bulk("plan", "hub", "--source", f"shelf:{tmp_path}")
    assert said.code == 2
    assert said.err.endswith(f"expected {forms()}\n")
    assert "shelf" not in forms()


def test_a_ledger_is_shown_where_its_kind_is_not_known_and_acts_nowhere(
    opened: Path, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "__path__", [each for each in hosts.__path__ if each != str(TOYS)])
    assert "2 open" in bulk("status", "hub", "--no-refresh").out
    said = bulk("merge", "hub", "--confirm", "all")
    assert said.code == 2
    assert "'shelf' is not a known kind of host" in said.err


def test_a_plan_keeps_the_path_of_its_source(shelf: Path, bulk: Bulk, states: States) -> None:
    assert bulk("plan", "hub", "--source", "shelf:../shelf").code == 1
    assert words(states) == {"app": "planned", "plain": "unchanged", "void": "skipped", "web": "planned"}
    assert states()["app"]["source"] == str(shelf / "app")
    assert "+        auth:" in bulk("review", "hub").out
    assert bulk("plan", "hub").code == 1
    assert words(states)["app"] == "planned"


def test_from_plan_to_merged(opened: Path, bulk: Bulk, states: States) -> None:
    assert "docker-hub-creds" in request(opened, "app")["body"]
    assert "$DOCKERHUB_PASSWORD" in (opened / "app" / "branch" / CONFIG).read_text()
    assert "auth" not in (opened / "app" / "main" / CONFIG).read_text()
    assert states()["app"]["pull_request"] == "shelf:app/1"
    assert "confirm that it exists" in bulk("merge", "hub").out
    said = bulk("merge", "hub", "--confirm", "all", "--limit", "1")
    assert said.out.startswith("app: the librarian was asked to merge it\n")
    assert words(states)["app"] == "open", "the host answered before it merged"
    assert "app: waits: waits for the librarian" in bulk("merge", "hub", "--limit", "1").out
    assert "(waits for the librarian; auth on an image, context on its job)" in bulk("status", "hub").out
    librarian(opened)
    bulk("status", "hub")
    assert words(states) == {"app": "merged", "plain": "unchanged", "void": "skipped", "web": "open"}
    assert states()["app"]["message"] == "was merged on the shelf"
    assert "$DOCKERHUB_PASSWORD" in (opened / "app" / "main" / CONFIG).read_text()
    assert bulk("close", "hub").code == 0
    assert words(states) == {"app": "merged", "plain": "unchanged", "void": "skipped", "web": "closed"}
    assert request(opened, "web")["state"] == "closed"
    assert not (opened / "web" / "branch").exists()


def test_no_identity_of_git_is_asked_for(shelf: Path, bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    bulk("plan", "hub", "--source", f"shelf:{shelf}")
    bulk("review", "hub", "--approve", "app")
    assert "-- pull request: " in bulk("push", "hub", "--dry-run").out
    assert bulk("push", "hub").code == 1


def test_a_branch_that_a_person_wrote_to_is_left(opened: Path, bulk: Bulk, states: States) -> None:
    theirs = opened / "app" / "branch" / CONFIG
    theirs.write_text("mine")
    assert "its head is not ours" in bulk("merge", "hub", "--confirm", "all", "--dry-run").out
    assert bulk("close", "hub").code == 3
    assert theirs.read_text() == "mine"
    assert states()["app"]["class"] == "human-commits"
    assert words(states)["web"] == "closed"


def test_what_changed_since_the_plan_is_planned_again(shelf: Path, bulk: Bulk, states: States) -> None:
    bulk("plan", "hub", "--source", f"shelf:{shelf}")
    bulk("review", "hub", "--approve", "all")
    (shelf / "app" / "main" / CONFIG).write_text(config("deploy"))
    assert bulk("push", "hub").code == 3
    assert states()["app"]["class"] == "changed-since-plan"
    assert bulk("retry", "hub").code == 1
    assert words(states)["app"] == "planned"


def test_a_branch_without_its_request_is_not_done(opened: Path, bulk: Bulk) -> None:
    """Its kind has change requests, so the next push opens it."""
    with sqlite3.connect("hub.campaign.db") as ledger:
        ledger.execute("UPDATE repositories SET state = 'pushed' WHERE name = 'app'")
        ledger.execute("UPDATE repositories SET state = 'merged' WHERE name = 'web'")
    ledger.close()
    assert bulk("status", "hub", "--no-refresh").code == 1
    assert bulk("push", "hub").code == 1
    assert "1 open, 1 merged" in bulk("status", "hub").out


@pytest.mark.parametrize(
    ("checks", "why"),
    [
        ("pending", "checks are pending"),
        ("failure", "checks failed"),
        ("expected", "a required check has not reported"),
        ("", "no check has reported"),
    ],
)
def test_checks_are_waited_for_where_there_are_any(opened: Path, bulk: Bulk, checks: str, why: str) -> None:
    path = opened / "app" / "request.json"
    path.write_text(json.dumps({**request(opened, "app"), "checks": checks}))
    said = bulk("merge", "hub", "--confirm", "all", "--dry-run").out
    assert f"app: waits: {why}\n" in said
    assert "web: would be merged" in said, "the shelf has no checks, and requires none"


def test_a_wave_without_checks_is_looked_at_twice(shelf: Path, bulk: Bulk) -> None:
    """Right after a push no check has begun: that there is none counts only when it is seen again."""
    bulk("plan", "hub", "--source", f"shelf:{shelf}")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub", "--wave", "1", "--limit", "1").code == 1
    assert "1 pull request are not finished" in bulk("push", "hub", "--wave", "1", "--wave-wait", "0").err
    assert bulk("push", "hub", "--wave", "1", "--wave-wait", "0").err.count("not finished") == 0
    assert "2 open" in bulk("status", "hub").out
