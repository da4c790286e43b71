"""What repositories, hosts and people do between the phases of a campaign over GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk, Host
from tests.bulk.repositories import branches, commit, config

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"


def kept(states: States) -> dict[str, str]:
    return {name: states()[f"acme/{name}"]["state"] for name in ("app", "web", "lib")}


@pytest.fixture
def pushed(planned: Host, bulk: Bulk) -> Host:
    assert bulk("push", "hub").code == 1
    return planned


def plan_anew(host: Host, bulk: Bulk, name: str) -> None:
    """The config of a repository changes, and with it what the campaign would do there."""
    commit(host.bare(name), {CONFIG: config("release", "acme/new:1")})
    bulk("plan", "hub")


def test_a_repository_that_breaks_a_second_plan_takes_no_other_with_it(
    pushed: Host, bulk: Bulk, states: States
) -> None:
    pushed.repositories["app"].fault = "500@read"
    assert bulk("plan", "hub").code == 3
    assert kept(states) == {"app": "failed", "web": "open", "lib": "open"}
    pushed.repositories["app"].fault = ""
    assert bulk("retry", "hub").code == 1
    assert kept(states) == {"app": "open", "web": "open", "lib": "open"}


def test_a_decision_outlives_a_failure_to_read(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("review", "hub", "--reject", "acme/web")
    for name in ("app", "web"):
        planned.repositories[name].fault = "500@read"
    bulk("plan", "hub")
    bulk("plan", "hub")
    assert kept(states) == {"app": "failed", "web": "failed", "lib": "approved"}
    for name in ("app", "web"):
        planned.repositories[name].fault = ""
    bulk("retry", "hub")
    assert kept(states) == {"app": "approved", "web": "rejected", "lib": "approved"}


def test_a_pull_request_that_cannot_be_asked_about_stops_no_other(pushed: Host, bulk: Bulk, states: States) -> None:
    pushed.repositories["app"].fault = "500@read"
    pushed.repositories["web"].pulls[0].state = "CLOSED"
    said = bulk("status", "hub")
    assert said.code == 1
    assert "acme/app: is shown as it was" in said.err
    assert kept(states) == {"app": "open", "web": "closed", "lib": "open"}
    said = bulk("merge", "hub", "--confirm", "all")
    assert "acme/app: waits: GitHub answered 500" in said.out
    assert kept(states) == {"app": "open", "web": "closed", "lib": "merged"}


def test_a_host_that_nobody_reaches_is_told_once(pushed: Host, bulk: Bulk, states: States) -> None:
    pushed.go_away()
    said = bulk("status", "hub")
    assert (said.code, said.err.count("\n")) == (1, 1)
    said = bulk("merge", "hub", "--confirm", "all")
    assert (said.code, said.err.count("\n")) == (3, 1)
    assert kept(states) == {"app": "open", "web": "open", "lib": "open"}


def test_a_wave_that_was_green_once_is_asked_about_again(planned: Host, bulk: Bulk) -> None:
    bulk("push", "hub", "--limit", "1", "--wave", "1")
    bulk("status", "hub")
    (pushed,) = [repository for repository in planned.repositories.values() if repository.pulls]
    pushed.fault = "500@read"
    said = bulk("push", "hub", "--wave", "1", "--wave-wait", "0")
    assert "the checks of 1 pull request are not finished" in said.err
    assert sum(len(repository.pulls) for repository in planned.repositories.values()) == 1


def test_a_no_of_a_person_is_not_overruled_by_another_plan(pushed: Host, bulk: Bulk, states: States) -> None:
    pushed.repositories["app"].pulls[0].state = "CLOSED"
    plan_anew(pushed, bulk, "app")
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    assert [pull.state for pull in pushed.repositories["app"].pulls] == ["CLOSED"]
    assert states()["acme/app"]["state"] == "closed"
    bulk("review", "hub", "--approve", "acme/app")
    bulk("push", "hub")
    assert [pull.state for pull in pushed.repositories["app"].pulls] == ["CLOSED", "OPEN"], "asked for by its name"


def test_close_reaches_what_was_planned_or_rejected_after_its_push(pushed: Host, bulk: Bulk, states: States) -> None:
    plan_anew(pushed, bulk, "app")
    plan_anew(pushed, bulk, "lib")
    bulk("review", "hub", "--reject", "acme/lib")
    pushed.repositories["web"].pulls[0].state = "CLOSED"
    bulk("status", "hub")
    assert kept(states) == {"app": "planned", "web": "closed", "lib": "rejected"}
    said = bulk("close", "hub", "--dry-run")
    assert said.out.count(f"delete the branch {BRANCH}") == 3
    assert bulk("close", "hub").code == 0
    for name in ("app", "web", "lib"):
        assert [pull.state for pull in pushed.repositories[name].pulls] == ["CLOSED"]
        assert BRANCH not in branches(pushed.bare(name))


def test_a_dry_run_keeps_no_wording(planned: Host, bulk: Bulk) -> None:
    bulk("push", "hub", "--dry-run", "--draft", "--label", "ci", "--title", "Other")
    bulk("push", "hub")
    (pull,) = planned.repositories["app"].pulls
    assert (pull.title, pull.is_draft, pull.labels) == (
        "CircleCI: pull images with the credentials of their registry",
        False,
        [],
    )


@pytest.mark.parametrize("title", ["{{ nothing }}", "{{ campaign", "{{ campaign + 1 }}"])
def test_a_template_with_a_fault_is_told_and_not_kept(planned: Host, bulk: Bulk, title: str) -> None:
    said = bulk("push", "hub", "--title", title)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert said.err.startswith("migrate: --title: ")
    assert bulk("push", "hub").code == 1


def test_own_wording_is_kept_wherever_the_next_push_starts(
    planned: Host, bulk: Bulk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path("body.md.j2").write_text("Mine for {{ repository }}")
    ledger = str(Path("hub.campaign.db").resolve())
    bulk("push", "hub", "--limit", "1", "--title", "Mine", "--body", "body.md.j2")
    monkeypatch.chdir(tmp_path)
    assert bulk("push", "hub", "--ledger", ledger).code == 1
    pulls = [pull for repository in planned.repositories.values() for pull in repository.pulls]
    assert {pull.title for pull in pulls} == {"Mine"}
    assert {pull.body for pull in pulls} == {"Mine for acme/app", "Mine for acme/web", "Mine for acme/lib"}


def test_where_github_commits_git_needs_no_identity(planned: Host, bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{who}_NAME")
        monkeypatch.delenv(f"GIT_{who}_EMAIL")
    assert bulk("push", "hub").code == 1
    assert json.loads(bulk("status", "hub", "--format", "json").out)["summary"]["open"] == 3
