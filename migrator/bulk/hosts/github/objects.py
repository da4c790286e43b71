"""A commit made of blobs and a tree, for files whose mode counts: `createCommitOnBranch` makes none executable.

https://docs.github.com/graphql/reference/mutations#createcommitonbranch has no mode, and what it commits loses the
executable bit (https://github.com/orgs/community/discussions/191953). GitHub signs such a commit for an App alone
(https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

from migrator.bulk.generated import File
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.queries import GIT_COMMIT, SHA

EXECUTABLE = "100755"


class Made(NamedTuple):
    """A commit that no branch leads to yet."""

    oid: str
    is_signed: bool


def commit_objects(api: Api, repository: str, on: str, files: Sequence[File], message: str) -> Made:
    """A commit on another one that replaces these files, each with its mode: https://docs.github.com/rest/git"""
    at = f"/repos/{repository}/git"
    entries = []
    for file in files:
        content = {"content": base64.b64encode(file.data).decode(), "encoding": "base64"}
        blob = api.rest("POST", f"{at}/blobs", SHA, content, content=True)
        entries.append({"path": file.path, "mode": file.mode, "type": "blob", "sha": blob["sha"]})
    base = api.rest("GET", f"{at}/commits/{on}", GIT_COMMIT)["tree"]["sha"]
    tree = api.rest("POST", f"{at}/trees", SHA, {"base_tree": base, "tree": entries}, content=True)["sha"]
    commit = {"message": message, "tree": tree, "parents": [on]}
    made = api.rest("POST", f"{at}/commits", GIT_COMMIT, commit, content=True)
    return Made(made["sha"], bool((made["verification"] or {}).get("verified")))
