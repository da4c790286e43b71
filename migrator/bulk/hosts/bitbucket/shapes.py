"""What of Bitbucket's answers is used, and how each must be: https://developer.atlassian.com/cloud/bitbucket/rest/"""

from __future__ import annotations

from migrator.services.answers import (
    LINE,
    NAME,
    URL,
    Shape,
    flag,
    many,
    matching,
    maybe,
    number,
    record,
    text,
)

FULL_NAME = matching(r"[A-Za-z0-9_.{}-]{1,100}/[A-Za-z0-9_.{}-]{1,100}")
"""Goes into addresses, of git as well."""
HASH = matching(r"[0-9a-f]{7,64}")
"""A commit, which pull requests cut to twelve digits."""
COMMIT_ID = matching(r"[0-9a-f]{40}")

REPOSITORY = record(
    full_name=FULL_NAME,
    uuid=maybe(NAME),
    is_private=maybe(flag),
    parent=maybe(record()),
    mainbranch=maybe(record(name=LINE)),
)
WHEN = matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_ACCOUNT = record(uuid=maybe(NAME))
_SIDE = record(
    branch=record(name=maybe(text), merge_strategies=maybe(many(text))),
    commit=maybe(record(hash=HASH)),
    repository=maybe(record(full_name=maybe(text))),
)
PULL = record(
    id=number,
    state=matching("OPEN|MERGED|DECLINED|SUPERSEDED"),
    title=text,
    description=maybe(text),
    draft=maybe(flag),
    source=_SIDE,
    destination=_SIDE,
    author=maybe(_ACCOUNT),
    reviewers=maybe(many(_ACCOUNT)),
    participants=maybe(many(record(state=maybe(text), approved=maybe(flag)))),
    created_on=maybe(WHEN),
    updated_on=maybe(WHEN),
    close_source_branch=maybe(flag),
    links=record(html=record(href=URL)),
)
STATUS = record(state=matching("SUCCESSFUL|FAILED|INPROGRESS|STOPPED"))
REVIEWER = record(user=_ACCOUNT)
COMMIT = record(message=text)
BRANCH = record(target=record(hash=COMMIT_ID))
SOURCE = record(type=text, path=text, size=maybe(number), attributes=maybe(many(text)))
COMMENT = record(id=number)
TASK = record(task_status=text)


def page_of(shape: Shape) -> Shape:
    """A page of a list: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination"""
    return record(values=many(shape), next=maybe(URL))
