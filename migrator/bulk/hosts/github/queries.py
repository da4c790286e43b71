"""The GraphQL of a campaign. `@octokit/graphql-schema` is what the tests check it against."""

from __future__ import annotations

from collections.abc import Sequence

_LISTED = """
fragment Listed on Repository {
  id nameWithOwner url isArchived isDisabled isEmpty isFork visibility
  defaultBranchRef { name }
  repositoryTopics(first: 20) { nodes { topic { name } } }
}
"""

OWNED = (
    """
query Owned($owner: String!, $after: String) {
  repositoryOwner(login: $owner) {
    repositories(first: 100, after: $after, ownerAffiliations: [OWNER], orderBy: {field: NAME, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes { ...Listed }
    }
  }
}"""
    + _LISTED
)

ONE = (
    """
query One($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { ...Listed }
}"""
    + _LISTED
)

TIPS = """
query Tips($ids: [ID!]!, $commit: String!, $folder: String!) {
  nodes(ids: $ids) {
    ... on Repository {
      id
      tip: object(expression: $commit) { oid }
      folder: object(expression: $folder) { oid }
    }
  }
}"""

_ENTRY = "name type mode oid"
_BLOB = "... on Blob { text isTruncated isBinary }"
LEVELS = 3
"""How deep folders are read in one query; deeper files are read by REST."""


def read_query() -> str:
    """The `.circleci` folders of many repositories with the text of their files."""
    level = f"entries {{ {_ENTRY} object {{ {_BLOB} }} }}"
    for _ in range(LEVELS - 1):
        level = f"entries {{ {_ENTRY} object {{ {_BLOB} ... on Tree {{ {level} }} }} }}"
    return f"""
query Read($ids: [ID!]!, $commit: String!, $folder: String!) {{
  nodes(ids: $ids) {{
    ... on Repository {{
      id
      tip: object(expression: $commit) {{ oid }}
      folder: object(expression: $folder) {{ oid ... on Tree {{ {level} }} }}
    }}
  }}
}}"""


_PULL = "number url state isDraft title body headRefOid baseRefName isCrossRepository"


def state_query(files: int) -> str:
    """What is on the host before a push: tip, our branch, its pull requests, and so many files at the tip."""
    names = range(files)
    return f"""
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


def objects_query(count: int) -> str:
    """Ids of objects of one repository by expressions."""
    names = range(count)
    return f"""
query Objects($id: ID!{"".join(f", $f{n}: String!" for n in names)}) {{
  node(id: $id) {{ ... on Repository {{ {" ".join(f"f{n}: object(expression: $f{n}) {{ oid }}" for n in names)} id }} }}
}}"""


def pulls_query(repositories: Sequence[object]) -> str:
    """One pull request of each of many repositories."""
    names = range(len(repositories))
    asked = " ".join(
        f"r{n}: node(id: $i{n}) {{ ... on Repository {{ pullRequest(number: $n{n}) {{"
        f" number state isDraft headRefOid mergeable"
        f" commits(last: 1) {{ nodes {{ commit {{ statusCheckRollup {{ state }} }} }} }}"
        f" }} }} }}"
        for n in names
    )
    return f"query Pulls({', '.join(f'$i{n}: ID!, $n{n}: Int!' for n in names)}) {{ {asked} }}"


CREATE_REF = """
mutation CreateRef($input: CreateRefInput!) { createRef(input: $input) { ref { name } } }"""

UPDATE_REFS = """
mutation UpdateRefs($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"""

COMMIT = """
mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}"""
