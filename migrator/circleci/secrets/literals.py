"""Every literal secret of a file, so that nothing shows one, whatever rules were selected.

All that `literal-secret` reports is hidden: what images, logins, scripts and `sightings` have. More is hidden by its
name alone: the tree says what has a secret's name, and the text what a comment or a script has under one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from migrator.circleci.lookup import key_of
from migrator.circleci.secrets.auth import AWS_KEYS, PASSWORD, loose_passwords, read_literal_auth
from migrator.circleci.secrets.carriers import carried_in
from migrator.circleci.secrets.sightings import read_sightings
from migrator.circleci.secrets.tokens import tokens_in
from migrator.circleci.secrets.values import (
    can_be_hidden,
    is_credential,
    is_random,
    looks_real,
    names_secret,
)
from migrator.circleci.secrets.words import STAGES
from migrator.startup.patterns import lazy
from migrator.tree import Mapping, Sequence, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config
    from migrator.tree import Node

# One of these is in every name that `names_secret`, and in the keys of `auth` and `aws_auth`.
_MARKS: Final = ("pass", "secret", "token", "cred", "apikey", "accesskey", "privatekey", "authkey", "pwd")
_STAGE: Final = rf"(?:[_.-]?\d+|[_-](?i:{'|'.join(sorted(STAGES, key=len, reverse=True))})\d*)?"
# As a whole word only: `path` and `key:` are in every config.
_WHOLE_MARKS: Final = (
    ("key", lazy(rf"(?<=[A-Za-z0-9_.-])[kK](?:ey|EY)[sS]?{_STAGE}(?![A-Za-z_-])")),
    ("auth", lazy(rf"(?<=[A-Za-z0-9_.-])[aA](?:uth|UTH){_STAGE}(?![A-Za-z_-])")),
    ("pw", lazy(r"(?<=[A-Za-z0-9_.-])[pP][wW](?![A-Za-z_-])")),
    ("pat", lazy(r"(?:(?<![A-Za-z])[pP]|(?<=[a-z0-9])P)(?:at|AT)(?![A-Za-z])")),
)
_CREDENTIALS: Final = frozenset((PASSWORD, *AWS_KEYS))
# From a mark to its value: the rest of the name, the bracket of an item or a type, what assigns or compares in one
# language or another (`:`, `=`, `:=` of Go and make, `=>`, the comma between two strings), and what follows on that
# line. Cut off, so that a long line full of marks is not read once more for each.
_VALUE: Final = lazy(
    r"""[\w.-]*(?:["']?\]?[ \t]*(?:string[ ]?|:[ \t]{0,4}[A-Za-z][\w.]{0,40}[ \t]{1,4}(?==[ \t]))?"""
    r"""(?::{1,3}=|[?.+!]?={1,3}>?|:)|["'],(?=[ ]?["']))(?:[ \t]|\\\r?\n)*+"""
    r"""(?P<rest>[^\r\n]{0,2048})"""
)
_PLAIN: Final = lazy(r"""["']?!?(?P<value>[^\s"'{}\[\],|>&*!][^\s"'{}\[\],]*)["']*(?:[\s,;)}\]]|$)""")
# Between quotes every mark belongs to the value; what has a blank within is prose.
_QUOTED: Final = lazy(
    r"""(?:[bru]{1,2}(?=["']))?(?P<quote>["]{3}|[']{3}|\\?["'])[ \t]*(?P<value>(?:(?!(?P=quote))\S){6,})[ \t]*"""
    r"""(?P=quote)(?![\w"'])"""
)
# So it does without quotes, but where it may be code.
_BARE: Final = lazy(r"""[^\s"'`<>|&;\\()\[\]{*!~/$][^\s"'`<|&;\\()\[\]]{5,}(?=[\s"'|&;]|$)""")
# `--token value`, `aws configure set aws_secret_access_key value`
_SPACED: Final = lazy(r"""[\w.-]*["']?[ \t]+["']?(?P<value>[^\s"'{}\[\],|>&*!$<`(][^\s"'{}\[\],]*)""")
_BLANK: Final = lazy(r"""[\w.-]*["']?[ \t]+""")
_RAW: Final = lazy(r"`(?P<value>[^`\s]{6,})`")  # of Go, which nothing but `:=` says from a command of a shell
_ELEMENT: Final = lazy(r"[\w.-]*>\s{0,80}(?P<value>[^<>\s$]+)\s{0,80}</")  # of Maven's settings.xml, say
_PATH: Final = lazy(r"(?:^|[\w.-])/[\w.-]{3,}/|[./~]/|/$|\.\w{2,4}$")
_ENDS: Final = lazy(r"[;&|\\]")
_CALL: Final = lazy(r"[A-Za-z_][\w.]*\(")  # of a program in a script
_OPENERS: Final = ("$", "<", "`", "~", "/")  # references, templates, commands, paths
_CLIENT: Final = lazy(r"(?:docker|podman|buildah|skopeo|nerdctl|helm|oras|crane)\b(?:\\\r?\n|[^\n])*\Z")
_LOGICAL_LINE: Final = lazy(r"(?:\\\r?\n|[^\n])*")
_OPTION: Final = lazy(r"(?<=\s)(?:-p(?!assword)|--?password(?!-stdin))")
_WORD: Final = lazy(r"""[\s=]*+["']?+(?P<value>[^\s$"'`<{(\\|&;-][^\s"'|&;]*)""")
_ECHO: Final = lazy(
    r"""(?:echo|printf)\s++(?:-\w+\s+)*+(?:["']?%s(?:\\n)?["']?\s+)?["']?+(?P<value>[^\s$"'`<{(\\%-][^\s"'|]*)"""
    r"""[^|\n]*(?:\\\n[^|\n]*)*\|\s*(?:sudo\s+)?\w+[^\n|]*\Z"""
)
# Between two strings that code makes one of.
_JOINT: Final = lazy(r"""["'][ \t]*(?:\\?\r?\n[ \t]*)?(?:\+[ \t]*(?:\\?\r?\n[ \t]*)?)?[bru]{0,2}["']""")
_CURL: Final = lazy(
    r"""curl (?:\\\r?\n|[^\n])*?(?<=\s)(?:-[a-zA-Z#]*u|--user)(?:[= \t]|\\\r?\n)*+["']?(?P<user>[^\s:"'$]*)[^\s:"']*"""
    r""":(?P<value>[^\s"'`|;&]*)"""
)


def literal_secrets(config: Config, text: str) -> frozenset[str]:
    """The literal secrets of a config whose text this is. Words that every report has are left out."""
    found = {value for carried in carried_in(text) for value in (carried.value, *carried.parts)}
    found.update(value for sighting in read_sightings(config) for value in (sighting.value, *sighting.parts))
    _take_named(text, found)
    if _collect(config.root, found):
        _of_images(config, found)
    _take_logins(text, found)
    _of_scripts(config, found)
    if joined := {value for value in found if value not in text}:
        found.update(piece for piece in _pieces(text, joined) if len(piece) > 3)  # shorter ones are words of all texts
    return frozenset(value for value in found if can_be_hidden(value))


def secrets_of_text(text: str) -> frozenset[str]:
    """What looks like a secret in a text that cannot be read: what an error says of it may quote some of it."""
    found = tokens_in(text)
    for match in re.finditer(r"""(?<![\w.-])([\w.-]++)["']?[ \t]*+[:=]\s*+["']?(?![{\[])([^\s"',}\]]+)""", text):
        name, value = match.groups()
        # What reads as an alias or a tag under a secret's name is a password that lacks its quotes.
        bare = value.strip("*&!%@`|>:")
        if names_secret(name) and is_credential(bare) and len(bare) > 3 and not ("\n" in match[0] and value[-1] == ":"):
            found |= {value, bare}
    # Nor would anybody call an anchor so.
    for alias in re.findall(r"""\*([^\s"',}\]]+)""", text):
        if is_random(alias) and sum(map(str.isdigit, alias)) > 2:
            found |= {alias, alias.rstrip(":")}
    return frozenset(value for value in found if can_be_hidden(value))


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _take_named(text: str, found: set[str]) -> None:
    """Take what has a secret's name in comments and scripts, which the tree does not take apart."""
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose small form is longer, so that no place could be trusted
        lower = "".join(letter if len(letter.lower()) > 1 else letter.lower() for letter in text)
    for mark in _MARKS:
        for place in _places(lower, mark):
            _take_value(text, place, found)
    for mark, whole in _WHOLE_MARKS:
        for place in _places(lower, mark):
            if whole.match(text, place):
                _take_value(text, place, found)


def _take_value(text: str, place: int, found: set[str]) -> None:
    """Take the value behind a name that says it is a secret."""
    after = _VALUE.match(text, place)
    if after is None:
        blank = _BLANK.match(text, place)
        spaced = blank and (_QUOTED.match(text, blank.end()) or _SPACED.match(text, place))
        if spaced:
            _take_spaced(text, _name(text, place, spaced.start("value")), spaced, found)
        elif element := _ELEMENT.match(text, place):
            found.update(_real(_name(text, place, element.start("value") - 1), element["value"]))
        return
    rest = after["rest"]
    if quoted := _QUOTED.match(rest) or (":=" in after[0][: -len(rest)] and _RAW.match(rest)):
        found.update(_real(_name(text, place, after.start("rest")), quoted["value"]))
    if rest.lstrip("\"'\\")[:1] not in _OPENERS and (plain := _PLAIN.match(rest)):
        name, value = _name(text, place, after.start("rest")), plain["value"]
        if _CALL.match(value):
            return
        found.update(_real(name, value))
        if "=" in after[0][: -len(rest)]:
            # In a shell and in a URL the value ends there.
            found.update(_real(name, _ENDS.split(value, maxsplit=1)[0].rstrip(":")))
    if (bare := _BARE.match(rest)) and is_random(bare[0]):
        found.update(_real(_name(text, place, after.start("rest")), bare[0].rstrip(",}")))


def _name(text: str, place: int, end: int) -> str:
    start, least = place, max(0, place - 60)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in "_.-"):
        start -= 1
    return text[start:end].rstrip("\"' \t:=")


