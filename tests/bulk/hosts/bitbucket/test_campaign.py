"""A campaign over Bitbucket on loopback: read and pushed by git, pull requests by its API, over real repositories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.hosts.bitbucket.conftest import Host
from tests.bulk.hosts.bitbucket.fake import TOKEN
from tests.bulk.hosts.bitbucket.repositories import Repository, uuid_of
from tests.bulk.repositories import branches, commit, commits_on, config, git, make_bare, show

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"


def test_odd_repositories_have_their_reason_and_none_is_an_abort(host: Host, bulk: Bulk, states: States) -> None:
    bulk("plan", "hub", "--source", "bitbucket:acme", "--api-url", host.url)
    found = {name.rpartition("/")[2]: (each["state"], each["message"]) for name, each in states().items()}
    assert found == {
        "app": ("planned", ""),
        "web": ("planned", ""),
        "lib": ("planned", ""),
        "plain": ("unchanged", "has no CircleCI config"),
        "empty": ("skipped", "is empty"),
        "copy": ("skipped", "is a fork"),
    }
    assert host.requests["GET"] == 1, "one request lists them, git reads them"


def test_one_branch_one_commit_one_pull_request_each(planned: Host, bulk: Bulk, states: States) -> None:
    planned.repositories["web"].default_reviewers = ["ann", "robot"]
    planned.repositories["web"].project_reviewers = ["bob"]
    extra = ("--draft", "--label", "ci", "--reviewer", uuid_of("eve"), "--reviewer", "zoe")
    assert bulk("push", "hub", *extra).code == 1, "pull requests wait to be merged"
    for name, base in (("app", "main"), ("web", "trunk"), ("lib", "main")):
        assert len(commits_on(planned.bare(name), BRANCH, base)) == 1
        assert "password: $DOCKERHUB_PASSWORD" in show(planned.bare(name), f"{BRANCH}:{CONFIG}")
        (pull,) = planned.repositories[name].pulls
        assert (pull.base, pull.draft, pull.close_source_branch) == (base, True, True)
        assert "circleci context create docker-hub-creds" in pull.description
        said = states()[f"acme/{name}"]
        assert said["pull_request"].endswith(f"/acme/{name}/pull-requests/1")
        assert said["message"] == (
            "zoe is not asked to review: Bitbucket needs an account id or a UUID;"
            " Bitbucket has neither labels nor assignees"
        )
    people = [each["uuid"] for each in planned.repositories["web"].pulls[0].reviewers]
    assert people == [uuid_of("ann"), uuid_of("bob"), uuid_of("eve")], "but for the author"
    asked = planned.requests["GET"]
    assert bulk("push", "hub").code == 1
    assert planned.requests["GET"] == asked, "a second push has nothing to ask"
    assert "3 drafts are ready for review now" in bulk("push", "hub", "--ready").err
    web = planned.repositories["web"].pulls[0]
    assert (web.draft, [each["uuid"] for each in web.reviewers], web.close_source_branch) == (False, people, True)


def test_the_author_is_found_once(planned: Host, bulk: Bulk) -> None:
    for name in ("app", "lib", "web"):
        planned.repositories[name].default_reviewers = ["robot", "ann"]
    bulk("push", "hub", "--jobs", "1")
    for name in ("app", "lib", "web"):
        (pull,) = planned.repositories[name].pulls
        assert [each["uuid"] for each in pull.reviewers] == [uuid_of("ann")]
        assert pull.close_source_branch
    assert planned.requests["PUT"] == 1, "the first one tells who the author is"
    assert planned.requests["POST"] == 4


def test_reviewers_that_bitbucket_refuses_are_said(planned: Host, bulk: Bulk, states: States) -> None:
    planned.repositories["app"].default_reviewers = ["gone"]
    assert bulk("push", "hub").code == 1
    (pull,) = planned.repositories["app"].pulls
    assert pull.reviewers == []
    assert "reviewers were not set: " in states()["acme/app"]["message"]


def test_a_second_plan_reads_what_changed(planned: Host, bulk: Bulk, states: States) -> None:
    commit(planned.bare("app"), {"README": "other"})
    commit(planned.bare("lib"), {CONFIG: config("release", "acme/lib:3")})
    bulk("plan", "hub")
    found = {name: each["state"] for name, each in states().items() if each["state"] in ("approved", "planned")}
    assert found == {"acme/app": "approved", "acme/web": "approved", "acme/lib": "planned"}


def test_a_branch_with_commits_of_a_person_is_left(planned: Host, bulk: Bulk, states: States) -> None:
    git(planned.bare("app"), "branch", BRANCH, "main")
    theirs = commit(planned.bare("app"), {"notes": "mine"}, BRANCH)
    assert bulk("push", "hub").code == 3
    assert branches(planned.bare("app"))[BRANCH] == theirs
    assert planned.repositories["app"].pulls == []
    assert states()["acme/app"]["class"] == "human-commits"
    assert states()["acme/web"]["state"] == "open"
    git(planned.bare("app"), "branch", "-D", BRANCH)
    assert bulk("retry", "hub").code == 1
    assert len(planned.repositories["app"].pulls) == 1


def test_answers_that_are_lost_double_nothing(planned: Host, bulk: Bulk, states: States) -> None:
    planned.drop_answers = 3
    assert bulk("push", "hub").code in (1, 3)
    bulk("retry", "hub")
    bulk("push", "hub")
    for name, base in (("app", "main"), ("web", "trunk"), ("lib", "main")):
        assert len(commits_on(planned.bare(name), BRANCH, base)) == 1
        assert len(planned.repositories[name].pulls) == 1
        assert states()[f"acme/{name}"]["state"] == "open"


def test_a_pull_request_is_updated_and_keeps_its_reviewers(planned: Host, bulk: Bulk) -> None:
    planned.repositories["app"].default_reviewers = ["ann"]
    bulk("push", "hub")
    (pull,) = planned.repositories["app"].pulls
    before, pull.description = pull.head, "old"
    commit(planned.bare("app"), {CONFIG: config("release")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 1
    assert planned.repositories["app"].pulls == [pull]
    assert pull.head != before
    assert pull.description != "old"
    assert [each["uuid"] for each in pull.reviewers] == [uuid_of("ann")]
    assert pull.close_source_branch
    assert len(commits_on(planned.bare("app"), BRANCH)) == 1


FAULTS = {
    "500@write": "server-error",
    "403@write": "forbidden",
    "drop@write": "unreachable",
    "500@git": "server-error",
    "403@git": "forbidden",
    "404@git": "not-found",
    "drop@git": "unreachable",
    "429@git": "rate-limited",
    "protected": "protected",
}


def test_a_fault_of_one_repository_is_its_own(host: Host, bulk: Bulk, states: States) -> None:
    """Each of them has another one, while they are pushed."""
    for number in range(len(FAULTS)):
        make_bare(host.folder / f"acme/f{number}.git", {CONFIG: config()})
        host.repositories[f"f{number}"] = Repository(host.folder / f"acme/f{number}.git", "acme")
    bulk("plan", "hub", "--source", "bitbucket:acme", "--api-url", host.url, "--match", "app|f[0-9]")
    bulk("review", "hub", "--approve", "all")
    for number, fault in enumerate(FAULTS):
        host.repositories[f"f{number}"].fault = fault if "@" in fault else ""
        if fault == "protected":
            host.repositories[f"f{number}"].protect(BRANCH)
    assert bulk("push", "hub").code == 3
    found = states()
    assert found["acme/app"]["state"] == "open"
    assert {fault: found[f"acme/f{number}"]["class"] for number, fault in enumerate(FAULTS)} == FAULTS
    for number, fault in enumerate(FAULTS):
        host.repositories[f"f{number}"].fault = ""
        if fault == "protected":
            host.repositories[f"f{number}"].unprotect(BRANCH)
    assert bulk("retry", "hub").code == 1
    assert all(each["state"] == "open" for name, each in states().items())
    assert all(len(host.repositories[f"f{number}"].pulls) == 1 for number in range(len(FAULTS)))


def test_bad_credentials_stop_the_run_at_once(planned: Host, bulk: Bulk, states: States) -> None:
    planned.token = "another"
    said = bulk("push", "hub")
    assert said.code == 3
    assert said.err.count("401") == 1
    assert {each["state"] for name, each in states().items() if name in ("acme/app", "acme/web")} == {"approved"}


def test_a_token_that_expires_while_git_reads_stops_the_run(host: Host, bulk: Bulk) -> None:
    bulk("plan", "hub", "--source", "bitbucket:acme", "--api-url", host.url, "--match", "plain")
    host.repositories["app"].fault = "401@git"
    said = bulk("plan", "hub", "--source", "bitbucket:acme", "--api-url", host.url, "--match", "app")
    assert said.code == 3
    assert "the login failed" in bulk("status", "hub", "--no-refresh").out, "git alone refused it"


def test_an_api_token_works_for_the_api_and_for_git(
    host: Host, bulk: Bulk, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has another name for each. And the list of repositories has several pages."""
    host.token, host.email, host.page = "ATATT-loopback-only", "ann@example.com", 2
    monkeypatch.setenv("BITBUCKET_TOKEN", host.token)
    monkeypatch.setenv("BITBUCKET_EMAIL", host.email)
    bulk("plan", "hub", "--source", "bitbucket:acme", "--api-url", host.url)
    bulk("review", "hub", "--approve", "acme/app")
    bulk("push", "hub")
    assert len(states()) == len(host.repositories)
    assert states()["acme/app"]["state"] == "open"
    files = [path for path in Path.cwd().rglob("*") if path.is_file()]
    assert not [path for path in files if host.token.encode() in path.read_bytes()]


