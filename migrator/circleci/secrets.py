"""Every literal secret of a file, so that nothing shows one, whatever rules were selected.

Most files hold none, and looking for them must cost next to nothing: a few searches of the text find what has a
secret's name or shape, comments included. Only where the text cannot tell what a value is, is the tree looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.lookup import key_of
from migrator.circleci.secret_values import (
    can_be_hidden,
    is_credential,
    looks_real,
    names_secret,
    tokens_in,
    url_password,
)
from migrator.tree import Mapping, Sequence, Text, resolve, walk

if TYPE_CHECKING:
    from migrator.circleci.config import Config
    from migrator.tree import Node

# One of these stands in nearly every name that `names_secret`, and in the keys of `auth` and `aws_auth`.
_MARKS: Final = ("pass", "secret", "token", "credential", "_key", "apikey")
# Marks of tokens that stand without a name, in URLs and headers; the others are found where a name tells of them.
_FREQUENT: Final = ("AKIA", "PRIVATE KEY", "eyJ", "ghp_", "github_pat_", "hooks.slack.com/", "xox")
_NAME: Final = re.compile(r"[\w.-]*$")
# From a mark to its value: the rest of the name, a colon or an equals sign, and what follows on the same line.
_VALUE: Final = re.compile(r"""[\w.-]*["']?[ \t]*[:=][ \t]*(?P<rest>[^\r\n]*)""")
_PLAIN: Final = re.compile(r"""["']?(?P<value>[^\s"'{}\[\],|>&*!][^\s"'{}\[\],]*)["']*(?:[\s,;)}\]]|$)""")
_OPENERS: Final = ("$", "<", "`", "~", "/")  # references, templates, commands, paths
_ANCHOR: Final = re.compile(r"[&!][\w!.-]+\s*")
_NEXT_LINE: Final = re.compile(r"\s*[^\s#-][^\n:]*$", re.MULTILINE)
_URL: Final = re.compile(r"://[^\s/:@'\"]*:[^\s/@'\"$]+@")
_URLS: Final = re.compile(r"[A-Za-z][\w+.-]*://[^\s/:@'\"]*:[^\s/@'\"$]+@[^\s/:?#'\"]*")
_OPTION: Final = re.compile(r"(?<=\s)(?:-p(?!assword-stdin)|--password(?!-stdin))")
_WORD: Final = re.compile(r"""[\s=]*+["']?+(?P<value>[^\s$"'`<{(\\|&;-][^\s"'|&;]*)""")
_ECHO: Final = re.compile(
    r"""(?:echo|printf)\s++(?:-\w+\s+)*+(?:["']?%s(?:\\n)?["']?\s+)?["']?+(?P<value>[^\s$"'`<{(\\%-][^\s"'|]*)"""
    r"""[^|\n]*(?:\\\n[^|\n]*)*\|\s*(?:sudo\s+)?\w+[^\n|]*\Z"""
)
_CLIENT: Final = re.compile(r"(?:docker|podman)\b[^\n]*\Z")
_HERE: Final = re.compile(r"""<<<|<<-?['"\\A-Za-z_]""")
_CURL: Final = re.compile(r"""curl [^\n]*?(?<=\s)(?:-u|--user)[= ]?["']?[^\s:"']+:[^\s$"']""")


def literal_secrets(config: Config, text: str) -> frozenset[str]:
    """The literal secrets of a config whose text this is. Words that every report has are left out."""
    found: set[str] = set()
    if any(mark in text for mark in _FREQUENT):
        found |= tokens_in(text)
    if any(_URL.match(text, place) for place in _places(text, "://")):
        found.update(password for match in _URLS.finditer(text) if (password := url_password(match[0])))
    if _take_named(text, found) or found:
        _collect(config.root, found)
        _of_images(config, found)
    if _take_logins(text, found):
        _of_scripts(config, found)
    return frozenset(value for value in found if can_be_hidden(value))


