"""A campaign over GitLab's API, on loopback and over real bare repositories."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.bulk.conftest import Bulk
from tests.bulk.hosts.gitlab import contracts
from tests.bulk.hosts.gitlab.conftest import CONFIG, Host
from tests.bulk.repositories import branches, commit, commits_on, config, git, make_bare, show

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
LOGIN = "password: $DOCKERHUB_PASSWORD"


def test_odd_projects_have_their_reason_and_none_is_an_abort(host: Host, bulk: Bulk, states: States) -> None:
    host.page = 2
    bulk("plan", "hub", "--source", "gitlab:acme", "--api-url", host.url)
    found = {name.removeprefix("acme/"): (each["state"], each["message"]) for name, each in states().items()}
    assert found == {
        "app": ("planned", ""),
        "team/web": ("planned", ""),
        "lib": ("planned", ""),
        "plain": ("unchanged", "has no CircleCI config"),
        "empty": ("skipped", "is empty"),
        "old": ("skipped", "is archived"),
        "copy": ("skipped", "is a fork"),
    }
    assert host.requests["POST"] == 0
    assert host.requests["graphql"] == 2, "one query says what is there, one reads it"
    assert host.requests["GET"] == 4, "pages of the list"


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("acme/lib", ["acme/lib"]),
        ("acme/team", ["acme/team/web"]),
        ("acme/team/web", ["acme/team/web"]),
        ("user-ann", ["user-ann/app"]),
    ],
)
def test_a_place_is_a_project_a_subgroup_or_a_user(
    host: Host, bulk: Bulk, states: States, place: str, names: list[str]
) -> None:
    assert bulk("plan", "hub", "--source", f"gitlab:{place}", "--api-url", host.url).code == 1
    assert list(states()) == names


@pytest.mark.parametrize("place", ["nobody", "acme/nothing"])
def test_a_place_that_is_not_there_is_wrong_usage(host: Host, bulk: Bulk, place: str) -> None:
    said = bulk("plan", "hub", "--source", f"gitlab:{place}", "--api-url", host.url)
    assert said.code == 2
    assert f"--source gitlab:{place}: no such group" in said.err


@pytest.mark.parametrize("url", ["https://gitlab.example", "https://gitlab.example/api/v3"])
def test_an_api_url_without_its_version_is_wrong_usage(host: Host, bulk: Bulk, url: str) -> None:
    said = bulk("plan", "hub", "--source", "gitlab:acme", "--api-url", url)
    assert said.code == 2
    assert "expected https://HOST/api/v4" in said.err


def test_a_dry_run_sends_nothing(planned: Host, bulk: Bulk) -> None:
    assert "unauthenticated-image: 1 fix" in bulk("push", "hub", "--dry-run").out
    assert planned.requests["POST"] == planned.requests["git push"] == 0


def test_one_branch_one_commit_one_merge_request_each(planned: Host, bulk: Bulk, states: States) -> None:
    template = {".gitlab/merge_request_templates/Default.md": "## Checklist\n- [ ] I ran it\n\n/merge\n"}
    commit(planned.bare("lib"), template)
    planned.projects["acme/lib"].settings |= {"squash_option": "always", "remove_source_branch_after_merge": False}
    planned.projects["acme/team/web"].template = "From the settings"
    bulk("plan", "hub")
    extra = ("--draft", "--label", "ci", "--reviewer", "alice", "--reviewer", "nobody", "--assignee", "bob")
    assert bulk("push", "hub", *extra).code == 1, "merge requests wait to be merged"
    for name, base in (("app", "main"), ("team/web", "trunk"), ("lib", "main")):
        assert len(commits_on(planned.bare(name), BRANCH, base)) == 1
        assert LOGIN in show(planned.bare(name), f"{BRANCH}:{CONFIG}")
        (request,) = planned.projects[f"acme/{name}"].requests
        assert (request.target, request.draft, request.labels) == (base, True, ["ci"])
        assert (request.reviewers, request.assignees) == ([20], [21])
        assert "circleci context create docker-hub-creds" in request.description
        row = states()[f"acme/{name}"]
        assert row["pull_request"] == f"https://gitlab.example/acme/{name}/-/merge_requests/1"
        assert row["message"] == "reviewers were not set: GitLab has no user nobody"
    lib, web, app = (planned.projects[f"acme/{name}"].requests[0] for name in ("lib", "team/web", "app"))
    assert (lib.squash, lib.removes, app.squash, app.removes) == (True, False, False, True)
    assert lib.description.rstrip().endswith("- [ ] I ran it"), "and no quick action"
    assert web.description.rstrip().endswith("From the settings")
    writes = planned.requests["POST"]
    assert bulk("push", "hub").code == 1
    assert planned.requests["POST"] == writes, "a second push has nothing to send"


def test_drafts_become_ready(planned: Host, bulk: Bulk) -> None:
    bulk("push", "hub", "--draft")
    requests = [each for name in ("acme/app", "acme/lib") for each in planned.projects[name].requests]
    titles = [each.title for each in requests]
    assert all(title.startswith("Draft: ") for title in titles)
    assert "3 drafts are ready for review now" in bulk("push", "hub", "--ready").err
    assert [each.title for each in requests] == [title.removeprefix("Draft: ") for title in titles]


def test_a_second_plan_reads_no_project_that_is_the_same(planned: Host, bulk: Bulk, states: States) -> None:
    commit(planned.bare("lib"), {CONFIG: config("release", "acme/lib:3")})
    before = len(planned.graphql.scores)
    bulk("plan", "hub")
    assert len(planned.graphql.scores) == before + 2
    assert {name: each["state"] for name, each in states().items() if each["state"] in ("approved", "planned")} == {
        "acme/app": "approved",
        "acme/team/web": "approved",
        "acme/lib": "planned",
    }


def test_bytes_that_graphql_cannot_carry_are_read_by_rest(host: Host, bulk: Bulk, states: States) -> None:
    texts = {
        "bom": b"\xef\xbb\xbf" + config().encode(),
        "latin": config().encode() + b"# caf\xe9\n",
        "crlf": config().replace("\n", "\r\n").encode(),
    }
    for name, data in texts.items():
        make_bare(host.folder / f"acme/{name}.git", {CONFIG: data})
        host.add(f"acme/{name}")
    bulk("plan", "hub", "--source", "gitlab:acme", "--api-url", host.url, "--match", "bom|latin|crlf")
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    assert states()["acme/latin"]["state"] == "unchanged" or states()["acme/latin"]["class"]
    for name in ("bom", "crlf"):
        added = git(host.bare(name), "diff", "--numstat", "main", BRANCH).split()[:2]
        assert int(added[1]) <= 2, "only the lines of the change differ"


_ELSEWHERE = {
    "no GraphQL": ("is_there", False),
    "a GraphQL that fails": ("is_broken", True),
    "a GraphQL that takes nothing": ("limit", 5),
    "a dear GraphQL": ("factor", 3.0),
    "an old GraphQL": ("missing", {"recursive:"}),
}


@pytest.mark.parametrize("how", _ELSEWHERE)
def test_what_graphql_does_not_tell_is_asked_by_rest(host: Host, bulk: Bulk, states: States, how: str) -> None:
    """Links, deep folders, recipes and packed trees included: the plan is the same."""
    folder = host.folder / "acme"
    make_bare(
        folder / "deep.git",
        {".circleci/a/b/c/deep.yml": config(), "Makefile": "x:\n\tcircleci config pack src > .circleci/config.yml\n"},
    )
    link = f"blob\nmark :1\ndata 19\n../shared/build.yml\ncommit refs/heads/main\n{_WHO}data 1\nxM 120000 :1 {CONFIG}\n"
    make_bare(folder / "linked.git", {})
    git(folder / "linked.git", "fast-import", "--quiet", given=link)
    commit(folder / "linked.git", {"shared/build.yml": config()})
    for name in ("acme/deep", "acme/linked"):
        host.add(name)
    bulk("plan", "hub", "--source", "gitlab:acme", "--api-url", host.url)
    expected = states()
    assert expected["acme/deep"]["state"] == expected["acme/linked"]["state"] == "planned"
    gets = host.requests["GET"]
    name, value = _ELSEWHERE[how]
    setattr(host.graphql, name, value)
    bulk("plan", "other", "--source", "gitlab:acme", "--api-url", host.url)
    again = bulk("status", "other", "--format", "json", "--no-refresh").out
    assert again.replace('"other"', '"hub"') == bulk("status", "hub", "--format", "json", "--no-refresh").out
    if name != "factor":
        assert host.requests["GET"] - gets > 10
    else:
        assert max(host.graphql.scores[-2:]) <= host.graphql.limit, "what it costs was learned"


_WHO = "committer A Person <person@example.com> 1700000000 +0000\n"


def test_a_branch_with_commits_of_a_person_is_left(planned: Host, bulk: Bulk, states: States) -> None:
    git(planned.bare("app"), "branch", BRANCH, "main")
    theirs = commit(planned.bare("app"), {"notes": "mine"}, BRANCH)
    assert bulk("push", "hub").code == 3
    assert branches(planned.bare("app"))[BRANCH] == theirs
    assert planned.projects["acme/app"].requests == []
    assert states()["acme/app"]["class"] == "human-commits"
    assert states()["acme/lib"]["state"] == "open"
    git(planned.bare("app"), "branch", "-D", BRANCH)
    assert bulk("retry", "hub").code == 1
    assert len(planned.projects["acme/app"].requests) == 1


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("when", ["looked", "commit", "committed"])
def test_a_person_who_commits_at_the_same_moment_loses_nothing(
    planned: Host, bulk: Bulk, states: States, when: str, is_there: bool
) -> None:
    """The API guards files, and no branches."""
    bare, theirs = planned.bare("app"), list[str]()
    if is_there:
        git(bare, "branch", BRANCH, "main")

    def person() -> None:
        if BRANCH not in branches(bare):
            git(bare, "branch", BRANCH, "main")
        theirs.append(commit(bare, {"notes": "mine"}, BRANCH))

    if when == "looked":
        planned.projects["acme/app"].looked = person
    else:
        planned.projects["acme/app"].meanwhile[when] = person
    bulk("push", "hub")
    assert theirs[0] in git(bare, "rev-list", BRANCH).split()
    assert states()["acme/app"]["class"] == "human-commits"
    assert planned.projects["acme/app"].requests == []
    bulk("retry", "hub")
    commit(bare, {CONFIG: config("deploy")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    bulk("close", "hub")
    assert theirs[0] in git(bare, "rev-list", BRANCH).split()
    assert planned.projects["acme/app"].requests == []


def test_a_file_that_changed_since_it_was_looked_at_is_not_overwritten(
    planned: Host, bulk: Bulk, states: States
) -> None:
    bare = planned.bare("app")
    planned.projects["acme/app"].looked = lambda: commit(bare, {CONFIG: config("new", "acme/new:1")})
    bulk("push", "hub")
    assert states()["acme/app"]["class"] == "changed-since-plan"
    assert BRANCH not in branches(bare)


def test_answers_that_are_lost_double_nothing(planned: Host, bulk: Bulk, states: States) -> None:
    """Each write is done, and nobody hears of it."""
    planned.drop_answers = 6
    bulk("push", "hub")
    bulk("retry", "hub")
    for name, base in (("app", "main"), ("team/web", "trunk"), ("lib", "main")):
        assert len(commits_on(planned.bare(name), BRANCH, base)) == 1
        assert len(planned.projects[f"acme/{name}"].requests) == 1
        assert states()[f"acme/{name}"]["state"] == "open"


def test_another_plan_replaces_our_commit_and_updates_the_merge_request(
    planned: Host, bulk: Bulk, states: States
) -> None:
    bulk("push", "hub")
    planned.projects["acme/app"].requests[0].description = "old"
    commit(planned.bare("app"), {CONFIG: config("build", "acme/app:2")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    bulk("push", "hub")
    (made,) = commits_on(planned.bare("app"), BRANCH)
    assert git(planned.bare("app"), "rev-parse", f"{made}^") == branches(planned.bare("app"))["main"]
    assert git(planned.bare("app"), "log", "-1", "--format=%an <%ae>", BRANCH) == "A Robot <robot@gitlab.example>"
    (request,) = planned.projects["acme/app"].requests
    assert "circleci context create" in request.description
    assert states()["acme/app"]["state"] == "open"


def test_a_merge_request_that_was_closed_is_not_opened_again(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    planned.projects["acme/app"].requests[0].state = "closed"
    planned.projects["acme/lib"].requests[0].state = "merged"
    assert bulk("status", "hub").code == 1
    assert states()["acme/app"]["state"] == "closed"
    assert states()["acme/lib"]["state"] == "merged"
    bulk("plan", "hub")
    bulk("push", "hub")
    assert len(planned.projects["acme/app"].requests) == 1


def test_one_that_was_merged_before_the_ledger_knew_of_it_is_merged(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    request = planned.projects["acme/app"].requests[0]
    request.merge(squash=False, removes=True)
    bulk("plan", "again", "--source", "gitlab:acme/app", "--api-url", planned.url)
    assert states()["acme/app"]["state"] == "open"
    bulk("status", "hub")
    assert states()["acme/app"]["state"] == "merged"


def test_a_fork_with_the_same_branch_is_nobody_of_ours(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    planned.projects["acme/app"].requests[0].is_foreign = True
    planned.projects["acme/app"].requests[0].last = "0" * 40
    bulk("close", "hub")
    assert planned.projects["acme/app"].requests[0].state == "opened"


def test_close_leaves_branches_with_commits_of_people(planned: Host, bulk: Bulk, states: States) -> None:
    bulk("push", "hub")
    theirs = commit(planned.bare("lib"), {"notes": "mine"}, BRANCH)
    assert bulk("close", "hub").code == 3
    assert BRANCH not in branches(planned.bare("app"))
    assert branches(planned.bare("lib"))[BRANCH] == theirs
    assert planned.projects["acme/app"].requests[0].state == "closed"
    assert planned.projects["acme/lib"].requests[0].state == "opened"
    assert states()["acme/lib"]["class"] == "human-commits"


def test_the_contract_knows_right_from_wrong() -> None:
    """Every exchange of this folder's tests is checked against GitLab's published description, where it is at hand."""
    path = "/api/v4/projects/1/merge_requests"
    assert contracts.faults("GET", "/api/v4/projects/1/nothing-like-that", {}, None, 200, None)
    assert contracts.faults("GET", path, {"colour": "red"}, None, 200, [])
    assert contracts.faults("GET", path, {"state": "ajar"}, None, 200, [])
    assert contracts.faults("POST", path, {}, {"title": "x"}, 201, {}), "a merge request needs branches"
    assert contracts.faults("POST", path, {}, {"title": 1, "source_branch": "a", "target_branch": "b"}, 201, {})
    assert contracts.faults("GET", path, {}, None, 200, {"id": 1}), "a list was published"
    assert contracts.faults("GET", f"{path}/1", {}, None, 200, {"iid": "one"})
    assert contracts.faults("GET", f"{path}/1", {}, None, 404, {"words": "no"})
    assert contracts.faults("POST", "/api/v4/projects/1/repository/commits", {}, None, 201, {})
    assert not contracts.faults("GET", f"{path}/1", {}, None, 200, {"iid": 1, "title": "x", "draft": False})


def test_the_excerpt_of_the_contract_is_of_what_is_published() -> None:
    published = contracts.published()
    if published is not None:
        assert contracts.excerpt_of(published) == json.loads(contracts.EXCERPT.read_text("utf-8"))
