"""Where the token of a host comes from, and where none is looked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.bulk.host import Kind
from migrator.bulk.kinds import kinds
from migrator.bulk.tokens import Token, Tokens
from migrator.errors import UsageError
from tests.bulk.repositories import git as plain_git

TOKENS = Tokens(
    ("SHELF_TOKEN", "SHELF_OLD_TOKEN"),
    own_names=("SHELF_OWN_TOKEN",),
    user_names=("SHELF_EMAIL",),
    api_url="https://api.shelf.example/v1",
    site="shelf.example",
    command=("shelf", "token", "--for", "{host}"),
    login="shelf login {host}",
)
OWN = "https://own.example/api/v1"
Program = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable, no program of a host, and a git of its own settings."""
    for kind in (TOKENS, *(kind.tokens for kind in kinds().values() if kind.tokens)):
        for name in (*kind.names, *kind.own_names, *kind.user_names):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Put a program on the path; `$*` is what it is called with, its input what git would ask."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    def put(name: str, script: str) -> None:
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    return put


def git_helper(script: str) -> None:
    plain_git(Path.cwd(), "config", "--file", os.environ["GIT_CONFIG_GLOBAL"], "credential.helper", f"!{script}")


@pytest.mark.parametrize(
    "url", ["http://own.example/api/v1", "http://192.0.2.1/api", "http://localhost.example/", "ftp://own.example/"]
)
def test_no_token_is_looked_up_for_what_is_neither_https_nor_here(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELF_OWN_TOKEN", "own-1")
    with pytest.raises(UsageError, match="https"):
        TOKENS.find(url, "Shelf")


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000"])
def test_plain_http_stays_on_this_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELF_OWN_TOKEN", "own-1")
    assert TOKENS.find(f"http://{host}/api/v1", "Shelf").value == "own-1"


def test_a_url_with_a_login_in_it_is_not_repeated() -> None:
    with pytest.raises(UsageError) as raised:
        TOKENS.find("https://me:hidden@own.example/api", "Shelf")
    assert "hidden" not in str(raised.value)


def test_without_a_token_the_message_says_what_to_do_for_which_host() -> None:
    with pytest.raises(UsageError) as raised:
        TOKENS.find(OWN, "Shelf")
    assert str(raised.value) == (
        "no token for Shelf at own.example: set SHELF_OWN_TOKEN, log in with `shelf login own.example`, "
        "or store it with git's credential helper"
    )
    with pytest.raises(UsageError, match=r"at shelf\.example: set SHELF_TOKEN, log in with `shelf login shelf\.ex"):
        TOKENS.find(TOKENS.api_url, "Shelf")


def test_the_token_of_the_public_server_does_not_count_for_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELF_TOKEN", "public-1")
    assert TOKENS.find(TOKENS.api_url, "Shelf") == Token("public-1", "", "SHELF_TOKEN")
    with pytest.raises(UsageError, match="set SHELF_OWN_TOKEN"):
        TOKENS.find(OWN, "Shelf")


def test_the_environment_comes_first_with_the_user_it_names(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("shelf", "echo of-the-program")
    monkeypatch.setenv("SHELF_TOKEN", "  ")
    monkeypatch.setenv("SHELF_OLD_TOKEN", "old-1\n")
    monkeypatch.setenv("SHELF_EMAIL", "me@shelf.example")
    assert TOKENS.find(TOKENS.api_url, "Shelf") == Token("old-1", "me@shelf.example", "SHELF_OLD_TOKEN")


def test_then_the_hosts_own_program_is_asked_outside_of_every_repository(program: Program, tmp_path: Path) -> None:
    plain_git(tmp_path, "init", "-q", ".")
    program("shelf", 'test "$(pwd)" = / && echo "$*" | tr " " - ')
    assert TOKENS.find(OWN, "Shelf").value == "token---for-own.example"
    assert TOKENS.find(TOKENS.api_url, "Shelf").value == "token---for-shelf.example"


def test_a_program_may_answer_as_git_helpers_do(program: Program) -> None:
    program("shelf", "grep -q host=own.example && printf 'protocol=https\\nusername=me\\npassword=p=1\\n'")
    assert TOKENS.find(OWN, "Shelf") == Token("p=1", "me", "shelf token --for")


@pytest.mark.parametrize("script", ["exit 1", "echo said-but-failed; exit 3", "true", "echo username=me"])
def test_a_program_that_knows_no_token_leaves_it_to_git(program: Program, script: str) -> None:
    program("shelf", script)
    git_helper("f() { test $1 = get && grep -q host=own.example && echo username=you && echo password=git-1; }; f")
    assert TOKENS.find(OWN, "Shelf") == Token("git-1", "you", "git credential")


def test_a_helper_of_git_that_knows_nothing_is_no_token() -> None:
    git_helper("true")
    with pytest.raises(UsageError, match=r"no token for Shelf at own\.example"):
        TOKENS.find(OWN, "Shelf")


def test_the_helper_of_a_repository_is_not_asked(tmp_path: Path) -> None:
    plain_git(tmp_path, "init", "-q", ".")
    plain_git(tmp_path, "config", "credential.helper", f"!touch {tmp_path / 'pwned'}; echo password=p; echo")
    with pytest.raises(UsageError, match="no token"):
        TOKENS.find(OWN, "Shelf")
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("value", ["two words", "caf\u00e9", "a\x1bb", "first\nsecond"])
def test_what_no_header_can_carry_is_no_token_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELF_OWN_TOKEN", value)
    with pytest.raises(UsageError, match=r"SHELF_OWN_TOKEN: the token for own\.example contains") as raised:
        TOKENS.find(OWN, "Shelf")
    assert value not in str(raised.value)


@pytest.mark.parametrize("kind", [kind for kind in kinds().values() if kind.tokens], ids=lambda kind: kind.name)
def test_every_kind_names_variables_and_programs(kind: Kind) -> None:
    tokens = kind.tokens
    assert tokens
    assert all(name == name.upper() and name.isidentifier() for name in (*tokens.names, *tokens.own_names))
    assert tokens.names
    for command in filter(None, (tokens.command, tokens.login.split())):
        assert command[0].islower()
