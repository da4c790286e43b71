"""A second opinion: the `bitbucket` client of npm, which somebody else wrote, works with the host and with what we did.

And what we send and the host answers is what Bitbucket publishes.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.hosts.bitbucket import contracts
from tests.bulk.hosts.bitbucket.conftest import Host
from tests.bulk.hosts.bitbucket.fake import TOKEN
from tests.bulk.hosts.bitbucket.repositories import uuid_of
from tests.bulk.hosts.github.contracts import node_modules
from tests.bulk.hosts.github.test_emulated import node22
from tests.bulk.repositories import branches, git, show

BRANCH = "migrator/hub"


def test_the_client_of_npm_agrees(planned: Host, bulk: Bulk, states: Callable[[], dict[str, dict[str, Any]]]) -> None:
    node = node22()
    if node is None or not (node_modules() / "bitbucket").is_dir():
        pytest.skip(f"no bitbucket 2.12.0 and Node 22 in {node_modules()}")
    planned.repositories["app"].default_reviewers = ["ann"]
    bulk("push", "hub", "--draft")
    app = planned.repositories["app"]
    head = branches(app.path)[BRANCH]
    app.builds[head] = ["SUCCESSFUL", "INPROGRESS"]
    app.pulls[0].draft = False
    done = subprocess.run(
        [node, Path(__file__).parent / "client.js", planned.url, TOKEN, BRANCH, head],
        env={**os.environ, "NODE_PATH": str(node_modules())}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(done.stdout)
    assert seen.pop("names") == [f"acme/{name}" for name in sorted(planned.repositories)]
    made = seen.pop("made")
    assert seen == {
        "branch": head,
        "file": show(app.path, f"{head}:{CONFIG}"),
        "message": git(app.path, "log", "-1", "--format=%B", head) + "\n",
        "builds": ["SUCCESSFUL", "INPROGRESS"],
        "pull": {"id": 1, "head": head[:12], "draft": False},
        "reviewers": [uuid_of("ann")],
        "stale": 409,
        "declined": "DECLINED",
        "merged": [200, "MERGED"],
    }
    assert git(app.path, "show", "--format=%an %P", "--name-only", made).split() == ["Ann", head, "message"]
    bulk("status", "hub")
    assert states()["acme/app"]["state"] == "merged"


def test_the_excerpt_says_nothing_else_than_what_is_published() -> None:
    """Where the whole description is at hand; else the excerpt is what exchanges are checked against."""
    excerpt, published = json.loads(contracts.EXCERPT.read_text("utf-8")), contracts.description()
    for path, item in excerpt["paths"].items():
        for method, operation in item.items():
            assert operation["responses"].keys() == published["paths"][path][method]["responses"].keys()
    assert excerpt["definitions"].keys() <= published["definitions"].keys()
    assert "values" in excerpt["definitions"]["paginated_pullrequests"]["properties"]


@pytest.mark.parametrize(
    ("method", "path", "query", "sent", "status", "answer"),
    [
        ("GET", "/repositories/acme/app/nothing-like-that", [], None, 200, None),
        ("GET", "/repositories/acme/app/pullrequests", [("state", "CLOSED")], None, 200, None),
        ("GET", "/repositories/acme/app/pullrequests", [("with", "x")], None, 200, None),
        ("POST", "/repositories/acme/app/pullrequests", [], {"title": 7}, 201, None),
        ("POST", "/repositories/acme/app/pullrequests", [], {"title": "x"}, 200, None),
        ("POST", "/repositories/acme/app/pullrequests/7/decline", [], {"reason": "x"}, 200, None),
        ("POST", "/repositories/acme/app/pullrequests/7/merge", [], {"merge_strategy": "rebase"}, 200, None),
        ("GET", "/repositories/acme/app", [], None, 200, {"full_name": "acme/app"}),
        ("GET", "/repositories/acme/app", [], None, 404, {"type": "error", "error": {"reason": "x"}}),
    ],
)
def test_what_is_not_published_is_a_fault(
    method: str, path: str, query: list[tuple[str, str]], sent: Any, status: int, answer: Any
) -> None:
    assert contracts.faults(method, path, query, sent, status, answer)
