"""GitLab's GraphQL: the answers, and what a query costs, counted as GitLab does."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute,
    parse,
    validate,
)
from graphql.utilities import value_from_ast_untyped

from tests.bulk.hosts.gitlab.projects import MergeRequest, Project, RefusedError

if TYPE_CHECKING:
    from tests.bulk.hosts.gitlab.fake import GitLab

_GITALY = frozenset(("tree", "blobs", "lastCommit", "rootRef", "empty", "diffHeadSha", "detailedMergeStatus"))
_RESOLVED = frozenset(("projects", "mergeRequests", "tree", "lastCommit"))


@functools.cache
def schema() -> GraphQLSchema:
    return build_schema((Path(__file__).parent / "subset.graphql").read_text("utf-8"))


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> DocumentNode:
    return parse(text)


def cost(node: Any, variables: dict[str, Any], parent: str = "") -> float:
    """As `Types::BaseField` computes it: one a field, one more where git is asked, and for lists one hundredth more of
    all below for each item that may come."""
    below = sum(
        cost(each, variables, node.name.value if isinstance(node, FieldNode) else "")
        for each in (node.selection_set.selections if node.selection_set else ())
    )
    if not isinstance(node, FieldNode):
        return below
    name = node.name.value
    given = {each.name.value: value_from_ast_untyped(each.value, variables) for each in node.arguments or ()}
    own = 1 + (name in _GITALY)
    if name in _RESOLVED or (name == "blobs" and parent != "tree" and "paths" in given):
        own += len(given.get("paths") or ())
        items = 0 if name in ("tree", "lastCommit") or given.get("iids") else min(given.get("first") or 100, 100)
        return (below + own) * (1 + items / 100)
    return below + own


class Page(NamedTuple):
    nodes: list[Any]
    more: bool = False

    @property
    def pageInfo(self) -> dict[str, Any]:  # noqa: N802
        return {"hasNextPage": self.more, "endCursor": None}


def _page(items: list[Any], first: int | None) -> Page:
    size = min(first or 100, 100)
    return Page(items[:size], len(items) > size)


class Settings:
    """`limit` is the most that a query may cost, `factor` what this GitLab makes of the cost, as 18.4.2 did."""

    def __init__(self) -> None:
        self.is_there = True
        self.limit, self.factor = 250, 1.0
        self.scores: list[int] = []
        self.missing: set[str] = set()
        """Fields that this GitLab is too old for."""
        self.is_broken = False

    def answer(self, host: GitLab, sent: Any) -> tuple[int, Any]:
        if not self.is_there:
            raise RefusedError(404, {"error": "404 Not Found"})
        if self.is_broken:
            return 500, {"errors": [{"message": "Internal server error"}]}
        document, variables = _parsed(sent["query"]), sent.get("variables") or {}
        for field in self.missing:
            if f" {field} " in sent["query"]:
                words = f"Field '{field}' doesn't exist on type 'MergeRequest'"
                return 200, {"errors": [{"message": words, "extensions": {"code": "undefinedField"}}]}
        if errors := validate(schema(), document):
            raise AssertionError(f"GitLab's schema refuses the query: {errors[0].message}")
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        score = int(cost(operation, variables) * self.factor)
        self.scores.append(score)
        if score > self.limit:
            words = f"Query has complexity of {score}, which exceeds max complexity of {self.limit}"
            return 200, {"errors": [{"message": words}]}
        result: Any = execute(schema(), document, root_value=_Root(host, score, self.limit), variable_values=variables)
        answer: dict[str, Any] = {"data": result.data}
        for error in result.errors or ():
            raise AssertionError(f"the query cannot be executed: {error}") from error.original_error
        return 200, answer


class _Root:
    def __init__(self, host: GitLab, score: int, limit: int) -> None:
        self._host = host
        self.queryComplexity = {"score": score, "limit": limit}

    def projects(self, _info: Any, ids: list[str], first: int | None = None) -> Page:
        found = []
        for each in ids:
            try:
                project = self._host.find(each.rpartition("/")[2])
            except RefusedError:
                continue
            found.append(_OfProject(project))
        return _page(list(reversed(found)), first)


class _OfProject:
    def __init__(self, project: Project) -> None:
        self._project = project
        self.id = f"gid://gitlab/Project/{project.id}"
        self.fullPath, self.archived = project.full_path, project.archived
        self.repository = _Repository(project)

    def mergeRequests(  # noqa: N802
        self,
        _info: Any,
        sourceBranches: list[str],  # noqa: N803
        first: int | None = None,
    ) -> Page:
        found = [each for each in reversed(self._project.requests) if each.source in sourceBranches]
        return _page([_of_request(each) for each in found], first)


class _Repository:
    def __init__(self, project: Project) -> None:
        self._project = project

    @property
    def empty(self) -> bool:
        return self._project.is_empty

    def tree(self, _info: Any, path: str = "", recursive: bool = False, ref: str | None = None) -> Any:
        commit = self._project.tip(ref or "HEAD")
        if not commit:
            return None
        entries = self._project.entries(commit, path, recursive=recursive) or []
        rows = [
            {"name": each.path.rpartition("/")[2], "path": each.path, "sha": each.oid, "mode": each.mode}
            for each in entries
        ]
        kinds = {each.path: each.kind for each in entries}
        last = self._project.last_for(commit, path)
        return {
            "lastCommit": {"sha": last} if last else None,
            "trees": lambda _info, first=None: _page([row for row in rows if kinds[row["path"]] == "tree"], first),
            "blobs": lambda _info, first=None: _page([row for row in rows if kinds[row["path"]] == "blob"], first),
        }

    def blobs(self, _info: Any, paths: list[str], ref: str | None = None, first: int | None = None) -> Page:
        found, commit = [], self._project.tip(ref or "HEAD")
        if not commit:
            raise GraphQLError("no such commit")
        for path in paths:
            folder = path.rpartition("/")[0]
            for each in self._project.entries(commit, folder) or ():
                if each.path == path and each.kind == "blob":
                    data = self._project.blob(each.oid)
                    text = None if b"\0" in data else data.decode("utf-8", "replace")
                    found.append({"path": path, "oid": each.oid, "mode": each.mode, "rawTextBlob": text})
        return _page(found, first)


def _of_request(request: MergeRequest) -> dict[str, Any]:
    people = Page([{"id": f"gid://gitlab/User/{name}"} for name in request.approved_by])
    return {
        "iid": str(request.iid), "state": request.state, "draft": request.draft,
        "diffHeadSha": request.refresh() or None, "conflicts": request.has_conflicts,
        "detailedMergeStatus": request.status().upper(), "autoMergeEnabled": request.auto,
        "createdAt": request.created, "updatedAt": request.created, "approvedBy": lambda _info, first=None: people,
        "headPipeline": {"status": request.pipeline.upper()} if request.pipeline else None,
    }  # fmt: skip
