"""The GraphQL of a campaign. `@octokit/graphql-schema` is what the tests check it against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migrator.services.answers import (
    ID,
    LINE,
    NAME,
    URL,
    Shape,
    anything,
    flag,
    many,
    matching,
    maybe,
    number,
    record,
    text,
)


class Query(NamedTuple):
    """A query and the shape of its data."""

    text: str
    shape: Shape

    @property
    def writes(self) -> bool:
        return self.text.lstrip().startswith("mutation")


FULL_NAME = matching(r"[\w.-]{1,100}/[\w.-]{1,100}")
_OBJECT = maybe(record(oid=ID))

_LISTED = """
fragment Listed on Repository {
  id nameWithOwner url isArchived isDisabled isEmpty isFork visibility
  defaultBranchRef { name }
  repositoryTopics(first: 20) { nodes { topic { name } } }
}
"""

_REPOSITORY = record(
    id=NAME, nameWithOwner=FULL_NAME, url=URL, visibility=NAME,
    isArchived=flag, isDisabled=flag, isEmpty=flag, isFork=flag,
    defaultBranchRef=maybe(record(name=NAME)),
    repositoryTopics=record(nodes=many(record(topic=record(name=NAME)))),
)  # fmt: skip
_PAGE = record(
    pageInfo=record(hasNextPage=flag, endCursor=maybe(LINE)),
    nodes=many(maybe(_REPOSITORY)),
)

OWNED = Query(
    """
