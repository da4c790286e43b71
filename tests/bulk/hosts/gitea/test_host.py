"""What a campaign asks of a Gitea, one thing after the other, against the real one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.hosts.campaign import BRANCH, OURS
from tests.bulk.hosts.gitea.rig import GiteaRig
from tests.bulk.hosts.gitea.server import BOSS
from tests.bulk.repositories import config, git

States = Callable[[], dict[str, dict[str, Any]]]
READ = {"README.md": "x"}


@pytest.fixture
def host(rig: GiteaRig, bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> GiteaRig:
    """The command runs in this process, with the token of the rig. What fails is tried again at once."""
    monkeypatch.setenv("GITEA_TOKEN", rig.environment["GITEA_TOKEN"])
    monkeypatch.setattr("migrator.services.client.PAUSE", 0.0)
    return rig


def planned(host: GiteaRig, bulk: Bulk, *names: str, **files: str) -> None:
    for name in names:
        host.make(name, {CONFIG: config(f"job-{name}"), **READ, **files})
    assert bulk("plan", "hub", "--source", host.source, *host.arguments).code == 1
    bulk("review", "hub", "--approve", "all")


def short(states: States) -> dict[str, tuple[str, str]]:
    return {
        name.partition("/")[2]: (each["state"], each["class"] or each["message"]) for name, each in states().items()
    }


def until(is_so: Callable[[], bool]) -> None:
    """A server notices some things after it has answered."""
    for _ in range(50):
        if is_so():
            return
        time.sleep(0.1)
    pytest.fail("the server does not notice")


def test_odd_repositories_have_their_reason(host: GiteaRig, bulk: Bulk, states: States) -> None:
    for name in ("app", "old", "closed-to-pulls"):
        host.make(name, {CONFIG: config()})
    host.make("empty", {})
    host.archive("old")
    ask, owner = host.server.ask, host.owner
    ask("PATCH", f"/repos/{owner}/closed-to-pulls", {"has_pull_requests": False})
    ask("PUT", f"/repos/{owner}/app/topics", {"topics": ["deploy"]})
    ask("PATCH", f"/repos/{owner}/app", {"private": False})
    ask("POST", f"/repos/{owner}/app/forks", {"organization": owner, "name": "copy"})
    ask("POST", "/repos/migrate", {
        "clone_addr": f"{host.server.url}/{owner}/app.git", "mirror": True, "repo_owner": owner, "repo_name": "mirror",
    })  # fmt: skip
    assert bulk("plan", "hub", "--source", host.source, *host.arguments).code == 1
    assert short(states) == {
        "app": ("planned", ""),
        "closed-to-pulls": ("skipped", "has pull requests switched off"),
        "copy": ("skipped", "is a fork"),
        "empty": ("skipped", "is empty"),
        "mirror": ("skipped", "is a mirror"),
        "old": ("skipped", "is archived"),
    }
    assert states()[f"{owner}/app"]["source"] == f"{host.door.url}/{owner}/app"
    assert bulk("plan", "one", "--source", f"gitea:{owner}/app", *host.arguments, "--topic", "deploy").code == 1


def test_a_place_that_is_not_there_is_said(host: GiteaRig, bulk: Bulk) -> None:
    for place, what in (("nobody", "no such user or organisation"), (f"{host.owner}/none", "no such repository")):
        said = bulk("plan", "hub", "--source", f"gitea:{place}", *host.arguments)
        assert (said.code, what in said.err) == (2, True), said.err
    said = bulk("plan", "hub", "--source", host.source, "--api-url", host.door.url)
    assert said.code == 2
    assert "expected https://HOST/api/v1" in said.err


def test_a_user_has_repositories_as_well(host: GiteaRig, bulk: Bulk, states: States) -> None:
    host.server.ask("POST", "/user/repos", {"name": "dot", "auto_init": True}, user=host.robot, password="robot-pass")
    assert bulk("plan", "hub", "--source", f"gitea:{host.robot}", *host.arguments).code == 0
    assert short(states) == {"dot": ("unchanged", "has no CircleCI config")}


def test_a_rejected_token_ends_the_run(
    host: GiteaRig, bulk: Bulk, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(host, bulk, "app", "web")
    monkeypatch.setenv("GITEA_TOKEN", "0123456789abcdef0123456789abcdef01234567")
    for command in (("plan", "hub"), ("push", "hub")):
        said = bulk(*command)
        assert (said.code, said.err.count("rejects the token")) == (3, 1), said.err
        assert "0123456789abcdef" not in said.err
    assert {state for state, _ in short(states).values()} == {"approved"}


def test_a_pull_request_has_what_was_asked_for(host: GiteaRig, bulk: Bulk, states: States) -> None:
    planned(host, bulk, "app", **{".gitea/PULL_REQUEST_TEMPLATE.md": "- [ ] I ran it"})
    ask, place = host.server.ask, f"/repos/{host.owner}/app"
    ask("POST", f"{place}/labels", {"name": "ci", "color": "#00aabb"})
    asked = ("--draft", "--label", "ci", "--reviewer", BOSS, "--assignee", BOSS)
    said = bulk("push", "hub", *asked)
    assert said.code == 1
    token = host.environment["GITEA_TOKEN"]
    assert token not in said.out + said.err
    assert not [path for path in Path.cwd().rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    (pull,) = ask("GET", f"{place}/pulls?state=all")
    assert pull["draft"]
    assert pull["title"].startswith("WIP: ")
    assert [each["name"] for each in pull["labels"]] == ["ci"]
    assert [each["login"] for each in pull["assignees"]] == [BOSS]
    assert [each["login"] for each in pull["requested_reviewers"]] == [BOSS]
    assert pull["body"].rstrip().endswith("- [ ] I ran it")
    assert states()[f"{host.owner}/app"]["pull_request"] == f"{host.door.url}/{host.owner}/app/pulls/1"
    assert "waits: is a draft" in bulk("merge", "hub", "--confirm", "all").out
    assert "1 draft is ready for review now" in bulk("push", "hub", "--ready").err
    ready = ask("GET", f"{place}/pulls/1")
    assert (ready["draft"], ready["title"]) == (False, pull["title"].removeprefix("WIP: "))
    # A person writes into it, and that stays.
    ask("PATCH", f"{place}/pulls/1", {"title": "Log in to Docker Hub", "body": "as agreed"})
    bulk("push", "hub")
    assert ask("GET", f"{place}/pulls/1")["title"] == "Log in to Docker Hub"
    assert bulk("merge", "hub", "--confirm", "all", "--method", "squash").code == 0
    assert OURS in host.file("app", "main", CONFIG)[0]
    assert ask("GET", f"{place}/commits?sha=main&limit=10")[0]["parents"][1:] == [], "one commit, squashed"


def test_what_cannot_be_set_is_said_and_what_was_archived_is_left(host: GiteaRig, bulk: Bulk, states: States) -> None:
    planned(host, bulk, "app", "old")
    host.archive("old")
    bulk("push", "hub", "--reviewer", "nobody-of-that-name", "--assignee", "nobody-of-that-name")
    state, message = short(states)["app"]
    assert state == "open"
    assert "assignees were not set" in message
    assert "reviewers were not set" in message
    assert short(states)["old"] == ("failed", "forbidden")
    assert BRANCH not in host.branches("old")


def test_answers_that_are_lost_double_nothing(host: GiteaRig, bulk: Bulk, states: States) -> None:
    """Each write is done, and nobody hears of it."""
    planned(host, bulk, "app")
    host.door.lose = 2
    assert bulk("push", "hub").code == 1
    assert host.door.lose == 0, "those of the branch and of the pull request were"
    assert len(host.commits("app", BRANCH)) == len(host.requests("app")) == 1
    host.door.lose = 1
    assert bulk("merge", "hub", "--confirm", "all").code == 3
    bulk("retry", "hub")
    bulk("merge", "hub", "--confirm", "all")
    assert short(states)["app"][0] == "merged"
    assert [each.state for each in host.requests("app")] == ["merged"]


def test_what_a_branch_requires_is_waited_for(host: GiteaRig, bulk: Bulk, states: States) -> None:
    planned(host, bulk, "checked", "reviewed", "squashed")
    ask, owner = host.server.ask, host.owner
    rule = {"rule_name": "main", "enable_status_check": True, "status_check_contexts": ["ci/*"]}
    ask("POST", f"/repos/{owner}/checked/branch_protections", rule)
    host.require_approval("reviewed")
    ask("PATCH", f"/repos/{owner}/squashed", {"allow_squash_merge": False})
    bulk("push", "hub")
    head = host.branches("checked")[BRANCH]
    merge = ("merge", "hub", "--confirm", "all", "--method", "squash")
    said = bulk(*merge)
    assert "checked: waits: a required check has not reported" in said.out
    assert "enough approvals" in said.out
    assert states()[f"{owner}/reviewed"]["review"] == "required"
    assert short(states)["squashed"] == ("failed", "protected"), "the repository does not allow that method"
    bulk("retry", "hub")
    ask("POST", f"/repos/{owner}/checked/statuses/{head}", {"state": "success", "context": "lint"})
    ask("POST", f"/repos/{owner}/reviewed/pulls/1/reviews", {"event": "REQUEST_CHANGES", "body": "no"})
    said = bulk(*merge[:-1], "merge")
    assert short(states)["squashed"][0] == "merged"
    assert "checked: waits: a required check has not reported" in said.out, "another check has reported"
    assert "requested changes" in said.out
    assert states()[f"{owner}/reviewed"]["review"] == "changes-requested"
    host.report("checked", head, "success")
    host.approve("reviewed", 1)
    assert bulk("merge", "hub", "--confirm", "all").code == 0
    assert {state for state, _ in short(states).values()} == {"merged"}


def test_a_renamed_one_is_the_same(host: GiteaRig, bulk: Bulk, states: States) -> None:
    planned(host, bulk, "app", "web")
    host.server.ask("PATCH", f"/repos/{host.owner}/app", {"name": "site"})
    assert bulk("push", "hub").code == 1
    assert [each.branch for each in host.requests("site")] == [BRANCH]
    host.server.ask("PATCH", f"/repos/{host.owner}/web", {"name": "app"})
    assert bulk("merge", "hub", "--confirm", "all").code == 0
    assert {name: state for name, (state, _) in short(states).items()} == {"site": "merged", "app": "merged"}
    bulk("close", "hub")
    assert BRANCH not in host.branches("site")
    assert BRANCH not in host.branches("app")


def test_one_that_was_closed_before_the_ledger_knew_of_it_is_declined(
    host: GiteaRig, bulk: Bulk, states: States
) -> None:
    """A run was killed after it opened the pull request, and a person closed that."""
    planned(host, bulk, "app")
    bulk("push", "hub")
    with closing(sqlite3.connect("hub.campaign.db")) as ledger, ledger:
        ledger.execute(
            "UPDATE repositories SET state = 'approved', head = '', pushed = '', number = 0, pull_request = ''"
        )
    host.close("app", 1)
    bulk("push", "hub")
    assert short(states)["app"] == ("closed", "was closed on Gitea")
    assert [each.state for each in host.requests("app")] == ["closed"]


def test_what_has_to_be_up_to_date_is_brought_there(host: GiteaRig, bulk: Bulk, states: States) -> None:
    planned(host, bulk, "app")
    rule = {"rule_name": "main", "block_on_outdated_branch": True}
    host.server.ask("POST", f"/repos/{host.owner}/app/branch_protections", rule)
    bulk("push", "hub")
    host.server.ask("DELETE", f"/repos/{host.owner}/app/branch_protections/main")
    host.commit("app", "main", {"README.md": "other"})
    host.server.ask("POST", f"/repos/{host.owner}/app/branch_protections", rule)
    # Gitea counts how far a branch is behind, and whether it has conflicts, some time after a push.
    until(lambda: "push again" in bulk("merge", "hub", "--confirm", "all").out)
    assert short(states)["app"][0] == "approved"
    bulk("push", "hub")
    assert host.branches("app")["main"] == git(host.bare("app"), "rev-parse", f"{BRANCH}~1")
    until(lambda: bulk("merge", "hub", "--confirm", "all").code == 0)
    assert [(each.number, each.state) for each in host.requests("app")] == [(1, "merged")]


def test_what_has_nothing_to_change_any_more_is_closed_with_a_reason(
    host: GiteaRig, bulk: Bulk, states: States
) -> None:
    planned(host, bulk, "app")
    bulk("push", "hub")
    host.commit("app", "main", {CONFIG: host.file("app", BRANCH, CONFIG)[0]})
    bulk("plan", "hub")
    assert bulk("push", "hub").code == 0
    assert [each.state for each in host.requests("app")] == ["closed"]
    assert BRANCH not in host.branches("app")
    comments = host.server.ask("GET", f"/repos/{host.owner}/app/issues/1/comments")
    assert ["the base branch needs no change any more" in each["body"] for each in comments] == [True]
    assert short(states)["app"][0] == "unchanged"