def _take_spaced(text: str, name: str, spaced: re.Match[str], found: set[str]) -> None:
    """Take a value behind a blank: prose has such too, and variables that are followed by more."""
    value = spaced["value"]
    if names_secret(name) and looks_real(name, value):
        start = text.rfind(name, 0, spaced.start("value"))
        if name.startswith("--") or (
            text[max(start - 1, 0)] not in "${" and is_random(value) and not _PATH.search(value)
        ):
            found.add(value)


def _take_logins(text: str, found: set[str]) -> None:
    """Take the passwords of logins and of `curl -u` in comments, and in scripts that cannot be read."""
    for place, end in _until_next(text, "login"):
        if not _CLIENT.search(text, max(0, place - 80), place):
            continue
        command = _LOGICAL_LINE.match(text, place, end)
        line = command[0] if command else ""
        for option in _OPTION.finditer(line):
            if match := _WORD.match(line, option.end()):
                found.update({match["value"]} if is_credential(match["value"]) else ())
        if "--password-stdin" in line:
            before = _command_before(text[max(0, place - 200) : place])
            if (echo := _ECHO.search(before)) and is_credential(echo["value"]):
                found |= {echo["value"], echo["value"].rstrip(";)}")}
    for place, end in _until_next(text, "curl "):
        if (curl := _CURL.match(text, place, end)) and "$" not in curl["value"] and is_credential(curl["value"]):
            found.add(curl["value"])


