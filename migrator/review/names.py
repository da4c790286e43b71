"""The names of contexts and variables that configs already use, offered where a policy needs one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from migrator.circleci.references import parse_reference
from migrator.circleci.shell.logins import logins_of
from migrator.circleci.shell.scripts import read_script
from migrator.tree import Mapping, Node, Sequence, Text, resolve, walk

_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")

Uses = Counter[tuple[str, str]]
"""How often a variable is used for a registry, by host and name; the host is empty where it is hidden."""


@dataclass(slots=True)
class Names:
    """How often each name is used: contexts, and variables without `$`, those of images and those of `docker login`."""

    contexts: Counter[str] = field(default_factory=Counter)
    users: Uses = field(default_factory=Counter)
    passwords: Uses = field(default_factory=Counter)
    login_users: Uses = field(default_factory=Counter)
    login_passwords: Uses = field(default_factory=Counter)

    def add(self, root: Node) -> None:
        """Count the names of one config."""
        for node in walk(root):
            if isinstance(node, Mapping):
                self.contexts.update(_contexts(node))
                self._add_auth(node)
            elif isinstance(node, Text) and "docker" in node.value and "login" in node.value:
                self._add_logins(node.value)

    def _add_logins(self, script: str) -> None:
        for login in logins_of(read_script(script)):
            for counter, word in ((self.login_users, login.user), (self.login_passwords, login.password)):
                if word is not None and word.variable is not None:
                    counter[login.host or "", word.variable] += 1

    def _add_auth(self, node: Mapping) -> None:
        image, auth = _text(node.get("image")), resolve(found) if (found := node.get("auth")) else None
        if image is None or not isinstance(auth, Mapping):
            return
        host = parse_reference(image).registry or ""
        for counter, key in ((self.users, "username"), (self.passwords, "password")):
            if (value := _text(auth.get(key))) and (variable := _VARIABLE.fullmatch(value)):
                counter[host, variable[1]] += 1

    def users_of(self, host: str) -> list[str]:
        """Variables of usernames for this registry, those of images first, the most frequent of each first."""
        return _ranked(host, self.users, self.login_users)

    def passwords_of(self, host: str) -> list[str]:
        """As `users_of`, of passwords."""
        return _ranked(host, self.passwords, self.login_passwords)


def _ranked(host: str, images: Uses, logins: Uses) -> list[str]:
    of_images = Counter({name: count for (registry, name), count in images.items() if registry == host})
    of_logins: Counter[str] = Counter()
    for (registry, name), count in logins.items():
        if registry in (host, ""):
            of_logins[name] += count
    ranks = (sorted(each.items(), key=lambda item: (-item[1], item[0])) for each in (of_images, of_logins))
    return list(dict.fromkeys(name for rank in ranks for name, _ in rank))


def _contexts(node: Mapping) -> Iterator[str]:
    value = resolve(found) if (found := node.get("context")) else None
    items = value.items if isinstance(value, Sequence) else [value] if value is not None else []
    for item in items:
        if (name := _text(item)) and "<<" not in name and name.isprintable():
            yield name


def _text(node: Node | None) -> str | None:
    found = resolve(node) if node is not None else None
    return found.value if isinstance(found, Text) and found.value else None