def secrets_of_text(text: str) -> frozenset[str]:
    """What looks like a secret in a text that cannot be read: what an error says of it may quote some of it."""
    found = tokens_in(text)
    for match in re.finditer(r"""([\w.-]+)["']?[ \t]*[:=][ \t]*["']?([^\s"',}\]]+)""", text):
        name, value = match.groups()
        # What reads as an alias or a tag under a secret's name is a password that lacks its quotes.
        bare = value.lstrip("*&!%@`|>")
        if names_secret(name) and is_credential(bare) and len(bare) > 3:
            found |= {value, bare}
    return frozenset(value for value in found if can_be_hidden(value))


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _take_named(text: str, found: set[str]) -> bool:
    """Take the secrets that have a name; whether the tree may hold others."""
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose small form is longer, so that no place can be trusted
        return True
    unclear = "aws_access_key_id" in lower and "aws_auth" in lower
    for mark in _MARKS:
        place = lower.find(mark)
        while place >= 0:
            after = _VALUE.match(text, place)
            if after is None:
                place = lower.find(mark, place + len(mark))
                continue
            unclear = _take_value(text, place, after, found) or unclear
            place = lower.find(mark, place + len(mark))
    return unclear


def _take_value(text: str, place: int, after: re.Match[str], found: set[str]) -> bool:
    """Take the value behind a name that says it is a secret; whether only the tree can tell what it is."""
    rest = after["rest"]
    value = rest.lstrip("\"'\\")
    if value[:2] == "${" and ":-" in value[:60]:
        return True
    if (rest and not value) or value[:1] in _OPENERS or _ANCHOR.fullmatch(value):
        return False
    before = _NAME.search(text, max(0, place - 60), place)
    start = before.start() if before else place
    name = text[start : after.start("rest")].rstrip("\"' \t:=")
    if not rest or rest[0] == "#":
        # A value on the next line, or no value, or a mapping.
        return names_secret(name) and _NEXT_LINE.match(text, after.end()) is not None
    plain = _PLAIN.match(rest)
    if plain is None:
        return name == "password" or (rest[0] != "*" and names_secret(name))
    value = plain["value"]
    if real := looks_real(name, value):
        found.add(real)
    return name == "password" and is_credential(value)


def _take_logins(text: str, found: set[str]) -> bool:
    """Take the passwords of logins, those in comments too; whether the scripts have to be read for others."""
    unclear = False
    for place in _places(text, " login"):
        if not _CLIENT.search(text, max(0, place - 80), place):
            continue
        end = text.find("\n", place)
        line = text[place : end if end >= 0 else len(text)]
        words = [match["value"] for option in _OPTION.finditer(line) if (match := _WORD.match(line, option.end()))]
        if "--password-stdin" in line and (echo := _ECHO.search(text, max(0, place - 200), place)):
            words.append(echo["value"])
        found.update(word for word in words if is_credential(word))
        unclear = unclear or bool(words) or line.endswith("\\") or _HERE.search(line) is not None
    return unclear or any(_CURL.match(text, place) for place in _places(text, "curl "))


def _collect(root: Node, found: set[str]) -> None:
    """Secrets by their names, wherever in the tree: in environments, parameters, arguments, lists of `KEY=value`."""
    for node in walk(root):
        if type(node) is Mapping:
            login = node.get("username") is not None
            for entry in node.entries:
                name, text = key_of(entry), resolve(entry.value)
                if name is None or type(text) is not Text or text.is_null:
                    continue
                if login and name == "password" and is_credential(text.value):
                    found.add(text.value)
                _take(name, text.value, found)
        elif type(node) is Sequence:
            for item in node.items:
                if type(item) is Text and "=" in item.value[:100]:
                    name, _, value = item.value.partition("=")
                    _take(name, value, found)


def _take(name: str, value: str, found: set[str]) -> None:
    if "\n" in value.strip() and not names_secret(name):
        return  # a script, which is read as one
    if real := looks_real(name, value):
        found.add(real)


def _of_images(config: Config, found: set[str]) -> None:
    from migrator.circleci.literal_auth import loose_passwords, read_literal_auth

    for auth in read_literal_auth(config):
        found.update(text.value for text in auth.texts.values())
    found.update(text.value for _, text in loose_passwords(config))


def _of_scripts(config: Config, found: set[str]) -> None:
    from migrator.circleci.literal_scripts import read_secret_scripts

    for script in read_secret_scripts(config):
        for secret in script.secrets:
            found |= {secret.value, secret.written}
    if config.processes:
        from migrator.circleci.process_logins import read_process_logins

        found.update(value for login in read_process_logins(config) for value in (login.value, login.written))
