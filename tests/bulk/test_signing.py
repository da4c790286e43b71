"""Commits of a campaign are signed where the user's git signs, with the user's own program and key, for real."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.conftest import CONFIG, Bulk
from tests.bulk.repositories import ENVIRONMENT, branches, commit, commits_on, config, git, make_bare

States = Callable[[], dict[str, dict[str, Any]]]
BRANCH = "migrator/hub"
needs_ssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own git configuration."""
    path = tmp_path / "gitconfig"
    path.touch()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    return path


def make_key(path: Path, passphrase: str = "") -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", path], check=True)
    return path


@pytest.fixture
def ssh(tmp_path: Path, settings: Path) -> Path:
    key = make_key(tmp_path / "key")
    allowed = tmp_path / "allowed"
    allowed.write_text(f"person@example.com {key.with_suffix('.pub').read_text()}")
    settings.write_text(
        f"[commit]\n\tgpgSign\n[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = {key}.pub\n"
        f'[gpg "ssh"]\n\tallowedSignersFile = {allowed}\n'
    )
    return key


def status_of(path: Path, settings: Path) -> str:
    """`G` for a good signature, `N` for none: https://git-scm.com/docs/git-log#Documentation/git-log.txt-G."""
    done = subprocess.run(
        ["git", "log", "-1", "--format=%G?%an%n%B", BRANCH], cwd=path, capture_output=True, text=True, check=True,
        env={**ENVIRONMENT, "GNUPGHOME": os.environ.get("GNUPGHOME", ""), "GIT_CONFIG_GLOBAL": str(settings)},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert "Migrator-Campaign: hub" in lines
    return lines[0]


def campaign(bulk: Bulk, source: str) -> Any:
    bulk("plan", "hub", "--source", source)
    bulk("review", "hub", "--approve", "all")
    return bulk("push", "hub")


def listed(tmp_path: Path, *paths: Path) -> str:
    (tmp_path / "list.txt").write_text("".join(f"file://{path}\n" for path in paths))
    return f"file:{tmp_path}/list.txt"


@needs_ssh
@pytest.mark.parametrize("kind", ["dir", "git"])
def test_commits_are_signed_by_ssh(
    bulk: Bulk, tmp_path: Path, ssh: Path, settings: Path, states: States, kind: str
) -> None:
    path = tmp_path / "top" / "a.git"
    make_bare(path, {CONFIG: config()})
    said = campaign(bulk, f"dir:{tmp_path}/top" if kind == "dir" else listed(tmp_path, path))
    assert said.code == 0, said.err
    assert "signed" not in said.err
    assert status_of(path, settings) == "GA Person"
    assert len(commits_on(path, BRANCH)) == 1
    git(path, "fsck", "--strict")
    head = branches(path)[BRANCH]
    # A config that changes later moves our own commit, which is still known by what it does.
    commit(path, {CONFIG: config("other")})
    bulk("plan", "hub")
    bulk("review", "hub", "--approve", "all")
    assert bulk("push", "hub").code == 0
    assert branches(path)[BRANCH] != head
    assert status_of(path, settings) == "GA Person"


@needs_ssh
def test_a_repository_with_long_ids_is_signed(bulk: Bulk, tmp_path: Path, ssh: Path, settings: Path) -> None:
    path = tmp_path / "top" / "a.git"
    path.mkdir(parents=True)
    git(path, "init", "-q", "--bare", "--template=", "-b", "main", "--object-format=sha256")
    commit(path, {CONFIG: config()})
    assert campaign(bulk, f"dir:{tmp_path}/top").code == 0
    assert status_of(path, settings) == "GA Person"


@needs_ssh
def test_a_signing_program_of_a_repository_does_not_run(bulk: Bulk, tmp_path: Path, ssh: Path, settings: Path) -> None:
    path = tmp_path / "top" / "a.git"
    make_bare(path, {CONFIG: config()})
    program = tmp_path / "run"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/PWNED\n")
    program.chmod(0o755)
    for key in ("gpg.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand", "gpg.openpgp.program"):
        git(path, "config", key, str(program))
    git(path, "config", "gpg.format", "openpgp")
    git(path, "config", "user.signingKey", str(tmp_path / "theirs"))
    assert campaign(bulk, f"dir:{tmp_path}/top").code == 0
    assert not (tmp_path / "PWNED").exists()
    git(path, "config", "--unset", "gpg.ssh.program")
    assert status_of(path, settings) == "GA Person"


@pytest.mark.parametrize("where", ["repository", "checkout here"])
def test_a_repository_does_not_decide_that_commits_are_signed(
    bulk: Bulk, tmp_path: Path, settings: Path, where: str
) -> None:
    path = tmp_path / "top" / "a.git"
    make_bare(path, {CONFIG: config()})
    if where == "checkout here":
        git(Path.cwd(), "init", "-q")
    git(path if where == "repository" else Path.cwd(), "config", "commit.gpgSign", "true")
    assert campaign(bulk, f"dir:{tmp_path}/top").code == 0
    assert status_of(path, settings) == "NA Person"


@needs_ssh
def test_a_key_that_cannot_sign_ends_the_run_before_anything_is_pushed(
    bulk: Bulk, tmp_path: Path, ssh: Path, settings: Path, states: States
) -> None:
    ssh.unlink()
    ssh.with_suffix(".pub").unlink()
    make_key(ssh, "a passphrase that nobody is asked for")
    path = tmp_path / "top" / "a.git"
    make_bare(path, {CONFIG: config()})
    said = campaign(bulk, f"dir:{tmp_path}/top")
    assert said.code == 2
    assert "commit.gpgSign is set, but git cannot sign a commit" in said.err
    assert branches(path).keys() == {"main"}
    assert {each["state"] for each in states().values()} == {"approved"}


@needs_ssh
def test_a_dry_run_says_that_commits_are_signed(bulk: Bulk, tmp_path: Path, ssh: Path) -> None:
    make_bare(tmp_path / "top" / "a.git", {CONFIG: config()})
    bulk("plan", "hub", "--source", f"dir:{tmp_path}/top")
    bulk("review", "hub", "--approve", "all")
    assert "commits will be signed" in bulk("push", "hub", "--dry-run").err


@pytest.fixture
def gpg(tmp_path: Path, settings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    # The socket of the agent lies there: its path may have some 100 characters.
    home = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    monkeypatch.setenv("GNUPGHOME", str(home))
    made = subprocess.run(
        ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "A Person <person@example.com>",
         "ed25519", "sign"], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"this system makes no key with gpg: {made.stderr.strip()}")
    settings.write_text("[commit]\n\tgpgSign = yes\n")
    yield "person@example.com"
    subprocess.run(["gpgconf", "--kill", "all"], check=False)
    shutil.rmtree(home)


def test_commits_are_signed_by_gpg(bulk: Bulk, tmp_path: Path, gpg: str, settings: Path) -> None:
    path = tmp_path / "top" / "a.git"
    make_bare(path, {CONFIG: config()})
    said = campaign(bulk, f"dir:{tmp_path}/top")
    assert said.code == 0, said.err
    assert status_of(path, settings)[0] in "GU"
