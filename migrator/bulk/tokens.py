"""Where the token of a host comes from: the environment, the host's own command line, or git's credential helpers.

Each kind of host says in its `KIND` under which names. A token is never stored, and none is looked up for a URL that
it may not be sent to: only `--api-url` names one, never a repository, and plain HTTP stays on this machine.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from migrator.bulk.git import OUTSIDE, git, leash
from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError

_PATIENCE = 20.0
"""Seconds for a program that knows a token."""


class Token(NamedTuple):
    """What a host accepts. `user` is whose it is where that is known and the host asks for it; `origin` is for
    messages, such as `GH_TOKEN`."""

    value: str
    user: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where tokens of one kind of host come from.

    `names` are variables of the environment, the first of them for messages; `own_names` those for a server of one's
    own, where they differ. `user_names` say whose token of the environment it is. `api_url` is the API's root of the
    public server, `site` the name that git and people know it by.

    `command` prints the token for `{host}`, or a line `password=...` in answer to git's question
    (https://git-scm.com/docs/git-credential#IOFMT); `login` is what a user runs for the command to know it.
    """

    names: tuple[str, ...]
    own_names: tuple[str, ...] = ()
    user_names: tuple[str, ...] = ()
    api_url: str = ""
    site: str = ""
    command: tuple[str, ...] = ()
    login: str = ""

    def variables(self, url: str) -> tuple[str, ...]:
        """The names that count for the API at a URL."""
        return self.names if self._is_public(url) or not self.own_names else self.own_names

    def find(self, url: str, title: str) -> Token:
        """The token for the API at a URL. Raises `UsageError` where there is none, or where it may not be sent there.

        `title` is the kind's, for messages.
        """
        from migrator.services.client import check_url

        parts = urlsplit(check_url(url, "--api-url", f"{title}'s API, https://HOST/..."))
        host = self.site if self._is_public(url) and self.site else parts.netloc
        names = self.variables(url)
        question = f"protocol={parts.scheme}\nhost={host}\n\n".encode()
        found = next(iter(self._found(names, host, question)), None)
        if found is None:
            ways = [f"set {names[0]}", *([f"log in with `{self.login.format(host=host)}`"] if self.login else ())]
            raise UsageError(
                f"no token for {title} at {host}: {', '.join(ways)}, or store it with git's credential helper"
            )
        if not (found.value.isascii() and found.value.isprintable() and " " not in found.value):
            # What no header can carry; the value itself is not shown.
            raise UsageError(f"{found.origin}: the token for {host} contains characters that no token has")
        return found

    def _is_public(self, url: str) -> bool:
        return bool(self.api_url) and urlsplit(url).netloc == urlsplit(self.api_url).netloc

    def _found(self, names: tuple[str, ...], host: str, question: bytes) -> Iterator[Token]:
        for name in names:
            if value := os.environ.get(name, "").strip():
                users = (os.environ.get(user, "").strip() for user in self.user_names)
                yield Token(value, next(filter(None, users), ""), name)
        if self.command:
            command = [word.format(host=host) for word in self.command]
            if token := _read(_said_by(command, question), " ".join(command[:3])):
                yield token
        if token := _read(_said_by_git(question), "git credential"):
            yield token


def _said_by(command: list[str], question: bytes) -> str:
    """What a program of the user prints, nothing where it is not there or does not know. It runs outside of every
    repository, which could bring settings of its own for it."""
    try:
        done = subprocess.run(
            [*leash(), *command], cwd=OUTSIDE, input=question, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _said_by_git(question: bytes) -> str:
    try:
        # In a repository its own helper would be asked, and could answer.
        answer = git(None, "credential", "fill", given=question, timeout=_PATIENCE)
    except RepositoryError:
        return ""
    return answer.out.decode("utf-8", "replace") if answer.code == 0 else ""


def _read(said: str, origin: str) -> Token | None:
    """A token in what a program printed: by itself, or with its user in the form that git uses."""
    fields = dict(line.split("=", 1) for line in said.splitlines() if line.startswith(("username=", "password=")))
    value = fields.get("password", "" if fields else said)
    return Token(value.strip(), fields.get("username", "").strip(), origin) if value.strip() else None
