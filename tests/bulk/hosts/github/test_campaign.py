"""A campaign over GitHub's API, on loopback and over real bare repositories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import Bulk, Host
from tests.bulk.hosts.github import contracts
from tests.bulk.hosts.github.fake import TOKEN, GitHub
from tests.bulk.repositories import branches, commit, commits_on, config, git, make_bare, show

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
CONFIG = ".circleci/config.yml"


def test_odd_repositories_have_their_reason_and_none_is_an_abort(host: Host, bulk: Bulk, states: States) -> None:
    bulk("plan", "hub", "--source", "github:acme", "--api-url", host.url)
    found = {name.rpartition("/")[2]: (each["state"], each["message"]) for name, each in states().items()}
    assert found == {
        "app": ("planned", ""),
        "web": ("planned", ""),
        "lib": ("planned", ""),
        "plain": ("unchanged", "has no CircleCI config"),
        "empty": ("skipped", "is empty"),
        "old": ("skipped", "is archived"),
        "copy": ("skipped", "is a fork"),
    }
    assert host.requests["mutation"] == 0
    assert host.requests["query"] == 2, "one query lists them, one reads them all"


def test_a_dry_run_sends_nothing(planned: Host, bulk: Bulk) -> None:
    said = bulk("push", "hub", "--dry-run")
    assert "-- pull request: CircleCI: pull images with the credentials of their registry" in said.out
    assert "unauthenticated-image: 1 fix" in said.out
    assert planned.requests["mutation"] == planned.requests["POST"] == 0


def test_one_branch_one_commit_one_pull_request_each(planned: Host, bulk: Bulk, states: States) -> None:
    planned.repositories["web"].visibility = "PUBLIC"
    planned.repositories["lib"].templates = ["## Checklist\n- [ ] I ran it"]
    bulk("plan", "hub")
    extra = ("--draft", "--label", "ci", "--reviewer", "ann", "--reviewer", "acme/platform", "--assignee", "bob")
    assert bulk("push", "hub", *extra).code == 1, "pull requests wait to be merged"
    for name, base in (("app", "main"), ("web", "trunk"), ("lib", "main")):
        assert len(commits_on(planned.bare(name), BRANCH, base)) == 1
        assert "password: $DOCKERHUB_PASSWORD" in show(planned.bare(name), f"{BRANCH}:{CONFIG}")
        (pull,) = planned.repositories[name].pulls
        assert (pull.base, pull.is_draft, pull.labels, pull.assignees) == (base, True, ["ci"], ["bob"])
        assert pull.reviewers == ["ann", "platform"]
        assert "circleci context create docker-hub-creds" in pull.body
        assert states()[f"acme/{name}"]["pull_request"] == pull.url
    assert "forked pull requests" in planned.repositories["web"].pulls[0].body
    assert "forked pull requests" not in planned.repositories["lib"].pulls[0].body
    assert planned.repositories["lib"].pulls[0].body.rstrip().endswith("- [ ] I ran it")
    writes = planned.requests["mutation"] + planned.requests["POST"]
    assert bulk("push", "hub").code == 1
    assert planned.requests["mutation"] + planned.requests["POST"] == writes, "a second push has nothing to send"


def test_a_second_plan_reads_no_file_that_is_the_same(planned: Host, bulk: Bulk, states: States) -> None:
    commit(planned.bare("app"), {"README": "other"})
    commit(planned.bare("lib"), {CONFIG: config("release", "acme/lib:3")})
    bulk("plan", "hub")
    assert {name: each["state"] for name, each in states().items() if each["state"] in ("approved", "planned")} == {
        "acme/app": "approved",
        "acme/web": "approved",
        "acme/lib": "planned",
    }


def test_bytes_that_graphql_cannot_carry_are_read_raw(host: Host, bulk: Bulk, states: States) -> None:
    texts = {
        "bom": b"\xef\xbb\xbf" + config().encode(),
        "long": (config() + "# " + "x" * 600_000 + "\n").encode(),
        "crlf": config().replace("\n", "\r\n").encode(),
    }
    for name, data in texts.items():
        make_bare(host.bare("app").parent / f"{name}.git", {CONFIG: data})
        fresh = GitHub(host.bare("app").parent).repositories[name]
        host.repositories[name] = fresh
    assert bulk("plan", "hub", "--source", "github:acme", "--api-url", host.url, "--match", "bom|long|crlf").code == 1
    assert host.requests["GET"] == 2
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    for name, data in texts.items():
        after = git(host.bare(name), "cat-file", "blob", f"{BRANCH}:{CONFIG}")
        assert "$DOCKERHUB_PASSWORD" in after
        added = git(host.bare(name), "diff", "--numstat", "main", BRANCH).split()[:2]
        assert int(added[1]) <= 2, "only the lines of the change differ"
        assert data[:3] == host.repositories[name].objects([f"{BRANCH}:{CONFIG}"])[0][2][:3]  # type: ignore[index]


def test_deep_folders_are_read(host: Host, bulk: Bulk, states: States) -> None:
    commit(host.bare("plain"), {".circleci/a/b/c/d/deep.yml": config()})
    bulk("plan", "hub", "--source", "github:acme/plain", "--api-url", host.url)
    assert states()["acme/plain"]["state"] == "planned"


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


def test_commits_of_a_person_below_ours_are_kept(planned: Host, bulk: Bulk, states: States) -> None:
    """Somebody put our commit, as it is, on top of theirs."""
    bulk("push", "hub")
    bare = planned.bare("app")
    message, text = git(bare, "log", "-1", "--format=%B", BRANCH), show(bare, f"{BRANCH}:{CONFIG}")
    git(bare, "branch", "-f", BRANCH, "main")
    commit(bare, {"notes": "mine"}, BRANCH)
    theirs = commit(bare, {CONFIG: text}, BRANCH, message=message)
    commit(bare, {CONFIG: config("release")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 3
    assert states()["acme/app"]["class"] == "human-commits"
    assert bulk("close", "hub").code == 3
    assert branches(bare)[BRANCH] == theirs


def test_answers_that_are_lost_double_nothing(planned: Host, bulk: Bulk, states: States) -> None:
    """Each write is done, and nobody hears of it."""
    planned.drop_answers = 6
    assert bulk("push", "hub").code in (1, 3)
    planned.drop_answers = 0
    bulk("retry", "hub")
    bulk("push", "hub")
    for name, base in (("app", "main"), ("web", "trunk"), ("lib", "main")):
        assert len(commits_on(planned.bare(name), BRANCH, base)) == 1
        assert len(planned.repositories[name].pulls) == 1
        assert states()[f"acme/{name}"]["state"] == "open"


def test_a_pull_request_is_updated_and_never_doubled(planned: Host, bulk: Bulk) -> None:
    bulk("push", "hub")
    (pull,) = planned.repositories["app"].pulls
    before = pull.headRefOid
    commit(planned.bare("app"), {CONFIG: config("release")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 1
    assert planned.repositories["app"].pulls == [pull]
    assert pull.state == "OPEN"
    assert pull.headRefOid != before
    assert branches(planned.bare("app")).keys() == {"main", BRANCH}
    assert len(commits_on(planned.bare("app"), BRANCH)) == 1
    assert "make release" in show(planned.bare("app"), f"{BRANCH}:{CONFIG}")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("500", "server-error"),
        ("403", "forbidden"),
        ("drop", "unreachable"),
        ("timeout", "timeout"),
        ("protected", "protected"),
    ],
)
def test_a_fault_of_one_repository_is_its_own(
    planned: Host, bulk: Bulk, states: States, fault: str, expected: str
) -> None:
    planned.repositories["app"].fault = f"{fault}@write" if fault != "protected" else fault
    # What never answers is given up soon; no other answer takes so long, on any machine.
    patience = ("--timeout", "3") if fault == "timeout" else ()
    assert bulk("push", "hub", *patience).code == 3
    found = states()
    assert (found["acme/app"]["state"], found["acme/app"]["class"]) == ("failed", expected)
    assert found["acme/web"]["state"] == found["acme/lib"]["state"] == "open"
    planned.repositories["app"].fault = ""
    writes = planned.requests["mutation"] + planned.requests["POST"]
    assert bulk("retry", "hub").code == 1
    assert states()["acme/app"]["state"] == "open"
    assert planned.requests["mutation"] + planned.requests["POST"] - writes <= 3, "only what failed is done again"


def test_a_repository_that_breaks_reading_takes_no_other_with_it(host: Host, bulk: Bulk, states: States) -> None:
    host.repositories["app"].fault = "500@read"
    assert bulk("plan", "hub", "--source", "github:acme", "--api-url", host.url).code == 3
    found = states()
    assert (found["acme/app"]["state"], found["acme/app"]["class"]) == ("failed", "server-error")
    assert found["acme/web"]["state"] == found["acme/lib"]["state"] == "planned"


def test_limits_are_waited_for(planned: Host, bulk: Bulk) -> None:
    planned.refuse = [
        (403, {"Retry-After": "1"}, "You have exceeded a secondary rate limit."),
        (429, {"Retry-After": "0"}, "Too many requests"),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, "API rate limit exceeded"),
    ]
    assert bulk("push", "hub").code == 1
    assert planned.requests["refused"] == 3
    assert all(len(planned.repositories[name].pulls) == 1 for name in ("app", "web", "lib"))


def test_bad_credentials_stop_the_run_at_once(planned: Host, bulk: Bulk, states: States) -> None:
    planned.token = "another"
    used = planned.used
    said = bulk("push", "hub")
    assert said.code == 3
    assert said.err.count("401") == 1
    assert planned.used == used
    assert {each["state"] for name, each in states().items() if name in ("acme/app", "acme/web")} == {"approved"}


def test_the_token_is_stored_nowhere(planned: Host, bulk: Bulk) -> None:
    said = bulk("push", "hub")
    files = [path for path in Path.cwd().rglob("*") if path.is_file()]
    assert TOKEN not in said.out + said.err
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_only_what_is_ours_green_and_confirmed_is_merged(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    said = bulk("merge", "hub")
    assert said.code == 1
    assert "--confirm docker-hub-creds" in said.out
    planned.repositories["web"].pulls[0].checks = "FAILURE"
    commit(planned.bare("lib"), {"notes": "mine"}, BRANCH)
    said = bulk("merge", "hub", "--confirm", "docker-hub-creds")
    found = {name.rpartition("/")[2]: each["state"] for name, each in states().items()}
    assert (found["app"], found["web"], found["lib"]) == ("merged", "open", "open")
    assert "waits: checks failed" in said.out
    assert "not ours" in said.out
    assert "$DOCKERHUB_PASSWORD" in show(planned.bare("app"), f"main:{CONFIG}")
    assert bulk("close", "hub").code == 3
    assert BRANCH in branches(planned.bare("lib"))
    assert BRANCH not in branches(planned.bare("web"))
    assert BRANCH not in branches(planned.bare("app"))
    assert states()["acme/app"]["state"] == "merged"
    assert planned.repositories["web"].pulls[0].state == "CLOSED"
    assert planned.repositories["lib"].pulls[0].state == "OPEN"


def test_a_pull_request_that_was_closed_is_not_opened_again(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    planned.repositories["app"].pulls[0].state = "CLOSED"
    planned.repositories["web"].pulls[0].state = "MERGED"
    assert bulk("status", "hub").code == 1
    assert states()["acme/app"]["state"] == "closed"
    assert states()["acme/web"]["state"] == "merged"
    bulk("plan", "hub")
    bulk("push", "hub")
    assert len(planned.repositories["app"].pulls) == 1


def test_a_wave_waits_for_the_checks_of_the_last_one(planned: Host, bulk: Bulk) -> None:
    assert bulk("push", "hub", "--limit", "1", "--wave", "1").code == 1
    pushed = [name for name, repository in planned.repositories.items() if repository.pulls]
    assert len(pushed) == 1
    planned.repositories[pushed[0]].pulls[0].checks = "FAILURE"
    said = bulk("push", "hub", "--wave", "1", "--wave-wait", "0")
    assert "checks failed in" in said.err
    assert sum(len(repository.pulls) for repository in planned.repositories.values()) == 1
    planned.repositories[pushed[0]].pulls[0].checks = "SUCCESS"
    bulk("push", "hub", "--wave", "5", "--wave-wait", "0")
    assert sum(len(repository.pulls) for repository in planned.repositories.values()) == 3


def test_an_executable_file_stays_one_also_when_it_is_replaced(host: Host, bulk: Bulk, states: States) -> None:
    make_bare(host.bare("app").parent / "script.git", {CONFIG: config()}, mode="100755")
    host.repositories["script"] = GitHub(host.bare("app").parent).repositories["script"]
    bulk("plan", "hub", "--source", "github:acme/script", "--api-url", host.url)
    for job in ("build", "release"):
        bulk("review", "hub", "--approve", "all")
        assert bulk("push", "hub").code == 1
        assert len(commits_on(host.bare("script"), BRANCH)) == len(host.repositories["script"].pulls) == 1
        assert git(host.bare("script"), "ls-tree", BRANCH, CONFIG).split()[0] == "100755"
        assert f"make {job}" in show(host.bare("script"), f"{BRANCH}:{CONFIG}")
        commit(host.bare("script"), {CONFIG: config("release")}, mode="100755")
        bulk("plan", "hub")
    assert "GitHub did not sign the commit" in states()["acme/script"]["message"]


def test_the_schemas_are_githubs_own() -> None:
    """Every exchange of this module is checked against them, where they are installed."""
    if not contracts.graphql_schema()[1] or contracts.openapi() is None:
        pytest.skip(f"no @octokit/graphql-schema and @octokit/openapi in {contracts.node_modules()}")
    assert contracts.faults("GET", "/repos/a/b/nothing-like-that", None, 200, None)
    assert contracts.faults("POST", "/repos/a/b/pulls", {"title": "x"}, 201, None), "a pull request needs head and base"
