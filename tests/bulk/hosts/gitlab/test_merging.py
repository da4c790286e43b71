"""Following and merging: what a merge request waits for, and the commit that is merged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from migrator.bulk.host import Job, Request
from migrator.bulk.states import RepositoryError, State
from migrator.services.faults import Fault
from migrator.startup.records import replace
from tests.bulk.hosts.direct import BRANCH, CONFIG
from tests.bulk.hosts.gitlab.direct import DirectGitLab, direct
from tests.bulk.hosts.gitlab.fake import TOKEN, WRITES
from tests.bulk.repositories import branches, commit, config, git


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectGitLab]:
    with direct(tmp_path_factory.mktemp("gitlab")) as rig:
        yield rig
        assert rig.fake.faults == []


def followed(rig: DirectGitLab, job: Job) -> Request:
    ((_, request),) = rig.host.follow([job.entry])
    assert isinstance(request, Request), request
    return request


def settled(rig: DirectGitLab) -> Job:
    """One that is pushed, and prepared by its host."""
    job = rig.pushed()
    rig.request(job).looks = 0
    return job


_CHECKS = {
    "": "none", "success": "success", "skipped": "success", "failed": "failure", "canceled": "failure",
    "running": "pending", "created": "pending", "manual": "pending", "waiting_for_resource": "pending",
}  # fmt: skip


@pytest.mark.parametrize("is_there", [True, False], ids=["graphql", "rest"])
def test_checks_are_what_the_pipeline_is(rig: DirectGitLab, monkeypatch: pytest.MonkeyPatch, is_there: bool) -> None:
    monkeypatch.setattr(rig.host.api, "without_graphql", not is_there)  # type: ignore[attr-defined]
    job = settled(rig)
    for pipeline, checks in _CHECKS.items():
        rig.project(job).pipelines[job.entry.head] = pipeline
        seen = followed(rig, job)
        assert (seen.state, seen.head, seen.checks) == (State.OPEN, job.entry.head, checks), pipeline
        assert seen.opened > 0


def test_without_a_pipeline_a_new_merge_request_waits_for_one(
    rig: DirectGitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = settled(rig)
    monkeypatch.setattr("migrator.bulk.hosts.gitlab.following.BEGUN", 10_000.0)
    assert followed(rig, job).checks == ""


def test_a_pipeline_that_is_required_and_missing_is_waited_for(rig: DirectGitLab) -> None:
    job = settled(rig)
    rig.project(job).settings["only_allow_merge_if_pipeline_succeeds"] = True
    assert followed(rig, job).checks == ""


@pytest.mark.parametrize("is_there", [True, False], ids=["graphql", "rest"])
def test_a_review_a_draft_and_a_conflict_are_seen(
    rig: DirectGitLab, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setattr(rig.host.api, "without_graphql", not is_there)  # type: ignore[attr-defined]
    job = settled(rig)
    rig.project(job).needs_approvals = 1
    assert followed(rig, job).review == "required"
    rig.request(job).approved_by.append("alice")
    assert followed(rig, job).review == "approved"
    rig.request(job).title = "Draft: x"
    assert followed(rig, job).is_draft
    commit(rig.project(job).path, {CONFIG: config("other", "x:1")})
    assert followed(rig, job).has_conflicts
    rig.request(job).state = "closed"
    assert followed(rig, job).state is State.CLOSED


def test_one_that_is_still_prepared_is_asked_for_again(rig: DirectGitLab) -> None:
    job = rig.pushed()
    assert rig.request(job).looks == 1
    assert followed(rig, job).unsettled == ""
    rig.request(job).looks = 100
    assert followed(rig, job).unsettled == "GitLab still checks whether it can be merged"


def test_a_renamed_project_is_still_the_same(rig: DirectGitLab) -> None:
    job = settled(rig)
    project = rig.project(job)
    project.full_path = "elsewhere/renamed"
    assert followed(rig, job).state is State.OPEN
    assert rig.host.merge(job.entry, "merge").state is State.MERGED


def test_one_that_is_gone_is_none(rig: DirectGitLab) -> None:
    job = settled(rig)
    rig.project(job).requests.clear()
    assert list(rig.host.follow([job.entry])) == [(job.entry, None)]


# -- merging


@pytest.mark.parametrize(
    ("method", "merge_method", "squash_option", "parents"),
    [
        ("merge", "merge", "default_off", 2), ("squash", "merge", "default_off", 1), ("merge", "merge", "always", 1),
        ("merge", "merge", "default_on", 2), ("rebase", "ff", "default_off", 1), ("merge", "merge", "never", 2),
    ],
)  # fmt: skip
def test_the_project_and_the_user_decide_how_it_is_merged(
    rig: DirectGitLab, method: str, merge_method: str, squash_option: str, parents: int
) -> None:
    job = settled(rig)
    project = rig.project(job)
    project.settings |= {"merge_method": merge_method, "squash_option": squash_option}
    assert rig.host.merge(job.entry, method).state is State.MERGED
    found = git(project.path, "rev-list", "--parents", "-1", "main").split()
    assert len(found) - 1 == parents
    assert "$DOCKERHUB_PASSWORD" in git(project.path, "show", f"main:{CONFIG}")
    assert BRANCH not in branches(project.path), "the project removes merged branches"
    assert rig.host.merge(job.entry, method).state is State.MERGED, "once more changes nothing"


@pytest.mark.parametrize(
    ("method", "settings", "words"),
    [
        ("squash", {"squash_option": "never"}, "does not squash in this project"),
        ("rebase", {}, "makes merge commits in this project"),
    ],
)
def test_what_the_project_does_not_do_is_not_tried(
    rig: DirectGitLab, method: str, settings: dict[str, str], words: str
) -> None:
    job = settled(rig)
    rig.project(job).settings |= settings
    puts = rig.fake.requests["PUT"]
    with pytest.raises(RepositoryError, match=words) as raised:
        rig.host.merge(job.entry, method)
    assert raised.value.fault is Fault.PROTECTED
    assert rig.fake.requests["PUT"] == puts


def test_right_after_it_was_opened_it_is_merged_once_it_is_prepared(rig: DirectGitLab) -> None:
    job = rig.pushed()
    rig.request(job).looks = 3
    assert rig.host.merge(job.entry, "merge").state is State.MERGED
    job = rig.pushed()
    rig.request(job).looks = 100
    done = rig.host.merge(job.entry, "merge")
    assert (done.state, done.message) == (
        State.OPEN, "GitLab still checks whether it can be merged; merge again later"
    )  # fmt: skip


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_another_head_than_the_one_that_was_seen_is_not_merged(rig: DirectGitLab, when: str) -> None:
    job = settled(rig)
    project = rig.project(job)
    if when == "before":
        commit(project.path, {"notes": "mine"}, BRANCH)
    else:
        rig.fake.meanwhile = lambda: commit(project.path, {"notes": "mine"}, BRANCH)
    before = branches(project.path)["main"]
    with pytest.raises(RepositoryError, match="commits that are not ours") as raised:
        rig.host.merge(job.entry, "merge")
    assert raised.value.fault is Fault.HUMAN
    assert branches(project.path)["main"] == before


def test_where_a_review_is_missing_it_is_merged_once_that_comes(rig: DirectGitLab) -> None:
    job = settled(rig)
    rig.project(job).needs_approvals = 1
    done = rig.host.merge(job.entry, "squash")
    assert (done.state, done.message) == (State.OPEN, "GitLab was asked to merge it when it is approved")
    assert followed(rig, job).queued == "GitLab merges it when its checks pass"
    rig.request(job).approved_by.append("alice")
    rig.request(job).settle()
    assert followed(rig, job).state is State.MERGED


@pytest.mark.parametrize(
    ("what", "words"),
    [("conflict", "conflicts with its base"), ("draft", "is a draft")],
)
def test_what_never_merges_by_itself_has_its_reason(rig: DirectGitLab, what: str, words: str) -> None:
    job = settled(rig)
    project = rig.project(job)
    if what == "draft":
        rig.request(job).title = "Draft: x"
    else:
        commit(project.path, {CONFIG: config("other", "x:1")})
    with pytest.raises(RepositoryError, match=words) as raised:
        rig.host.merge(job.entry, "merge")
    assert raised.value.fault is Fault.PROTECTED


@pytest.mark.parametrize("scopes", [WRITES, frozenset(("read_api", "write_repository"))], ids=["api", "git"])
def test_a_branch_that_has_to_be_on_the_tip_is_brought_there_by_the_next_push(
    rig: DirectGitLab, scopes: frozenset[str]
) -> None:
    job = settled(rig)
    project = rig.project(job)
    project.settings["merge_method"] = "ff"
    tip = commit(project.path, {"README": "x"})
    done = rig.host.merge(job.entry, "rebase")
    assert (done.state, done.message) == (
        State.APPROVED, "the project merges only what is on the tip of its base: push again"
    )  # fmt: skip
    rig.request(job).description = "ticked"
    rig.fake.tokens = {TOKEN: scopes}
    rig.host._writes[0] = scopes == WRITES  # type: ignore[attr-defined]
    again = rig.noted(job, rig.push(job))
    rig.fake.tokens, rig.host._writes[0] = {TOKEN: WRITES}, True  # type: ignore[attr-defined]
    assert git(project.path, "rev-parse", f"{again.entry.head}^") == tip
    assert (rig.request(job).description == "ticked") == (scopes == WRITES)
    assert rig.host.merge(again.entry, "rebase").state is State.MERGED
    assert branches(project.path)["main"] == again.entry.head


def test_one_that_a_person_closed_is_closed(rig: DirectGitLab) -> None:
    job = settled(rig)
    rig.request(job).state = "closed"
    assert rig.host.merge(job.entry, "merge").state is State.CLOSED


def test_a_reason_is_left_where_it_is_closed(rig: DirectGitLab) -> None:
    job = settled(rig)
    done = rig.host.close_one(job.entry, rig.with_terms(reason="Nothing is left to do."))
    assert (done.state, rig.request(job).state) == (State.CLOSED, "closed")
    assert rig.request(job).notes == ["Nothing is left to do."]
    again = rig.host.close_one(replace(job.entry, head=""), rig.with_terms(reason="Nothing is left to do."))
    assert again.state is State.CLOSED
    assert len(rig.request(job).notes) == 1
