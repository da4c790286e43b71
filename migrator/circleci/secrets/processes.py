"""Literal passwords of the `docker login` that a script itself runs, as a list of words or as a text for a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.changes import Change, ReplaceValue, SetText, Variable
from migrator.circleci.secrets.scripts import ScriptSecret, secrets_of
from migrator.circleci.secrets.values import is_credential
from migrator.policy import HUB
from migrator.tree import Alias, Node, Sequence, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_CLIENTS: Final = ("docker", "podman")
_PASSWORD: Final = ("-p", "--password")
_USER: Final = ("-u", "--username")
_EMAIL: Final = ("-e", "--email")
_HUB_HOSTS: Final = frozenset({HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


class ProcessLogin(NamedTuple):
    """One literal password. `host` is the registry as a policy names it, `None` where code decides.

    `problem` says why it can only be told; `scripted` are the places in a text for a shell.
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
    username, host, passwords = "", HUB, list[tuple[Node, str, str]]()
    from_input = has_unknown = False
    index = login + 1
    hosts: list[str | None] = []
    while index < len(words):
        word = words[index]
        flag, equals, value = (word or "").partition("=")
        has_more = index + 1 < len(words)
        if word in _PASSWORD and has_more:
            passwords.append((items[index + 1], words[index + 1] or "", ""))
            index += 1
        elif flag in _PASSWORD and equals:
            passwords.append((items[index], value, "it is in one word with its option"))
        elif word is not None and word.startswith("-p") and word != "-p":
            passwords.append((items[index], word[2:], "it is in one word with its option"))
        elif word in _USER and has_more:
            username = words[index + 1] or ""
            index += 1
        elif flag in _USER and equals:
            username = value
        elif flag in _EMAIL:
            index += not equals
        elif word == "--password-stdin":
            from_input = True
        elif word is None or not word.startswith("-"):
            hosts.append(word)
        elif word != "--" and not word.startswith("-u"):
            has_unknown = True  # whose value the next word may be
        index += 1
    known = None if has_unknown and hosts else _host(hosts[0]) if hosts else host
    text = resolve(standard_input) if standard_input is not None else None
    if from_input and isinstance(text, Text) and standard_input is not None:
        passwords.append((standard_input, text.value.strip(), ""))
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
