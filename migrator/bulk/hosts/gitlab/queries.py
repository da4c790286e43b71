"""The GraphQL of a campaign on GitLab: https://docs.gitlab.com/api/graphql/reference/

It is a way to ask for many projects at once, no more: what it does not answer is asked for by REST.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migrator.services.answers import ID, LINE, NAME, Shape, anything, flag, many, matching, maybe, number, record, text

SCORE = 250
"""Points that one query of a user may cost: https://docs.gitlab.com/api/graphql/#max-query-complexity"""


class Query(NamedTuple):
    """A query that reads, and the shape of its data."""

    text: str
    shape: Shape


_COST = "queryComplexity { score limit }"
_COST_SHAPE = maybe(record(score=number, limit=number))
_FILE = matching(r"[^\x00]{1,4000}")
_MODE = matching("[0-7]{5,6}")
_TREES = record(pageInfo=record(hasNextPage=flag), nodes=maybe(many(maybe(record(path=_FILE, sha=ID)))))
_BLOBS = record(pageInfo=record(hasNextPage=flag), nodes=maybe(many(maybe(record(path=_FILE, sha=ID, mode=_MODE)))))
_LISTING = record(trees=_TREES, blobs=_BLOBS)
_LISTED = """
  trees(first: 100) { pageInfo { hasNextPage } nodes { path sha } }
  blobs(first: 100) { pageInfo { hasNextPage } nodes { path sha mode } }
"""
TIPS = Query(
    f"""
query Tips($ids: [ID!]!, $many: Int!, $ref: String) {{
  {_COST}
  projects(ids: $ids, first: $many) {{
    nodes {{
      id
      repository {{
        top: tree(path: "", ref: $ref) {{ lastCommit {{ sha }} {_LISTED} }}
        folder: tree(path: ".circleci", ref: $ref, recursive: true) {{ {_LISTED} }}
      }}
    }}
  }}
}}""",
    record(
        queryComplexity=_COST_SHAPE,
        projects=maybe(
            record(
                nodes=maybe(
                    many(
                        maybe(
                            record(
                                id=NAME,
                                repository=maybe(
                                    record(
                                        top=maybe(
                                            record(
                                                lastCommit=maybe(record(sha=ID)),
                                                trees=_TREES, blobs=_BLOBS,
                                            )
                                        ),
                                        folder=maybe(_LISTING),
                                    )
                                ),
                            )
                        )
                    )
                )
            )
        ),
    ),
)  # fmt: skip
"""The commit of a branch, what its top has, and what its `.circleci` has. A tree's `sha` is its id in git."""


class Wanted(NamedTuple):
    """What is still to be read of one project at a commit: files, and folders whose entries are listed."""

    id: str
    commit: str
    paths: tuple[str, ...]
    folders: tuple[str, ...]

    @property
    def points(self) -> float:
        """What it costs, about: for each of `blobs` so much for the field and two points a path."""
        return 18 + 2 * len(self.paths) + 10 * len(self.folders)


_CONTENT = record(nodes=maybe(many(maybe(record(path=_FILE, oid=ID, rawTextBlob=maybe(text))))))


def contents_query(wanted: Sequence[Wanted]) -> Query:
    """Files and folders of several projects, each at a commit of its own."""
    names, variables, asked = range(len(wanted)), [], []
    shapes: dict[str, Shape] = {"queryComplexity": _COST_SHAPE}
    for number_ in names:
        variables.append(f"$i{number_}: [ID!]!, $c{number_}: String!, $p{number_}: [String!]!")
        folders = [
            f"t{place}: tree(path: $t{number_}_{place}, ref: $c{number_}) {{ {_LISTED} }}"
            for place in range(len(wanted[number_].folders))
        ]
        variables += [f"$t{number_}_{place}: String!" for place in range(len(wanted[number_].folders))]
        asked.append(
            f"r{number_}: projects(ids: $i{number_}, first: 1) {{ nodes {{ id repository {{"
            f" blobs(paths: $p{number_}, ref: $c{number_}) {{ nodes {{ path oid rawTextBlob }} }} {' '.join(folders)}"
            f" }} }} }}"
        )
        repository = record(blobs=maybe(_CONTENT), **{f"t{place}": maybe(_LISTING) for place in range(len(folders))})
        shapes[f"r{number_}"] = maybe(record(nodes=maybe(many(maybe(record(id=NAME, repository=maybe(repository)))))))
    query = f"query Contents({', '.join(variables)}) {{ {_COST} {' '.join(asked)} }}"
    return Query(query, record(**shapes))


_STATUS = matching("[A-Za-z_]{1,60}")
_REQUEST = record(
    iid=matching("[0-9]{1,12}"), state=_STATUS, draft=flag, diffHeadSha=maybe(ID), conflicts=flag,
    detailedMergeStatus=maybe(_STATUS), headPipeline=maybe(record(status=_STATUS)),
    createdAt=maybe(LINE), updatedAt=maybe(LINE),
    autoMergeEnabled=maybe(flag), approvedBy=maybe(record(nodes=maybe(many(anything)))),
)  # fmt: skip
FOLLOWED = 10
"""The newest merge requests of our branch that are looked through; an older one is asked for by its number."""
REQUESTS = Query(
    f"""
query Requests($ids: [ID!]!, $many: Int!, $branches: [String!]!) {{
  {_COST}
  projects(ids: $ids, first: $many) {{
    nodes {{
      id
      mergeRequests(sourceBranches: $branches, first: {FOLLOWED}) {{
        nodes {{
          iid state draft diffHeadSha conflicts detailedMergeStatus autoMergeEnabled createdAt updatedAt
          headPipeline {{ status }} approvedBy(first: 1) {{ nodes {{ id }} }}
        }}
      }}
    }}
  }}
}}""",
    record(
        queryComplexity=_COST_SHAPE,
        projects=maybe(
            record(
                nodes=maybe(
                    many(maybe(record(id=NAME, mergeRequests=maybe(record(nodes=maybe(many(maybe(_REQUEST))))))))
                )
            )
        ),
    ),
)


def global_id(number_: str) -> str:
    """What GraphQL calls a project: https://docs.gitlab.com/api/graphql/#global-ids"""
    return f"gid://gitlab/Project/{number_}"


def number_of(global_id_: str) -> str:
    return global_id_.rpartition("/")[2]
