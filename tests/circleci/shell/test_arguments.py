"""What docker takes the arguments of `docker login` for."""

from __future__ import annotations

import json

import pytest

from migrator.circleci.shell.arguments import Arguments, read_arguments
from migrator.circleci.shell.logins import Login, logins_of
from migrator.circleci.shell.scripts import read_script
from migrator.circleci.shell.words import Word
from tests.corpus import SHARED

# github.com/docker/cli v29.7.2, cli/command/registry/login.go: its flags, each with its letter and whether it takes a
# value, and the errors of `verifyLoginFlags`.
FLAGS = {"--username": ("-u", True), "--password": ("-p", True), "--password-stdin": ("", False)}
SUITE = SHARED.parent / "suites" / "docker-login.json"


def read(arguments: str) -> Arguments:
    (login,) = read_script(f"docker login {arguments}").statements
    return read_arguments(login.commands[0].words[2:])


def shown(word: Word | None) -> str | None:
    return None if word is None else f"${word.variable}" if word.variable else word.literal


def values(given: Arguments) -> tuple[str | None, str | None, str | None, bool]:
    return shown(given.user), shown(given.password), shown(given.server), given.stdin


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("-u $U -p $P reg.io", ("$U", "$P", "reg.io", False)),
        ("-u$U -p$P", ("$U", "$P", None, False)),
        ("-u=$U -p=$P", ("$U", "$P", None, False)),
        ("-u= -p==x", ("=", "=x", None, False)),
        ("-pu x", (None, "u", "x", False)),
        ("-up x", ("p", None, "x", False)),
        ("'-u'$U \"-p=\"$P", ("$U", "$P", None, False)),
        ("--user''name=$U --password $P", ("$U", "$P", None, False)),
        ("reg.io --username $U --password=$P", ("$U", "$P", "reg.io", False)),
        ("-u $U --password-stdin -- reg.io", ("$U", None, "reg.io", True)),
        ("-u -p -- --", ("-p", None, "--", False)),
        ("-u $U --password-stdin=true", ("$U", None, None, True)),
        ("-u $U --password-stdin=1", ("$U", None, None, True)),
        ("-u $U --password-stdin=false", ("$U", None, None, False)),
        ("-u $U -p -", ("$U", "-", None, True)),
        ("-u $U --password=- --password-stdin reg.io", ("$U", "-", "reg.io", True)),
        ("-", (None, None, "-", False)),
        ("-p --password-stdin", (None, "--password-stdin", None, False)),
    ],
)
def test_values_are_those_that_docker_takes(arguments: str, expected: object) -> None:
    given = read(arguments)
    assert (values(given), given.refused) == (expected, "")


@pytest.mark.parametrize(
    "arguments",
    [
        "-u $U -p $P --password-stdin",
        "-u $U -p $P --password-stdin=false",
        "-u $U --password-stdin=yes",
        "-u $U --password-stdin=$X",
        "-u $U -p",
        "--username",
        "-u $U -p $P one two",
        "-u $U -p $P -- one two",
        "-u $U -p $P --help",
        "-h -u $U -p $P",
        "--user $U -p $P",
        "--password$X -u $U",
        "-$X -u $U -p $P",
        "--$X -u $U -p $P",
        "---u $U",
        "-e x@y -u $U -p $P",
    ],
)
def test_what_docker_refuses_or_who_knows_is_never_taken(arguments: str) -> None:
    assert read(arguments).refused


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_is_known_by_its_name_and_its_letter(flag: str) -> None:
    letter, takes_value = FLAGS[flag]
    for name in filter(None, (flag, letter)):
        given = read(f"{name} x")
        assert not given.refused
        assert (given.server is None) is takes_value


def logins_with(arguments: list[str], fed: str) -> Login:
    words = " ".join(arguments)
    (login,) = logins_of(read_script(f"{fed}docker login {words}"))
    return login


@pytest.mark.skipif(not SUITE.is_file(), reason=f"no suite of docker's own answers at {SUITE}")
def test_every_list_of_arguments_is_taken_as_docker_takes_it() -> None:
    converted = 0
    for case in json.loads(SUITE.read_text("utf-8")):
        arguments = case["arguments"]
        login = logins_with(arguments, 'echo "$S" | ' if case.get("stdin") else "")
        given = (shown(login.user) or "", shown(login.password) or "", shown(login.server) or "")
        if "err" in case:
            assert login.why_not, arguments
            continue
        password = "$S" if case["stdin"] else case["p"]
        expected = (case["u"], password, case.get("s", ""))
        if not login.why_not:
            converted += 1
            assert given == expected, arguments
        elif case["u"] == "$U" and password in ("$P", "$S") and case.get("s", "reg.io") == "reg.io":
            # What a person meant otherwise stays as it is.
            assert "is repeated" in login.why_not or "to docker: write" in login.why_not, arguments
    assert converted > 100
