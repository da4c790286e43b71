"""Repositories whose own settings would run something, taken through a campaign. Each setting would leave a file."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.bulk.git import environment, git
from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.repositories import branches, commit, config, make_bare
from tests.bulk.repositories import git as plain_git

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
_HOOKS = (
    "reference-transaction", "post-index-change", "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit",
    "pre-push", "post-checkout", "post-rewrite", "pre-auto-gc", "fsmonitor-watchman",
)  # fmt: skip
_SETTINGS = {
    "fsmonitor": [("core.fsmonitor", "{run}")],
    "ssh": [("core.sshCommand", "{run}"), ("remote.origin.url", "ssh://localhost/x")],
    "credentials": [("credential.helper", "!{run}"), ("core.askPass", "{run}")],
    "filter": [("filter.x.clean", "{run}"), ("filter.x.smudge", "{run}"), ("filter.x.process", "{run}")],
    "diff": [("diff.external", "{run}"), ("diff.x.command", "{run}"), ("diff.x.textconv", "{run}")],
    "signing": [("commit.gpgSign", "true"), ("gpg.program", "{run}"), ("log.showSignature", "true")],
    "pager": [("core.pager", "{run}"), ("core.editor", "{run}"), ("sequence.editor", "{run}")],
    "alternates": [("core.alternateRefsCommand", "{run}")],
    "aliases": [("alias.cat-file", "!{run}"), ("alias.update-ref", "!{run}"), ("alias.fast-import", "!{run}")],
    "packs": [("uploadpack.packObjectsHook", "{run}"), ("core.gitProxy", "{run}")],
    "promisor": [
        ("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"), ("remote.origin.url", "ext::{run}"), ("protocol.ext.allow", "always"),
    ],
    "upkeep": [("gc.auto", "1"), ("gc.recentObjectsHook", "{run}"), ("maintenance.auto", "true")],
}  # fmt: skip


@pytest.fixture
def pwned(tmp_path: Path) -> Path:
    """The file that each setting leaves when it is run."""
    program = tmp_path / "run"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >>{tmp_path}/PWNED\nexit 0\n')
    program.chmod(0o755)
    return tmp_path / "PWNED"


def make_hostile(folder: Path, program: Path, settings: list[tuple[str, str]]) -> Path:
    """A checkout, or a bare repository, with these settings and every hook."""
    control = folder / ".git" if (folder / ".git").is_dir() else folder
    (control / "hooks").mkdir(exist_ok=True)
    for hook in _HOOKS:
        (control / "hooks" / hook).symlink_to(program)
    (control / "info").mkdir(exist_ok=True)
    (control / "info" / "attributes").write_text("* filter=x diff=x\n")
    (control / "objects" / "info").mkdir(exist_ok=True)
    (control / "objects" / "info" / "alternates").write_text(f"{program.parent}/other.git/objects\n")
    # Written by hand: git itself would run some of them.
    with (control / "config").open("a") as file:
        for name, value in settings:
            section, _, key = name.rpartition(".")
            head, _, sub = section.partition(".")
            quoted = value.format(run=program).replace('"', '\\"')
            file.write(f'[{head}{f" {chr(34)}{sub}{chr(34)}" if sub else ""}]\n\t{key} = "{quoted}"\n')
    return folder


@pytest.mark.parametrize("name", _SETTINGS)
def test_nothing_of_a_repository_runs(bulk: Bulk, tmp_path: Path, pwned: Path, states: States, name: str) -> None:
    program, top = tmp_path / "run", tmp_path / "top"
    make_bare(tmp_path / "other.git", {"README": "x"})
    for place in ("checkout", "bare.git"):
        make_bare(tmp_path / f"{place}-origin.git", {CONFIG: config(), ".gitattributes": "* filter=x diff=x\n"})
        bare = ("--bare",) if place == "bare.git" else ()
        plain_git(tmp_path, "clone", "-q", *bare, str(tmp_path / f"{place}-origin.git"), str(top / place))
        make_hostile(top / place, program, _SETTINGS[name])
    bulk("plan", "hub", "--source", f"dir:{top}")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 0
    assert {each["state"] for each in states().values()} == {"pushed"}
    assert not pwned.exists(), pwned.read_text()
    assert bulk("close", "hub").code == 0
    assert not pwned.exists(), pwned.read_text()


def test_an_object_that_is_missing_is_fetched_from_nowhere(bulk: Bulk, tmp_path: Path, pwned: Path) -> None:
    program, top = tmp_path / "run", tmp_path / "top"
    make_bare(tmp_path / "origin.git", {CONFIG: config()})
    plain_git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), str(top / "a"))
    make_hostile(top / "a", program, _SETTINGS["promisor"])
    for pack in (top / "a" / ".git" / "objects").rglob("*"):
        if pack.is_file() and pack.name != "alternates":
            pack.unlink()
    assert bulk("plan", "hub", "--source", f"dir:{top}").code == 3
    assert not pwned.exists(), pwned.read_text()


def test_a_bare_repository_that_a_checkout_holds_is_no_source(
    bulk: Bulk, tmp_path: Path, pwned: Path, states: States
) -> None:
    program, top = tmp_path / "run", tmp_path / "top"
    make_bare(tmp_path / "origin.git", {CONFIG: config()})
    plain_git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), str(top / "a"))
    make_bare(top / "a" / "data" / "evil", {CONFIG: config("evil")})
    make_hostile(top / "a" / "data" / "evil", program, _SETTINGS["fsmonitor"])
    bulk("plan", "hub", "--source", f"dir:{top}")
    found = states()
    assert found["a"]["state"] == "planned"
    assert found["a/data/evil"]["state"] == "skipped"
    assert "inside a checkout" in found["a/data/evil"]["message"]
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 0
    assert branches(top / "a" / "data" / "evil").keys() == {"main"}
    assert not pwned.exists()


def test_a_checkout_that_looks_bare_as_well_is_a_checkout(bulk: Bulk, tmp_path: Path, pwned: Path) -> None:
    program, top = tmp_path / "run", tmp_path / "top"
    evil = {f"{name}": "x" for name in ("objects/x", "refs/x")}
    settings = f"[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsmonitor = {program}\n"
    make_bare(tmp_path / "origin.git", {CONFIG: config(), "HEAD": "ref: refs/heads/x\n", "config": settings, **evil})
    plain_git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), str(top / "a"))
    bulk("plan", "hub", "--source", f"dir:{top}")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 0
    assert BRANCH in branches(top / "a")
    assert not pwned.exists()


def test_git_looks_for_no_repository_above_the_one_it_was_given(tmp_path: Path) -> None:
    plain_git(tmp_path, "init", "-q", ".")
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    assert git(tmp_path / "inner", "rev-parse", "--git-dir").code
    assert git(tmp_path, "rev-parse", "--git-dir").code == 0


@pytest.mark.parametrize("url", ["ext::sh -c touch% {pwned}", "fd::7", "testgit::/x"])
def test_a_list_reaches_no_transport_that_runs_programs(
    bulk: Bulk, tmp_path: Path, pwned: Path, states: States, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "global").write_text('[protocol "ext"]\n\tallow = always\n[protocol]\n\tallow = always\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    (tmp_path / "list").write_text(url.format(pwned=pwned) + "\n")
    assert bulk("plan", "hub", "--source", f"file:{tmp_path}/list").code == 3
    (found,) = states().values()
    assert found["class"] == "git"
    assert not pwned.exists()


@pytest.mark.parametrize(
    ("url", "protocols"),
    [
        ("https://h.example/a", {"https", "ssh"}),
        ("ssh://h.example/a", {"https", "ssh"}),
        ("git@h.example:a/b", {"https", "ssh"}),
        ("http://127.0.0.1/a", {"http"}),
        ("file:///a/b", {"file"}),
        ("/a/b:c", {"file"}),
    ],
)
def test_git_speaks_what_the_url_says(url: str, protocols: set[str]) -> None:
    from migrator.bulk.git import read_url

    assert set(environment(None, read_url(url))["GIT_ALLOW_PROTOCOL"].split(":")) == protocols
    assert environment(None)["GIT_ALLOW_PROTOCOL"] == ""


@pytest.mark.parametrize("kind", ["work tree", "commit"])
def test_a_file_of_gigabytes_costs_no_more_memory_than_a_config_may_have(
    bulk: Bulk, tmp_path: Path, states: States, kind: str
) -> None:
    (tmp_path / "top" / "big").mkdir(parents=True)
    if kind == "work tree":
        plain_git(tmp_path / "top" / "big", "init", "-q", "-b", "main")
        commit(tmp_path / "top" / "big", {CONFIG: config()})
        file = tmp_path / "top" / "big" / CONFIG
        file.parent.mkdir()
        with file.open("wb") as sparse:
            sparse.truncate(5_000_000_000)
    else:
        make_bare(tmp_path / "top" / "big", {CONFIG: bytes(50_000_000)})
    make_bare(tmp_path / "top" / "a.git", {CONFIG: config()})
    tracemalloc.start()
    try:
        said = bulk("plan", "hub", "--source", f"dir:{tmp_path}/top")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert said.code == 3
    assert states()["big"]["class"] == "unreadable-config"
    assert "has more than 20,000,000 bytes" in states()["big"]["message"]
    assert states()["a"]["state"] == "planned"
    assert most < 120_000_000
