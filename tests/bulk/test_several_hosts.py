"""One campaign over four kinds of host: what has one name on several is told apart, and one that fails stops none."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.entry import Entry
from migrator.bulk.host import Read
from migrator.bulk.hosts.dir.host import Host as FolderHost
from migrator.bulk.hosts.git.host import Host as GitHost
from migrator.bulk.ledger import Ledger
from tests.bulk.conftest import CONFIG, Bulk, Host
from tests.bulk.hosts.git.server import serve_git
from tests.bulk.hosts.gitlab.fake import TOKEN, GitLab, serve
from tests.bulk.hosts.gitlab.projects import USERS
from tests.bulk.repositories import branches, commits_on, config, make_bare

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
LISTED = "127.0.0.1/acme/tools"
ALL = {
    "acme/app": "github",
    "gitlab:acme/app": "gitlab",
    "dir:acme/app": "dir",
    LISTED: "git",
}


class Several:
    """A GitHub, a GitLab, git over HTTP with a login, and a folder; `acme/app` is on three of them."""

    def __init__(self, github: Host, folder: Path) -> None:
        self.github = github
        self.top = folder / "top"
        make_bare(self.top / "acme" / "app.git", {CONFIG: config("here", "acme/app:4")})
        make_bare(folder / "gitlab" / "acme" / "app.git", {CONFIG: config("there", "acme/app:5")})
        make_bare(folder / "git" / "acme" / "tools.git", {CONFIG: config("tools", "acme/tools:6")})
        self.gitlab = GitLab(folder / "gitlab")
        self.servers = [serve(self.gitlab), serve_git(folder / "git", "me:s3cret-pa55")]
        address = self.servers[1].url.removeprefix("http://")
        (folder / "list.txt").write_text(f"http://me:s3cret-pa55@{address}/acme/tools.git\n")
        self.bare = {
            "acme/app": github.bare("app"),
            "gitlab:acme/app": folder / "gitlab" / "acme" / "app.git",
            "dir:acme/app": self.top / "acme" / "app.git",
            LISTED: folder / "git" / "acme" / "tools.git",
        }
        self.urls = (f"github={github.url}", f"gitlab={self.servers[0].url}/api/v4")
        self.sources = ["github:acme/app", "gitlab:acme", f"dir:{self.top}", f"file:{folder}/list.txt"]

    def plan(self, bulk: Bulk, *more: str, reverse: bool = False) -> Any:
        named = reversed(self.sources) if reverse else self.sources
        given = [*(("--source", each) for each in named), *(("--api-url", url) for url in self.urls)]
        return bulk("plan", "hub", *(word for pair in given for word in pair), *more)


@pytest.fixture
def several(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Several]:
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    found = Several(host, tmp_path / "several")
    yield found
    for server in found.servers:
        server.shutdown()
        server.server_close()
    assert found.gitlab.faults == []


def test_from_plan_to_merged_on_all_of_them(several: Several, bulk: Bulk, states: States) -> None:
    said = several.plan(bulk, "--dry-run")
    assert (said.code, said.out.split()) == (0, list(ALL))
    said = several.plan(bulk)
    assert said.code == 1, said.err
    assert {name: each["host"] for name, each in states().items()} == ALL
    assert {each["state"] for each in states().values()} == {"planned"}

    said = bulk("review", "hub", "--approve", "acme/app")
    assert said.code == 2
    names = "dir:acme/app or github:acme/app or gitlab:acme/app"
    assert f"'acme/app' is the name of 3 repositories; write {names}" in said.err
    assert "Job" not in bulk("review", "hub", "--show", "gitlab:acme/app").err
    assert "acme/app:5" in bulk("review", "hub", "--show", "gitlab:acme/app").out
    assert "acme/app:4" in bulk("review", "hub", "--show", "dir:acme/app").out
    bulk("review", "hub", "--approve", "github:acme/app", "--reject", "dir:acme/app")
    assert {name: each["state"] for name, each in states().items()} == {
        "acme/app": "approved", "gitlab:acme/app": "planned", "dir:acme/app": "rejected", LISTED: "planned",
    }  # fmt: skip
    bulk("review", "hub", "--approve", "dir:acme/app", "--approve", "all")

    said = bulk("push", "hub", "--dry-run")
    assert [line for line in said.out.splitlines() if line.startswith("== ")] == [
        f"== {name}: branch {BRANCH}" for name in ALL
    ]
    people = ("--reviewer", "github=ann", "--reviewer", "gitlab=alice", "--assignee", "github=cleo")
    assert bulk("push", "hub", *people).code == 1
    for path in several.bare.values():
        assert len(commits_on(path, BRANCH)) == 1
    (pull,) = several.github.repositories["app"].pulls
    (request,) = several.gitlab.projects["acme/app"].requests
    assert pull.title == request.title
    assert (pull.reviewers, pull.assignees) == (["ann"], ["cleo"])
    assert (request.reviewers, request.assignees) == ([USERS["alice"]["id"]], [])
    assert "Close this pull request:" in pull.body
    assert "Close this merge request:" in request.description

    said = bulk("status", "hub")
    assert said.out.splitlines()[2:7] == [
        "4 repositories: 2 pushed, 2 open",
        "  this machine: 1 repository: 1 pushed",
        "  git: 1 repository: 1 pushed",
        "  GitHub: 1 repository: 1 open",
        "  GitLab: 1 repository: 1 open",
    ]
    counted = json.loads(bulk("status", "hub", "--format", "json").out)["summary"]
    assert counted["hosts"]["gitlab"] == {"repositories": 1, "open": 1}
    assert (counted["repositories"], counted["open"]) == (4, 2)

    several.plan(bulk, reverse=True)
    assert {name: each["host"] for name, each in states().items()} == ALL, "names stay"
    said = bulk("merge", "hub", "--confirm", "all")
    assert said.code == 0, said.out
    assert {name: each["state"] for name, each in states().items()} == {
        "acme/app": "merged", "gitlab:acme/app": "merged", "dir:acme/app": "pushed", LISTED: "pushed",
    }  # fmt: skip
    assert bulk("close", "hub").code == 0
    assert [branches(path).keys() for path in several.bare.values()] == [{"main"}] * 4
    left = [path for path in Path.cwd().rglob("*") if path.is_file()]
    assert not [path for path in left if b"s3cret-pa55" in path.read_bytes()]


def test_the_page_links_to_each_host_and_its_decisions_tell_them_apart(
    several: Several, bulk: Bulk, states: States
) -> None:
    several.plan(bulk)
    bulk("review", "hub", "--html", "page.html")
    page = Path("page.html").read_text()
    tip = {name: branches(path)["main"] for name, path in several.bare.items()}
    assert f"/acme/app/blob/{tip['acme/app']}/{CONFIG}" in page
    assert f"/acme/app/-/blob/{tip['gitlab:acme/app']}/{CONFIG}" in page
    assert [name for name in ALL if f'"{name}"' not in page] == []
    with Ledger(Path("hub.campaign.db"), "hub", with_requests=(), write=False) as ledger:
        change = ledger.entry("gitlab:acme/app").change
    decided = f'[[decision]]\nanswer = "apply"\nrepository = "gitlab:acme/app"\nchange = "{change}"\n'
    Path("some.toml").write_text(decided)
    said = bulk("review", "hub", "--decisions", "some.toml")
    assert "1 decided" in said.err, said.err
    assert states()["gitlab:acme/app"]["state"] == "approved"
    assert states()["acme/app"]["state"] == "planned"


@pytest.mark.parametrize("trouble", ["no token", "rejected", "offline"])
def test_a_host_that_stops_leaves_the_others_and_is_said(
    several: Several, bulk: Bulk, states: States, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    if trouble == "no token":
        monkeypatch.delenv("GITLAB_TOKEN")
    elif trouble == "rejected":
        monkeypatch.setenv("GITLAB_TOKEN", "expired-1")
    else:
        several.servers[0].shutdown()
        several.servers[0].server_close()
    said = several.plan(bulk)
    assert said.code == 3
    assert "GitLab: " in said.err
    assert "this run left its repositories as they were" in said.err
    assert {name: each["state"] for name, each in states().items()} == {
        "acme/app": "planned", LISTED: "planned", "dir:acme/app": "planned",
    }  # fmt: skip
    said = bulk("plan", "alone", "--source", "gitlab:acme", "--api-url", several.urls[1])
    assert said.code in (2, 3), "alone it ends the run"
    assert "this run left" not in said.err


def test_a_campaign_is_over_only_once_every_host_took_part(
    several: Several, bulk: Bulk, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    several.plan(bulk)
    for name in ("github:acme/app", LISTED):
        bulk("review", "hub", "--approve", name)
    bulk("push", "hub")
    for server in several.servers[1:]:
        server.shutdown()
        server.server_close()
    bulk("review", "hub", "--approve", "gitlab:acme/app")
    monkeypatch.setenv("GITLAB_TOKEN", "expired-1")
    assert bulk("close", "hub").code == 3
    assert states()["acme/app"]["state"] == "closed"
    assert states()["gitlab:acme/app"]["state"] == "approved", "it may have a branch of a run that was killed"
    assert states()["dir:acme/app"]["state"] == "planned"
    assert Path("hub.campaign").is_dir(), "what the other hosts need to close theirs"
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
    bulk("close", "hub")
    assert states()["gitlab:acme/app"]["state"] == states()["dir:acme/app"]["state"] == "closed"


def test_a_campaign_keeps_to_the_servers_that_it_was_planned_with(
    several: Several, bulk: Bulk, states: States, tmp_path: Path
) -> None:
    """The numbers of a host mean other repositories on another one, and it gets no token."""
    several.plan(bulk)
    before = states()
    other = GitLab(tmp_path / "other")
    server = serve(other)
    for given in (("--api-url", f"gitlab={server.url}/api/v4"), ("--api-url", "gitlab=https://gitlab.com/api/v4")):
        for sources in ((), ("--source", "gitlab:labs")):
            said = bulk("plan", "hub", *sources, *given)
            assert said.code == 2
            assert f"the repositories of GitLab in this campaign are on {several.servers[0].url}/api/v4" in said.err
    server.shutdown()
    server.server_close()
    assert not other.requests
    said = bulk("plan", "hub", "--api-url", several.urls[0])
    assert said.code == 1, "what is said of one keeps what was said of the others"
    assert states() == before


def test_a_token_that_is_revoked_before_a_push_leaves_what_it_was_for(
    several: Several, bulk: Bulk, states: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    several.plan(bulk)
    bulk("review", "hub", "--approve", "all")
    monkeypatch.setenv("GITLAB_TOKEN", "expired-1")
    said = bulk("push", "hub")
    assert said.code == 3
    assert "GitLab: GitLab rejects the token (401)" in said.err
    assert {name: each["state"] for name, each in states().items()} == {
        "acme/app": "open", "gitlab:acme/app": "approved", "dir:acme/app": "pushed", LISTED: "pushed",
    }  # fmt: skip
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
    assert bulk("push", "hub").code == 1
    assert states()["gitlab:acme/app"]["state"] == "open"
    monkeypatch.setenv("GITLAB_TOKEN", "expired-2")
    said = bulk("status", "hub")
    assert said.err.count("pull requests on GitLab are shown as they were when last asked about: ") == 1
    said = bulk("merge", "hub", "--confirm", "all")
    assert said.code == 3
    assert states()["acme/app"]["state"] == "merged"
    assert states()["gitlab:acme/app"]["state"] == "open"


def test_a_host_that_does_not_answer_keeps_no_other_waiting(
    bulk: Bulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, states: States
) -> None:
    """The first host of the list answers when all of the other one was read, with one thread each."""
    others, read = threading.Event(), list[str]()
    for number in range(5):
        make_bare(tmp_path / "git" / f"{number}.git", {CONFIG: config("slow", f"acme/slow:{number}")})
        make_bare(tmp_path / "top" / f"{number}.git", {CONFIG: config("fast", f"acme/fast:{number}")})
    (tmp_path / "list.txt").write_text("".join(f"{tmp_path}/git/{number}.git\n" for number in range(5)))
    slow, fast = GitHost.read, FolderHost.read

    def waits(host: GitHost, entries: Sequence[Entry]) -> list[Read]:
        assert others.wait(60)
        return slow(host, entries)

    def counts(host: FolderHost, entries: Sequence[Entry]) -> list[Read]:
        read.extend(entry.name for entry in entries)
        if len(read) == 5:
            others.set()
        return fast(host, entries)

    monkeypatch.setattr(GitHost, "read", waits)
    monkeypatch.setattr(FolderHost, "read", counts)
    sources = ("--source", f"file:{tmp_path}/list.txt", "--source", f"dir:{tmp_path}/top")
    assert bulk("plan", "hub", *sources, "--jobs", "1").code == 1
    assert [each["state"] for each in states().values()] == ["planned"] * 10