query Owned($owner: String!, $after: String) {
  repositoryOwner(login: $owner) {
    repositories(first: 100, after: $after, ownerAffiliations: [OWNER], orderBy: {field: NAME, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes { ...Listed }
    }
  }
}"""
    + _LISTED,
    record(repositoryOwner=maybe(record(repositories=_PAGE))),
)

ONE = Query(
    """
query One($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { ...Listed }
}"""
    + _LISTED,
    record(repository=maybe(_REPOSITORY)),
)

_ENTRY = "name type mode oid"
_BELOW = "object { ... on Tree { entries { name type } } }"
_TOP = f"top: object(expression: $top) {{ ... on Tree {{ entries {{ {_ENTRY} {_BELOW} }} }} }}"
"""What the top of a repository and the folders there have, by name."""
_BLOB = "... on Blob { text isTruncated isBinary }"
LEVELS = 3
"""How deep folders are read in one query; deeper files are read by REST."""


_BLOB_SHAPE = {"text": maybe(text), "isTruncated": maybe(flag), "isBinary": maybe(flag)}
_FILE_NAME = matching(r"[^/\x00]{1,1000}")


_LISTED_BELOW = maybe(many(record(name=_FILE_NAME, type=NAME)))
_LISTED_TOP = maybe(
    record(
        entries=maybe(
            many(record(name=_FILE_NAME, type=NAME, mode=number, oid=ID, object=maybe(record(entries=_LISTED_BELOW))))
        )
    )
)

TIPS = Query(
    f"""
query Tips($ids: [ID!]!, $commit: String!, $folder: String!, $top: String!) {{
  nodes(ids: $ids) {{
    ... on Repository {{
      id
      tip: object(expression: $commit) {{ oid }}
      folder: object(expression: $folder) {{ oid }}
      {_TOP}
    }}
  }}
}}""",
    record(nodes=many(maybe(record(id=NAME, tip=_OBJECT, folder=_OBJECT, top=_LISTED_TOP)))),
)


def _entries(levels: int) -> Shape:
    below = {"entries": maybe(_entries(levels - 1))} if levels > 1 else {}
    return many(record(name=_FILE_NAME, type=NAME, mode=number, oid=ID, object=maybe(record(**_BLOB_SHAPE, **below))))


def _level() -> str:
    """The entries of a tree with the texts of its files, as deep as one query goes."""
    level = f"entries {{ {_ENTRY} object {{ {_BLOB} }} }}"
    for _ in range(LEVELS - 1):
        level = f"entries {{ {_ENTRY} object {{ {_BLOB} ... on Tree {{ {level} }} }} }}"
    return level


def read_query(recipes: int) -> Query:
    """The `.circleci` folders of many repositories with the text of their files, and so many files at the top."""
    names = range(recipes)
    more = "".join(f", $r{n}: String!" for n in names)
    query = f"""
query Read($ids: [ID!]!, $commit: String!, $folder: String!, $top: String!{more}) {{
  nodes(ids: $ids) {{
    ... on Repository {{
      id nameWithOwner
      tip: object(expression: $commit) {{ oid }}
      folder: object(expression: $folder) {{ oid {_BLOB} ... on Tree {{ {_level()} }} }}
      {_TOP}
      {" ".join(f"r{n}: object(expression: $r{n}) {{ oid {_BLOB} }}" for n in names)}
    }}
  }}
}}"""
    folder = maybe(record(oid=ID, **_BLOB_SHAPE, entries=maybe(_entries(LEVELS))))
    recipe = maybe(record(oid=ID, **_BLOB_SHAPE))
    node = record(
        id=NAME,
        nameWithOwner=FULL_NAME,
        tip=_OBJECT,
        folder=folder,
        top=_LISTED_TOP,
        **{f"r{n}": recipe for n in names},
    )
    return Query(query, record(nodes=many(maybe(node))))


def paths_query(count: int) -> Query:
    """Files and folders of several repositories, each by the id of its repository and an expression."""
    names = range(count)
    selected = f"oid {_BLOB} ... on Tree {{ {_level()} }}"
    asked = " ".join(
        f"n{n}: node(id: $i{n}) {{ ... on Repository {{ id object(expression: $e{n}) {{ {selected} }} }} }}"
        for n in names
    )
    query = f"query Paths({', '.join(f'$i{n}: ID!, $e{n}: String!' for n in names)}) {{ {asked} }}"
    found = maybe(record(oid=ID, **_BLOB_SHAPE, entries=maybe(_entries(LEVELS))))
    return Query(query, record(**{f"n{n}": maybe(record(id=NAME, object=found)) for n in names}))


_PULL = "id number url state isDraft headRefOid isCrossRepository mergeStateStatus autoMergeRequest { enabledAt }"


_STATE = matching("OPEN|MERGED|CLOSED")
_PULL_SHAPE = record(
    id=NAME,
    number=number,
    url=URL,
    state=_STATE,
    headRefOid=ID,
    isCrossRepository=flag,
    mergeStateStatus=matching("[A-Z_]{1,40}"),
    autoMergeRequest=maybe(record()),
)


def state_query(files: int) -> Query:
    """What is on the host before a push: tip, our branch, its pull requests, and so many files at the tip."""
    names = range(files)
    query = f"""
query State($id: ID!, $commit: String!, $ref: String!, $branch: String!{"".join(f", $f{n}: String!" for n in names)}) {{
  node(id: $id) {{
    ... on Repository {{
      id nameWithOwner isArchived visibility
      defaultBranchRef {{ name }}
      tip: object(expression: $commit) {{ oid }}
      ref(qualifiedName: $ref) {{ target {{ oid }} }}
      pullRequests(headRefName: $branch, first: 20, orderBy: {{field: CREATED_AT, direction: DESC}}) {{
        nodes {{ {_PULL} }}
      }}
      pullRequestTemplates {{ filename body }}
      {" ".join(f"f{n}: object(expression: $f{n}) {{ oid }}" for n in names)}
    }}
  }}
}}"""
    repository = record(
        nameWithOwner=FULL_NAME, isArchived=flag, defaultBranchRef=maybe(record(name=NAME)), tip=_OBJECT,
        ref=maybe(record(target=record(oid=ID))),
        pullRequests=record(nodes=many(_PULL_SHAPE)), pullRequestTemplates=maybe(many(record(body=maybe(text)))),
        **{f"f{n}": _OBJECT for n in names},
    )  # fmt: skip
    return Query(query, record(node=maybe(repository)))


def objects_query(count: int) -> Query:
    """Ids of objects of one repository by expressions."""
    names = range(count)
    query = f"""
query Objects($id: ID!{"".join(f", $f{n}: String!" for n in names)}) {{
  node(id: $id) {{ ... on Repository {{ {" ".join(f"f{n}: object(expression: $f{n}) {{ oid }}" for n in names)} id }} }}
}}"""
    return Query(query, record(node=record(**{f"f{n}": _OBJECT for n in names})))


_WORD = matching("[A-Z_]{1,40}")
_CHECKS = maybe(record(state=_WORD))
_MOMENT = matching(r"[0-9T:.+Z-]{10,40}")
_LATER = """
reviewDecision latestOpinionatedReviews(first: 20, writersOnly: true) { nodes { state } }
mergeStateStatus isInMergeQueue mergeQueueEntry { position state } autoMergeRequest { enabledAt }
"""
_LATER_SHAPE = {
    "reviewDecision": maybe(_WORD), "mergeStateStatus": _WORD, "isInMergeQueue": flag,
    "mergeQueueEntry": maybe(record(position=number, state=_WORD)), "autoMergeRequest": maybe(record()),
    "latestOpinionatedReviews": maybe(record(nodes=maybe(many(maybe(record(state=_WORD)))))),
}  # fmt: skip
"""Why, and how, GitHub merges a pull request later: https://docs.github.com/graphql/reference/objects#pullrequest"""
_REQUEST = record(
    number=number, url=URL, state=_STATE, isDraft=flag, headRefOid=ID, mergeable=NAME, createdAt=_MOMENT,
    **_LATER_SHAPE, commits=record(nodes=many(record(commit=record(statusCheckRollup=_CHECKS, committedDate=_MOMENT)))),
)  # fmt: skip


def pulls_query(repositories: Sequence[object]) -> Query:
    """One pull request of each of many repositories."""
    names = range(len(repositories))
    asked = " ".join(
        f"r{n}: node(id: $i{n}) {{ ... on Repository {{ nameWithOwner url pullRequest(number: $n{n}) {{"
        f" number url state isDraft headRefOid mergeable createdAt {_LATER}"
        f" commits(last: 1) {{ nodes {{ commit {{ committedDate statusCheckRollup {{ state }} }} }} }}"
        f" }} }} }}"
        for n in names
    )
    query = f"query Pulls({', '.join(f'$i{n}: ID!, $n{n}: Int!' for n in names)}) {{ {asked} }}"
    repository = record(nameWithOwner=FULL_NAME, url=URL, pullRequest=maybe(_REQUEST))
    return Query(query, record(**{f"r{n}": maybe(repository) for n in names}))


_METHODS = ("autoMergeAllowed", "mergeCommitAllowed", "squashMergeAllowed", "rebaseMergeAllowed")

MERGING = Query(
    f"""
query Merging($id: ID!, $number: Int!) {{
  node(id: $id) {{
    ... on Repository {{
      nameWithOwner {" ".join(_METHODS)}
      pullRequest(number: $number) {{ id state isDraft headRefOid baseRefName isMergeQueueEnabled {_LATER} }}
    }}
  }}
}}""",
    record(
        node=maybe(
            record(
                nameWithOwner=FULL_NAME,
                **dict.fromkeys(_METHODS, flag),
                pullRequest=maybe(
                    record(
                        id=NAME,
                        state=_STATE,
                        isDraft=flag,
                        headRefOid=ID,
                        baseRefName=NAME,
                        isMergeQueueEnabled=flag,
                        **_LATER_SHAPE,
                    )
                ),
            )
        )
    ),
)
"""What decides whether and how one pull request is merged."""

AUTO_MERGE = Query(
    """
mutation AutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { enabledAt } } }
}""",
    record(enablePullRequestAutoMerge=record()),
)

CLOSE = Query(
    """
mutation Close($comment: AddCommentInput!, $close: ClosePullRequestInput!) {
  addComment(input: $comment) { clientMutationId }
  closePullRequest(input: $close) { clientMutationId }
}""",
    record(addComment=record(), closePullRequest=record()),
)

NO_AUTO_MERGE = Query(
    """
mutation NoAutoMerge($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { clientMutationId }
}""",
    record(disablePullRequestAutoMerge=record()),
)

READY = Query(
    """
mutation Ready($input: MarkPullRequestReadyForReviewInput!) {
  markPullRequestReadyForReview(input: $input) { clientMutationId }
}""",
    record(markPullRequestReadyForReview=record()),
)

ENQUEUE = Query(
    """
mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { position state } }
}""",
    record(enqueuePullRequest=record(mergeQueueEntry=maybe(record(position=number, state=_WORD)))),
)

CREATE_REF = Query(
    """
mutation CreateRef($input: CreateRefInput!) { createRef(input: $input) { ref { name } } }""",
    record(createRef=record(ref=maybe(anything))),
)

UPDATE_REFS = Query(
    """
mutation UpdateRefs($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }""",
    record(updateRefs=record()),
)

COMMIT = Query(
    """
mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid signature { isValid } } }
}""",
    record(createCommitOnBranch=record(commit=record(oid=ID, signature=maybe(record(isValid=flag))))),
)

# -- REST: https://docs.github.com/rest

SOME = record()
"""An object, whatever is in it."""
SHA = record(sha=ID)
GIT_COMMIT = record(sha=ID, tree=SHA, verification=maybe(record()))
INSTALLED = record(total_count=number, repositories=many(record(full_name=FULL_NAME)))
LABELS = many(record(name=text))
PULL_MADE = record(number=number, html_url=URL)
PULL = record(number=number)
MERGED = record(merged=flag, message=maybe(text))
COMPARED = record(ahead_by=number)
_CHANGED_FILE = record(status=NAME, filename=text, sha=maybe(ID))
COMMITTED = record(commit=record(message=text), parents=many(record(sha=ID)), files=maybe(many(_CHANGED_FILE)))
TREE = record(tree=many(record(path=text, type=NAME, mode=matching("[0-7]{5,6}"), sha=ID)))