def _until_next(text: str, word: str) -> Iterator[tuple[int, int]]:
    """The places of a word, each with where the next begins: what is there is another command's."""
    places = [*_places(text, word), len(text)]
    return pairwise(places)


def _command_before(text: str) -> str:
    """What of a text is one command with what is behind it: all behind a line without `\\` or `|` at its end."""
    start = text.rfind("\n")
    while start > 0 and text[:start].rstrip()[-1:] in ("\\", "|"):
        start = text.rfind("\n", 0, start)
    return text[start + 1 :]


def _collect(root: Node, found: set[str]) -> bool:
    """Take secrets by their names, wherever in the tree; whether images may have some.

    Tokens and passwords of URLs have no need of a name: those were found in the text.
    """
    images = False
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if type(node) is Mapping:  # with `is`, here and below: this meets every node of a file
            for entry in node.entries:
                key, value = entry.key, entry.value
                name = key.value if type(key) is Text else key_of(entry)
                if type(value) is Mapping or type(value) is Sequence:
                    waiting.append(value)
                    if name is not None and names_secret(name):
                        found.update(_of_parameter(name, value))
                    continue
                text = resolve(value)
                if name is None or type(text) is not Text:
                    continue
                if name in _CREDENTIALS and is_credential(text.value):
                    images = True
                    if node.get("username") is not None:
                        found.add(text.value)
                if names_secret(name):
                    found.update(_real(name, text.value))
                elif name == "environment":
                    found.update(_assigned(text.value))
        elif type(node) is Sequence:
            for item in node.items:
                if type(item) is not Text:
                    waiting.append(item)
                elif "=" in item.value:
                    found.update(_assigned(item.value))
    return images


def _real(name: str, value: str) -> tuple[str, ...]:
    real = looks_real(name, value)
    return (real,) if real else ()


def _of_parameter(name: str, value: Mapping | Sequence) -> Iterator[str]:
    """The secrets that a parameter has for a default, or a matrix for its values."""
    for node in value.items if isinstance(value, Sequence) else [value.get("default")]:
        if isinstance(node, Text):
            yield from _real(name, node.value)


def _assigned(text: str) -> tuple[str, ...]:
    """The secret of `KEY=value`, an item of an `environment` or the whole of one."""
    name, _, value = text.partition("=")
    return _real(name, value) if names_secret(name) else ()


def _pieces(text: str, values: set[str]) -> Iterator[str]:
    """The parts of values that code spells in several strings."""
    parts = _JOINT.split(text)
    whole = "".join(parts)
    for value in values:
        for place in _places(whole, value):
            start = 0
            for part in parts:
                yield part[max(place - start, 0) : max(place + len(value) - start, 0)]
                start += len(part)


def _of_images(config: Config, found: set[str]) -> None:
    for auth in read_literal_auth(config):
        found.update(text.value for text in auth.texts.values())
    found.update(text.value for _, text in loose_passwords(config))


def _of_scripts(config: Config, found: set[str]) -> None:
    from migrator.circleci.secrets.scripts import read_secret_scripts

    for script in read_secret_scripts(config):
        for secret in script.secrets:
            found |= {secret.value, secret.written}
    if config.part.processes:
        from migrator.circleci.secrets.processes import read_process_logins

        found.update(value for login in read_process_logins(config) for value in (login.value, login.written))
