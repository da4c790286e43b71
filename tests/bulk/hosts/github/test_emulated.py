"""A second opinion on the REST part: `emulate` 0.12.2 of npm, GitHub as somebody else has rebuilt it, on Node 22."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from migrator.bulk.blobs import blob_id
from migrator.bulk.hosts.github.api import Api
from migrator.bulk.hosts.github.queries import LABELS, MERGED, PULL, PULL_MADE, SOME, TREE
from migrator.services.answers import RefusedError
from migrator.services.budget import Budget
from tests.bulk.hosts.github.contracts import node_modules
from tests.bulk.repositories import config

USER = {"Authorization": "Bearer test_token_admin"}
CONFIG = ".circleci/config.yml"


def node22() -> Path | None:
    """Node 22 from npm's package `node`, or the one in PATH if it is new enough."""
    for found in (node_modules() / "node" / "bin" / "node", *(Path(each) for each in [shutil.which("node")] if each)):
        if found.is_file():
            done = subprocess.run([found, "--version"], capture_output=True, check=False)
            if done.stdout.startswith((b"v22.", b"v24.")):
                return found
    return None


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The emulator with a repository that has a config and a branch with another one."""
    node, program = node22(), node_modules() / "emulate" / "dist" / "index.js"
    if node is None or not program.is_file():
        pytest.skip(f"no emulate 0.12.2 and Node 22 in {node_modules()}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [node, program, "start", "--service", "github", "--port", str(port)],
        cwd=tmp_path_factory.mktemp("emulate"), env={**os.environ, "HOST": "127.0.0.1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/user", headers=USER).status_code == 200:
                break
        except httpx.HTTPError:
            time.sleep(0.2)
    yield url
    process.terminate()
    process.wait(20)


@pytest.fixture
def api(emulated: str) -> Iterator[Api]:
    api = Api(emulated, "test_token_admin", Budget(threading.Event(), per_minute=0, per_hour=0))
    yield api
    api.close()


@pytest.fixture
def repository(emulated: str, request: pytest.FixtureRequest) -> str:
    """`OWNER/NAME` of a fresh repository whose branch `migrator/hub` has another config."""
    with httpx.Client(base_url=emulated, headers=USER) as client:
        owner = client.get("/user").json()["login"]
        name = f"{owner}/{request.node.name.replace('_', '-')}"
        client.post("/user/repos", json={"name": name.rpartition("/")[2], "auto_init": True}).raise_for_status()
        contents = f"/repos/{name}/contents/{CONFIG}"
        first = {"message": "Begin", "content": base64.b64encode(config().encode()).decode()}
        made = client.put(contents, json=first)
        made.raise_for_status()
        tip = client.get(f"/repos/{name}/git/ref/heads/main").json()["object"]["sha"]
        ref = {"ref": "refs/heads/migrator/hub", "sha": tip}
        client.post(f"/repos/{name}/git/refs", json=ref).raise_for_status()
        second = {
            "message": "Change", "content": base64.b64encode(config("other").encode()).decode(),
            "sha": made.json()["content"]["sha"], "branch": "migrator/hub",
        }  # fmt: skip
        client.put(contents, json=second).raise_for_status()
    return str(name)


def test_what_does_not_exist_is_told(api: Api) -> None:
    with pytest.raises(RefusedError) as refused:
        api.rest("GET", "/repos/nobody/nothing/commits/0000", SOME)
    assert refused.value.status == 404


def test_a_pull_request_from_opening_to_merging(api: Api, repository: str) -> None:
    body = {
        "title": "T",
        "body": "B",
        "head": "migrator/hub",
        "base": "main",
        "draft": False,
        "maintainer_can_modify": True,
    }
    made = api.rest("POST", f"/repos/{repository}/pulls", PULL_MADE, body, content=True)
    number = made["number"]
    assert made["html_url"].endswith(f"/pull/{number}")
    changed = api.rest("PATCH", f"/repos/{repository}/pulls/{number}", PULL, {"title": "U", "body": "C"})
    assert (changed["title"], changed["body"], changed["state"]) == ("U", "C", "open")
    labels = api.rest("POST", f"/repos/{repository}/issues/{number}/labels", LABELS, {"labels": ["ci"]})
    assert [label["name"] for label in labels] == ["ci"]
    merge = {"sha": changed["head"]["sha"], "merge_method": "squash"}
    assert api.rest("PUT", f"/repos/{repository}/pulls/{number}/merge", MERGED, merge)["merged"] is True


def test_ids_of_blobs_are_gits(api: Api, repository: str) -> None:
    head = api.rest("GET", f"/repos/{repository}/git/ref/heads/main", SOME)["object"]["sha"]
    tree = api.rest("GET", f"/repos/{repository}/git/trees/{head}", TREE, recursive="1")
    found = {each["path"]: each["sha"] for each in tree["tree"]}
    assert found[CONFIG] == blob_id(config().encode())
