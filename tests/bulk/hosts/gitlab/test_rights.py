"""Tokens that may do less, protected branches, archived projects, limits: what is done then, and what is said."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.bulk.kinds import Hosts
from migrator.bulk.states import CampaignError, RepositoryError, State
from migrator.services.faults import Fault
from migrator.startup.records import replace
from tests.bulk.hosts.direct import BRANCH, CONFIG
from tests.bulk.hosts.gitlab.direct import DirectGitLab, direct
from tests.bulk.hosts.gitlab.fake import TOKEN, WRITES
from tests.bulk.repositories import branches, commit, commits_on, config, git, show

LESS = frozenset(("read_api", "write_repository"))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DirectGitLab]:
    with direct(tmp_path / "gitlab") as rig:
        yield rig
        assert rig.fake.faults == []


# -- without the scope `api`


def test_a_token_without_the_scope_api_pushes_by_git_and_the_push_makes_the_merge_request(rig: DirectGitLab) -> None:
    rig.fake.tokens = {TOKEN: LESS}
    job = rig.planned()
    project = rig.project(job)
    project.settings["squash_option"] = "always"
    commit(project.path, {".gitlab/merge_request_templates/Default.md": "C:\\new\\n/merge\\n\n## Mine"})
    terms = rig.with_terms(draft=True, labels=("ci", "two words"), assignees=("@bob",), reviewers=("alice",))
    done = rig.push(rig.read(job.entry), terms)
    request = rig.request(job)
    assert (done.state, done.number, done.head) == (State.OPEN, 1, branches(project.path)[BRANCH])
    assert done.message == "reviewers were not set: the token lacks the scope `api`"
    assert (request.draft, request.labels, request.squash, request.removes) == (True, ["ci", "two words"], True, True)
    assert request.assignees == [21]
    assert request.description.count("\n") > 10, "its lines are lines"
    assert request.description.rstrip().endswith("## Mine")
    assert "\n/merge" not in request.description, "no text is a line end that was none"
    assert len(commits_on(project.path, BRANCH)) == 1
    assert rig.fake.requests["POST"] == 1, "it is tried once, for all projects"
    rig.push(rig.planned())
    assert rig.fake.requests["POST"] == 1


def test_what_was_pushed_by_git_already_is_left_and_what_lacks_its_merge_request_gets_it(rig: DirectGitLab) -> None:
    rig.fake.tokens = {TOKEN: LESS}
    job = rig.planned()
    first = rig.push(job)
    pushes = rig.fake.requests["git push"]
    assert rig.push(job) == first
    assert rig.push(rig.noted(job, first)).head == first.head
    assert rig.fake.requests["git push"] == pushes
    rig.project(job).requests.clear()
    again = rig.push(rig.noted(job, first)._replace(entry=replace(rig.noted(job, first).entry, pull_request="")))
    assert (again.state, again.number) == (State.OPEN, 1)
    assert len(commits_on(rig.project(job).path, BRANCH)) == 1


def test_by_git_a_changed_plan_replaces_our_commit_and_updates_the_merge_request(rig: DirectGitLab) -> None:
    rig.fake.tokens = {TOKEN: LESS}
    job = rig.pushed()
    project = rig.project(job)
    rig.request(job).description = "old"
    commit(project.path, {CONFIG: config("build", "acme/app:9")})
    job = rig.read(job.entry)
    done = rig.push(job)
    assert (done.number, branches(project.path)[BRANCH]) == (1, done.head)
    assert len(commits_on(project.path, BRANCH)) == 1
    assert rig.request(job).description != "old"


def test_by_git_commits_of_people_are_left_as_well(rig: DirectGitLab) -> None:
    rig.fake.tokens = {TOKEN: LESS}
    job = rig.pushed()
    theirs = commit(rig.project(job).path, {"notes": "mine"}, BRANCH)
    with pytest.raises(RepositoryError) as raised:
        rig.push(job)
    assert raised.value.fault is Fault.HUMAN
    with pytest.raises(RepositoryError) as raised:
        rig.host.close_one(job.entry, rig.terms)
    assert raised.value.fault is Fault.HUMAN
    assert branches(rig.project(job).path)[BRANCH] == theirs


def test_without_the_scope_deleting_the_branch_closes_and_merging_says_what_is_missing(rig: DirectGitLab) -> None:
    rig.fake.tokens = {TOKEN: LESS}
    job = rig.pushed()
    rig.request(job).looks = 0
    with pytest.raises(RepositoryError, match="merging needs a token with the scope `api`") as raised:
        rig.host.merge(job.entry, "merge")
    assert raised.value.fault is Fault.FORBIDDEN
    assert rig.host.close_one(job.entry, rig.terms).state is State.CLOSED
    assert rig.request(job).state == "closed"
    assert BRANCH not in branches(rig.project(job).path)


def test_a_token_that_may_only_read_says_so(rig: DirectGitLab) -> None:
    rig.fake.tokens = {TOKEN: frozenset(("read_api", "read_repository"))}
    with pytest.raises(RepositoryError, match="the login failed") as raised:
        rig.push(rig.planned())
    assert raised.value.fault is Fault.FORBIDDEN
    assert TOKEN not in str(raised.value)


def test_no_token_reaches_the_arguments_of_git(
    rig: DirectGitLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rig.fake.tokens = {TOKEN: LESS}
    real = next(Path(each, "git") for each in os.environ["PATH"].split(os.pathsep) if Path(each, "git").is_file())
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/arguments\nexec {real} "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    rig.push(rig.planned())
    said = (tmp_path / "arguments").read_text()
    assert "push" in said
    assert TOKEN not in said


# -- what is not allowed


def test_a_protected_branch_is_its_class_by_the_api_and_by_git(rig: DirectGitLab) -> None:
    for scopes in (WRITES, LESS):
        rig.fake.tokens = {TOKEN: scopes}
        job = rig.planned()
        rig.project(job).protect(BRANCH)
        with pytest.raises(RepositoryError) as raised:
            rig.push(job)
        assert raised.value.fault is Fault.PROTECTED
        rig.project(job).unprotect(BRANCH)
        assert rig.push(job).state is State.OPEN


def test_an_archived_project_and_one_that_is_gone_have_their_class(rig: DirectGitLab) -> None:
    job = rig.planned()
    rig.project(job).archived = True
    with pytest.raises(RepositoryError, match="was archived in the meantime") as raised:
        rig.push(job)
    assert raised.value.fault is Fault.FORBIDDEN
    rig.fake.projects.clear()
    with pytest.raises(RepositoryError, match="is gone") as raised:
        rig.push(job)
    assert raised.value.fault is Fault.NOT_FOUND


def test_a_token_that_expired_ends_the_run(rig: DirectGitLab) -> None:
    job = rig.planned()
    rig.fake.tokens = {}
    with pytest.raises(CampaignError, match=r"GitLab rejects the token \(401\): 401 Unauthorized"):
        rig.push(job)


def test_the_base_branch_of_the_user_is_read_and_targeted(rig: DirectGitLab) -> None:
    job = rig.planned()
    project = rig.project(job)
    git(project.path, "branch", "next", "main")
    commit(project.path, {CONFIG: config("next", "acme/next:1")}, "next")
    rig.world.base_branch = "next"
    job = rig.read(job.entry)
    assert rig.push(job, rig.with_terms(base="next")).state is State.OPEN
    assert rig.request(job).target == "next"
    assert "acme/next:1" in show(project.path, f"{BRANCH}:{CONFIG}")
    rig.world.base_branch = "nothing"
    (read,) = rig.host.read([job.entry])
    assert read.error is not None
    assert read.error.fault is Fault.NO_BRANCH


# -- limits


def test_a_hundred_requests_a_minute_are_survived(rig: DirectGitLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit that was announced for gitlab.com: https://docs.gitlab.com/user/gitlab_com/rate_limits/"""
    rig.fake.per_minute = 10
    monkeypatch.setattr("tests.bulk.hosts.gitlab.fake.time.time", lambda: rig.time.at)
    began = rig.time.at
    for _ in range(3):
        assert rig.push(rig.planned()).state is State.OPEN
    assert rig.fake.requests["POST"] == 6, "nothing is sent twice"
    assert 100 < rig.time.at - began < 600
    assert any("rate limit" in line for line in rig.said)


def test_headers_that_say_that_little_is_left_are_heeded(rig: DirectGitLab) -> None:
    job = rig.planned()
    left = {"RateLimit-Limit": "100", "RateLimit-Remaining": "2", "RateLimit-Reset": str(int(rig.time.at) + 50)}
    rig.fake.headers = left
    began = rig.time.at
    list(rig.host.follow([replace(job.entry, number=1)]))
    assert 50 <= rig.time.at - began < 200


# -- tokens


def test_the_token_comes_from_glab_where_the_environment_has_none(
    rig: DirectGitLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job = rig.planned()
    monkeypatch.delenv("GITLAB_TOKEN")
    glab = tmp_path / "bin" / "glab"
    glab.parent.mkdir()
    glab.write_text(f'#!/bin/sh\n[ "$*" = "config get token --host {rig._server.url[7:]}" ] && echo {TOKEN}\n')
    glab.chmod(0o755)
    monkeypatch.setenv("PATH", f"{glab.parent}{os.pathsep}{os.environ['PATH']}")
    hosts = Hosts(rig.world)
    assert [each.name for each in hosts.of("gitlab").discover("acme")] == [job.entry.name]
    hosts.close()
