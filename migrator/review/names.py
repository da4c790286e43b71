"""The names of contexts and variables that configs use already, to be offered where a policy needs such names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from migrator.circleci.references import parse_reference
from migrator.tree import Mapping, Node, Sequence, Text, resolve, walk

_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_LOGIN = re.compile(r"docker\s+login\b[^\n|;&]*")
_USER = re.compile(r"(?:-u|--username)[ =]+[\"']?\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_PASSWORD = re.compile(r"(?:-p|--password)[ =]+[\"']?\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_PIPED = re.compile(r"echo\s+(?:-n\s+)?[\"']?\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?[\"']?\s*\|\s*docker\s+login\b")


@dataclass(slots=True)
class Names:
    """How often each name is used. Credentials are counted by the host of their registry; variables have no `$`."""

    contexts: Counter[str] = field(default_factory=Counter)
    users: Counter[tuple[str, str]] = field(default_factory=Counter)
    passwords: Counter[tuple[str, str]] = field(default_factory=Counter)
    logins: Counter[str] = field(default_factory=Counter)
    piped: Counter[str] = field(default_factory=Counter)

    def add(self, root: Node, text: str) -> None:
        """Count the names of one config."""
        for node in walk(root):
            if type(node) is Mapping:
                self.contexts.update(_contexts(node))
                self._add_auth(node)
        for login in _LOGIN.findall(text):
            self.logins.update(_USER.findall(login))
            self.piped.update(_PASSWORD.findall(login))
        self.piped.update(_PIPED.findall(text))

    def _add_auth(self, node: Mapping) -> None:
        image, auth = _text(node.get("image")), resolve(found) if (found := node.get("auth")) else None
        if image is None or type(auth) is not Mapping:
            return
        host = parse_reference(image).registry or ""
        for counter, key in ((self.users, "username"), (self.passwords, "password")):
            if (value := _text(auth.get(key))) and (variable := _VARIABLE.fullmatch(value)):
                counter[host, variable[1]] += 1

    def users_of(self, host: str) -> list[str]:
        """Variables of user names, those of this registry first, the most frequent of each first."""
        return _ranked(self.users, self.logins, host)

    def passwords_of(self, host: str) -> list[str]:
        return _ranked(self.passwords, self.piped, host)


def _ranked(counter: Counter[tuple[str, str]], scripts: Counter[str], host: str) -> list[str]:
    own = Counter({name: count for (registry, name), count in counter.items() if registry == host})
    names = [
        name for ranks in (own, scripts) for name, _ in sorted(ranks.items(), key=lambda item: (-item[1], item[0]))
    ]
    return list(dict.fromkeys(names))


def _contexts(node: Mapping) -> Iterator[str]:
    value = resolve(found) if (found := node.get("context")) else None
    items = value.items if type(value) is Sequence else [value] if value is not None else []
    for item in items:
        if (name := _text(item)) and "<<" not in name and name.isprintable():
            yield name


def _text(node: Node | None) -> str | None:
    found = resolve(node) if node is not None else None
    return found.value if type(found) is Text and found.value else None
