"""Literal passwords of the `docker login` that a script itself runs, as a list of words or as a text for a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.changes import Change, ReplaceValue, SetText, Variable
from migrator.circleci.secrets.scripts import ScriptSecret, secrets_of
from migrator.circleci.secrets.values import is_credential
from migrator.circleci.shell.arguments import as_words, read_arguments
from migrator.policy import HUB
from migrator.tree import Alias, Node, Sequence, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_CLIENTS: Final = ("docker", "podman")
_HUB_HOSTS: Final = frozenset({HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


class ProcessLogin(NamedTuple):
    """One literal password. `host` is the registry as a policy names it, `None` where code decides.

    `problem` says why it can only be reported; `scripted` are the places in a text for a shell.
    """

    node: Text
    value: str
    written: str
    host: str | None
    username: str
    problem: str = ""
    scripted: ScriptSecret | None = None

    def change(self, variable: str) -> Change:
        """What takes the password from a variable. A shell reads it by itself, and quotes it as it should be."""
        if self.scripted is None:
            return ReplaceValue(self.node, Variable(variable))
        span, text = self.scripted.span, self.node.value
        return SetText(self.node, text[: span.start] + self.scripted.new(variable) + text[span.end :])


def read_process_logins(config: Config) -> list[ProcessLogin]:
    """Every literal password in the commands of a script, each once, in the order of the script."""
    found: dict[tuple[int, str], ProcessLogin] = {}
    for command, standard_input, shell in config.part.processes:
        node = resolve(command)
        if isinstance(node, Text):
            logins = _in_text(node, shell=shell)
        elif isinstance(node, Sequence):
            logins = _in_words(node.items, standard_input)
        else:
            continue
        for login in logins:
            found.setdefault((id(login.node), login.value), login)
    return sorted(found.values(), key=lambda login: login.node.start)


def _in_text(text: Text, *, shell: bool) -> Iterator[ProcessLogin]:
    # What code fills in reads like a template, where a shell would see `<<`.
    for secret in secrets_of(text.value, templates="<<{" in text.value):
        if secret.is_login:
            problem = secret.problem or ("" if shell else "this command does not run in a shell")
            yield ProcessLogin(text, secret.value, secret.written, secret.host, secret.username, problem, secret)


def _in_words(items: list[Node], standard_input: Node | None) -> Iterator[ProcessLogin]:
    words = [text.value if isinstance(text := resolve(item), Text) else None for item in items]
    client = next((i for i, word in enumerate(words) if word is not None and word.rpartition("/")[2] in _CLIENTS), None)
    if client is not None and "login" in words[client + 1 :]:
        yield from _of_login(items, words, words.index("login", client + 1), standard_input)
    for index, word in enumerate(words[:-1]):
        # `["sh", "-c", "docker login ..."]`
        inner = resolve(items[index + 1])
        if word in ("-c", "-lc", "-ec") and isinstance(inner, Text):
            yield from _in_text(inner, shell=True)


def _of_login(
    items: list[Node], words: list[str | None], login: int, standard_input: Node | None
) -> Iterator[ProcessLogin]:
    given = read_arguments(as_words(words[login + 1 :]))
    passwords: list[tuple[Node, str, str]] = []
    if given.stdin:
        text = resolve(standard_input) if standard_input is not None else None
        if isinstance(text, Text) and standard_input is not None:
            passwords.append((standard_input, text.value.strip(), ""))
    elif given.password is not None:
        item = items[login + given.password.span.end]
        text = resolve(item)
        in_one = isinstance(text, Text) and text.value != given.password.literal
        problem = "it is in one word with its option" if in_one else ""
        passwords.append((item, given.password.literal or "", problem))
    username = (given.user.literal if given.user is not None else None) or ""
    known = None if given.hides_server else _host(given.server.literal) if given.server is not None else HUB
    for item, value, problem in passwords:
        node = resolve(item)
        if isinstance(node, Text) and node.options is None and "<<{" not in node.value and is_credential(value):
            if isinstance(item, Alias):
                problem = f"`{item.name}` is a constant: set it to `os.environ[...]`"
            yield ProcessLogin(node, value, node.value, known, username, problem)


def _host(server: str | None) -> str | None:
    if server is None or "<<{" in server:
        return None
    host = (server.partition("://")[2] or server).partition("/")[0]
    return HUB if host in _HUB_HOSTS else host