def test_the_token_is_stored_nowhere(planned: Host, bulk: Bulk) -> None:
    said = bulk("push", "hub")
    files = [path for path in Path.cwd().rglob("*") if path.is_file()]
    assert TOKEN not in said.out + said.err
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_builds_have_some_minutes_after_a_push_to_begin(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    planned.repositories["app"].default_builds = []
    (pull,) = planned.repositories["app"].pulls
    pull.updated = datetime.now(UTC).isoformat()
    assert "acme/app: waits: no check has reported" in bulk("merge", "hub", "--confirm", "all").out
    assert states()["acme/app"]["state"] == "open"
    planned.repositories["app"].default_builds = ["SUCCESSFUL"]
    bulk("merge", "hub", "--confirm", "all")
    assert states()["acme/app"]["state"] == "merged"


def test_only_what_is_ours_green_and_confirmed_is_merged(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    assert "--confirm docker-hub-creds" in bulk("merge", "hub").out
    planned.repositories["web"].default_builds = ["SUCCESSFUL", "FAILED"]
    commit(planned.bare("lib"), {"notes": "mine"}, BRANCH)
    said = bulk("merge", "hub", "--confirm", "docker-hub-creds")
    found = {name.rpartition("/")[2]: each["state"] for name, each in states().items()}
    assert (found["app"], found["web"], found["lib"]) == ("merged", "open", "open")
    assert "waits: checks failed" in said.out
    assert "not ours" in said.out
    assert "$DOCKERHUB_PASSWORD" in show(planned.bare("app"), f"main:{CONFIG}")
    assert BRANCH not in branches(planned.bare("app")), "close_source_branch"
    assert bulk("close", "hub").code == 3
    assert BRANCH in branches(planned.bare("lib"))
    assert BRANCH not in branches(planned.bare("web"))
    assert planned.repositories["web"].pulls[0].state == "DECLINED"
    assert planned.repositories["lib"].pulls[0].state == "OPEN"


@pytest.mark.parametrize(
    ("method", "strategy", "pending", "slow"),
    [("merge", "merge_commit", 1, 0), ("squash", "squash", 9, 0), ("rebase", "fast_forward", 0, 1)],
    ids=["merged at the second look", "squashed, and looked at no more", "forwarded, which took too long"],
)
def test_each_method_is_a_strategy_of_bitbucket(
    planned: Host, bulk: Bulk, states: States, method: str, strategy: str, pending: int, slow: int
) -> None:
    """A merge is asked for, and looked at until it is done, or once more where the answer is 555."""
    bulk("push", "hub", "--limit", "1")
    planned.pending, planned.slow_merges = pending, slow
    bulk("merge", "hub", "--confirm", "all", "--method", method)
    assert "merged" in {each["state"] for each in states().values()}
    (pull,) = [pull for repository in planned.repositories.values() for pull in repository.pulls]
    assert pull.strategy == strategy
    assert BRANCH not in branches(pull.repository.path), "close_source_branch"


def test_what_bitbucket_does_not_merge_says_why(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    planned.repositories["app"].approvals = 1
    planned.repositories["web"].strategies = ["fast_forward"]
    commit(planned.bare("lib"), {CONFIG: config("deploy", "acme/lib:4")})
    said = bulk("merge", "hub", "--confirm", "all")
    assert said.code == 3
    assert "acme/lib: waits: conflicts with its base" in said.out
    found = states()
    assert (found["acme/app"]["class"], found["acme/web"]["class"]) == ("protected", "protected")
    assert "merge check" in found["acme/app"]["message"]
    assert "Bitbucket allows fast_forward there" in found["acme/web"]["message"]
    planned.repositories["app"].pulls[0].review("ann")
    bulk("retry", "hub")
    bulk("merge", "hub", "--confirm", "all")
    assert states()["acme/app"]["state"] == "merged"


def test_drafts_become_ready_and_stay_what_they_are_else(planned: Host, bulk: Bulk) -> None:
    planned.repositories["app"].default_reviewers = ["ann"]
    bulk("push", "hub", "--draft")
    (pull,) = planned.repositories["app"].pulls
    before = (pull.title, pull.description, pull.reviewers, pull.close_source_branch)
    assert "acme/app: waits: is a draft" in bulk("merge", "hub", "--confirm", "all").out
    assert bulk("push", "hub", "--ready").code == 1
    assert not any(pull.draft for repository in planned.repositories.values() for pull in repository.pulls)
    assert (pull.title, pull.description, pull.reviewers, pull.close_source_branch) == before
    commit(planned.bare("app"), {CONFIG: show(planned.bare("app"), f"{BRANCH}:{CONFIG}")})
    bulk("plan", "hub")
    bulk("push", "hub")
    assert (pull.state, len(pull.comments)) == ("DECLINED", 1)
    assert "needs no change any more" in pull.comments[0]
    assert BRANCH not in branches(planned.bare("app"))


def test_a_pull_request_that_was_declined_is_not_opened_again(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    planned.repositories["app"].pulls[0].state = "DECLINED"
    planned.repositories["web"].pulls[0].merge({})
    assert bulk("status", "hub").code == 1
    assert states()["acme/app"]["state"] == "closed"
    assert states()["acme/web"]["state"] == "merged"
    bulk("plan", "hub")
    bulk("push", "hub")
    assert len(planned.repositories["app"].pulls) == 1


def test_what_became_of_a_pull_request_is_found_without_the_ledger(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    planned.repositories["app"].pulls[0].state = "DECLINED"
    planned.repositories["web"].pulls[0].merge({"close_source_branch": True})
    for path in Path.cwd().glob("hub.campaign.db*"):
        path.unlink()
    bulk("plan", "hub", "--source", "bitbucket:acme/app", "--api-url", planned.url)
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    assert states()["acme/app"]["state"] == "closed"
    assert len(planned.repositories["app"].pulls) == 1
