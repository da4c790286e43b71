"""Whether a commit of ours still merges is what git's own merge says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from migrator.bulk.by_git.conflicts import has_conflicts
from migrator.bulk.entry import Entry
from migrator.bulk.git import Url, environment
from migrator.bulk.states import State
from migrator.bulk.stores import Stores
from tests.bulk.repositories import commit, git, make_bare

LINES = [f"line {number}\n" for number in range(30)]
PATH = ".circleci/config.yml"


def text(*changes: tuple[int, str]) -> str:
    lines = LINES[:]
    for place, line in changes:
        lines[place] = f"{line}\n"
    return "".join(lines)


@pytest.mark.parametrize(
    "theirs",
    [
        {},
        {"README": "other"},
        {PATH: text((25, "theirs"))},
        {PATH: text((3, "ours"))},
        {PATH: text((3, "ours"), (20, "theirs"))},
        {PATH: text((3, "theirs"))},
        {PATH: text((4, "theirs"))},
        {PATH: "a\0b"},
        None,
    ],
    ids=["nothing", "elsewhere", "far away", "the same", "the same and more", "there", "beside", "binary", "deleted"],
)
def test_it_is_what_git_says(theirs: dict[str, str | bytes] | None, tmp_path: Path) -> None:
    host = tmp_path / "host.git"
    make_bare(host, {PATH: text(), "README": "x"})
    git(host, "branch", "ours", "main")
    head = commit(host, {PATH: text((3, "ours"))}, "ours")
    if theirs is None:
        who = "A <a@example.com> 1 +0000"
        lines = ("commit refs/heads/main", f"committer {who}", "data 1", "x", "from refs/heads/main^0", f"D {PATH}", "")
        git(host, "fast-import", "--quiet", given="\n".join(lines))
    elif theirs:
        commit(host, theirs)
    merged = subprocess.run(
        ["git", "merge-tree", "--write-tree", "main", "ours"], cwd=host, env=environment(host), capture_output=True,
        check=False,
    )  # fmt: skip
    stores = Stores(tmp_path / "stores")
    stores.folder.mkdir()
    store = stores.take()
    entry = Entry(1, "host", "git", str(host), State.OPEN, head=head, branch="ours", store=store.number)
    found = has_conflicts(store, Url(str(host)), entry, "HEAD")
    store.close()
    assert found == (merged.returncode != 0)
