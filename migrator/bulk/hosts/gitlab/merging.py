"""Merging: only the commit that was seen, as the project merges, later where the host waits for somebody."""

from __future__ import annotations

import re
from typing import Any

from migrator.bulk.entry import Entry
from migrator.bulk.host import OnHost, human
from migrator.bulk.hosts.gitlab.api import Api, project
from migrator.bulk.hosts.gitlab.errors import ScopeError
from migrator.bulk.hosts.gitlab.following import BEHIND, UNSETTLED
from migrator.bulk.hosts.gitlab.shapes import MERGE_REQUEST, PROJECT
from migrator.bulk.states import RepositoryError, State
from migrator.services.answers import RefusedError, plain
from migrator.services.faults import Fault

_LOOKS, _PAUSE = 5, 1.0
_LATER = {
    "not_approved": "it is approved",
    "requested_changes": "the requested changes are made",
    "ci_must_pass": "its pipeline succeeds",
    "ci_still_running": "its pipeline succeeds",
    "discussions_not_resolved": "its threads are resolved",
    "status_checks_must_pass": "its status checks pass",
    "code_owners_approval": "its code owners approve it",
    "merge_time": "its time to be merged comes",
    "merge_request_blocked": "what it depends on is merged",
    "jira_association_missing": "it names a Jira issue",
    "security_policy_violations": "its security policies are satisfied",
}
"""What merges by itself once it is so: https://docs.gitlab.com/user/project/merge_requests/auto_merge/"""
_NEVER = {
    "conflict": "conflicts with its base",
    "draft_status": "is a draft",
    "commits_status": "has no commits, or its branch is gone",
    "locked_paths": "changes a file that is locked",
    "broken_status": "cannot be merged into its base",
}


_DRAFT = re.compile(r"^\s*(?:Draft:|\[Draft\]|\(Draft\))\s*", re.IGNORECASE)


def make_ready(api: Api, entry: Entry) -> OnHost:
    """Take what makes it a draft from its title: https://docs.gitlab.com/user/project/merge_requests/drafts/"""
    path = project(entry.host_id, f"/merge_requests/{entry.number}")
    request = api.rest("GET", path, MERGE_REQUEST)
    if request["state"] == "opened" and request["draft"]:
        api.rest("PUT", path, MERGE_REQUEST, {"title": _DRAFT.sub("", request["title"])})
    return OnHost(entry, State.OPEN, request["sha"] or "")


def merge(api: Api, entry: Entry, method: str) -> OnHost:
    """Merge a merge request whose head is still ours: https://docs.gitlab.com/api/merge_requests/#merge-mr"""
    path = project(entry.host_id, f"/merge_requests/{entry.number}")
    request = _settled(api, path)
    if done := _done(entry, request):
        return done
    if request["sha"] != entry.head:
        raise human(entry.branch)
    detailed = request["detailed_merge_status"] or ""
    if detailed in UNSETTLED:
        return OnHost(entry, State.OPEN, message="GitLab still checks whether it can be merged; merge again later")
    if detailed == BEHIND:
        # Its commit is made anew on the base by the next push: what GitLab would rebase would not be ours any more.
        return OnHost(
            entry,
            State.APPROVED,
            entry.head,
            message="the project merges only what is on the tip of its base: push again",
        )
    if detailed in _NEVER:
        raise RepositoryError(Fault.PROTECTED, f"GitLab does not merge it: {_NEVER[detailed]}")
    body = {"sha": entry.head, **_how(api, entry, method)}
    later = _LATER.get(detailed, "")
    if later:
        body["auto_merge"] = True
    try:
        done = api.rest("PUT", f"{path}/merge", MERGE_REQUEST, body)
    except ScopeError:
        raise RepositoryError(Fault.FORBIDDEN, "merging needs a token with the scope `api`") from None
    except RefusedError as refused:
        raise _refused(entry, refused, detailed) from None
    if done["state"] == "merged":
        return OnHost(entry, State.MERGED)
    words = f"GitLab was asked to merge it when {later}" if later else "GitLab was asked to merge it"
    if done["merge_error"]:
        raise RepositoryError(Fault.PROTECTED, f"GitLab does not merge it: {plain(done['merge_error'])}")
    return OnHost(entry, State.OPEN, message=words)


def _settled(api: Api, path: str) -> dict[str, Any]:
    """The merge request, once its host has prepared it: asking for it makes the host look whether it can be merged, and
    until then it answers 405 to merging (https://gitlab.com/gitlab-org/gitlab/-/issues/353984)."""
    for look in range(_LOOKS):
        if look:
            api.budget.pause(_PAUSE * look)
        request: dict[str, Any] = api.rest("GET", path, MERGE_REQUEST)
        if request["state"] != "opened" or (request["detailed_merge_status"] or "") not in UNSETTLED:
            break
    return request


def _done(entry: Entry, request: dict[str, Any]) -> OnHost | None:
    if request["state"] == "merged":
        return OnHost(entry, State.MERGED)
    if request["state"] == "closed":
        return OnHost(entry, State.CLOSED, message="was closed on GitLab")
    if request["state"] == "locked":
        return OnHost(entry, State.OPEN, message="GitLab is merging it")
    return None


def _how(api: Api, entry: Entry, method: str) -> dict[str, Any]:
    """What the project's settings make of a method: https://docs.gitlab.com/user/project/merge_requests/methods/"""
    node = api.rest("GET", project(entry.host_id), PROJECT)
    squash, merges = node["squash_option"] or "default_off", node["merge_method"] or "merge"
    if method == "squash" and squash == "never":
        raise RepositoryError(Fault.PROTECTED, "GitLab does not squash in this project; merge with --method merge")
    if method == "rebase" and merges == "merge":
        raise RepositoryError(
            Fault.PROTECTED, "GitLab makes merge commits in this project; merge with --method merge or squash"
        )
    return {"squash": method == "squash" or squash == "always"}


def _refused(entry: Entry, refused: RefusedError, detailed: str) -> RepositoryError:
    if refused.status == 409 or "does not match HEAD" in refused.words:
        return human(entry.branch)
    if refused.status in (405, 406, 422):
        why = f"{refused.words} ({detailed.replace('_', ' ')})" if detailed else refused.words
        return RepositoryError(Fault.PROTECTED, f"GitLab does not merge it: {why}")
    return refused
