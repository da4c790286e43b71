"""The shapes of what GitLab's REST API answers: https://docs.gitlab.com/api/rest/

Anything that it does not have to have may be null or missing.
"""

from __future__ import annotations

from migrator.services.answers import (
    ID,
    LINE,
    NAME,
    URL,
    anything,
    flag,
    many,
    matching,
    maybe,
    number,
    record,
    text,
)

_PATH = matching(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,1000}")
_WORD = matching("[A-Za-z_]{1,60}")

PROJECT = record(
    id=number, path_with_namespace=_PATH, web_url=URL, default_branch=maybe(NAME), visibility=maybe(_WORD),
    archived=maybe(flag), empty_repo=maybe(flag), mirror=maybe(flag), topics=maybe(many(text)),
    forked_from_project=maybe(record()), repository_access_level=maybe(text),
    marked_for_deletion_on=maybe(text), marked_for_deletion_at=maybe(text),
    merge_requests_template=maybe(text), merge_method=maybe(_WORD), squash_option=maybe(_WORD),
    remove_source_branch_after_merge=maybe(flag), only_allow_merge_if_pipeline_succeeds=maybe(flag),
)  # fmt: skip
"""https://docs.gitlab.com/api/projects/"""
BRANCH = record(name=text, commit=record(id=ID))
"""https://docs.gitlab.com/api/branches/"""
ENTRY = record(id=ID, name=matching(r"[^/\x00]{1,1000}"), type=_WORD, mode=matching("[0-7]{5,6}"))
"""https://docs.gitlab.com/api/repositories/#list-repository-tree"""
FILE = record(content=text, encoding=text, blob_id=ID, last_commit_id=maybe(ID))
"""https://docs.gitlab.com/api/repository_files/"""
COMMITTED = record(id=ID, parent_ids=many(ID))
"""https://docs.gitlab.com/api/commits/"""
_PIPELINE = maybe(record(status=maybe(_WORD)))
MERGE_REQUEST = record(
    iid=number, state=_WORD, web_url=URL, sha=maybe(ID), title=text, draft=maybe(flag), has_conflicts=maybe(flag),
    source_project_id=maybe(number), detailed_merge_status=maybe(_WORD), head_pipeline=_PIPELINE,
    assignees=maybe(many(record(id=number))), reviewers=maybe(many(record(id=number))),
    merge_error=maybe(text), created_at=maybe(text), updated_at=maybe(text), merge_when_pipeline_succeeds=maybe(flag),
)  # fmt: skip
"""https://docs.gitlab.com/api/merge_requests/"""
APPROVALS = record(approvals_left=maybe(number), approved_by=maybe(many(anything)))
"""https://docs.gitlab.com/api/merge_request_approvals/"""
USER = record(id=number, username=LINE, name=maybe(text), email=maybe(text), commit_email=maybe(text))
"""https://docs.gitlab.com/api/users/"""
