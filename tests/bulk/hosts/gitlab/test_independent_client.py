"""A second opinion: the client `@gitbeaker/rest` of npm, by others, works with the host and sees what we did."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.hosts.github.contracts import node_modules
from tests.bulk.hosts.github.test_emulated import node22
from tests.bulk.hosts.gitlab.conftest import Host
from tests.bulk.hosts.gitlab.fake import TOKEN
from tests.bulk.repositories import branches, git, show

BRANCH = "migrator/hub"


def test_the_client_of_npm_agrees(planned: Host, bulk: Bulk) -> None:
    node = node22()
    if node is None or not (node_modules() / "@gitbeaker" / "rest").is_dir():
        pytest.skip(f"no @gitbeaker/rest 43.8.0 and Node 22 in {node_modules()}")
    bulk("push", "hub", "--draft")
    bare = planned.bare("app")
    head, main = branches(bare)[BRANCH], branches(bare)["main"]
    done = subprocess.run(
        [node, Path(__file__).parent / "client.js", planned.server.url, TOKEN, BRANCH],
        env={**os.environ, "NODE_PATH": str(node_modules())}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(done.stdout)
    state, merge = seen.pop("merged")
    assert seen == {
        "names": sorted(name for name in planned.projects if name.startswith("acme/")),
        "branch": head,
        "file": show(bare, f"{head}:{CONFIG}"),
        "message": git(bare, "log", "-1", "--format=%B", head) + "\n",
        "parents": [main],
        "top": [".circleci", "README", "src"],
        "request": {"iid": 1, "sha": head, "title": planned.projects["acme/app"].requests[0].title, "draft": True},
        "left": 0,
        "second": [409, '["Another open merge request already exists for this source branch: !1"]'],
        "exists": [
            400, f"A branch called '{BRANCH}' already exists. Switch to that branch in order to make changes"
        ],
        "stale": [400, f"The file has changed since you started editing it: {CONFIG}"],
        "early": [405, "405 Method Not Allowed"],
        "another": [409, f"SHA does not match HEAD of source branch: {planned.projects['acme/app'].requests[1].last}"],
    }  # fmt: skip
    assert (state, merge) == ("merged", branches(bare)["main"])
    assert show(bare, f"main:{CONFIG}") == "version: 2.1\n"
