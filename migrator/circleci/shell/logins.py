"""`docker login` in shell: which registry, which user, where the password comes from, and why it may have to stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from migrator.circleci.shell.arguments import read_arguments
from migrator.circleci.shell.pieces import Piece, PieceKind
from migrator.circleci.shell.scripts import SIMPLE, Command, Pipeline, Redirect, Script, Statement
from migrator.circleci.shell.words import Word
from migrator.policy import HUB
from migrator.startup.patterns import lazy
from migrator.startup.records import record, replace

_QUOTES: Final = "\"'"
_PRINTERS: Final = frozenset({"echo", "printf"})
_FORMATS: Final = frozenset({"%s", r"%s\n"})
_HUB_HOSTS: Final = frozenset({HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
# What the orb takes as it is: `eval echo` of it must not do more than put variables in.
_SERVER: Final = lazy(r"[\w.:/-]+")
# From the last `docker` before it: a text of many would be read to its end from each.
_IN_TEXT: Final = lazy(r"\bdocker\b(?:(?!\bdocker\b)[^\n;|&])*?\slogin\b")
_REQUIRED: Final = lazy(r"\$\{([A-Za-z_]\w*):?\?[^{}$`]*\}")
MADE_BY_AWS: Final = "the whole command comes from `aws ecr get-login`, which the aws-ecr orb replaces"
_SHELLS: Final = frozenset({"bash", "sh"})
_RUNNERS: Final = _SHELLS | {"eval", "source", ".", "sudo"}
TOKEN_OF_AWS: Final = "the password is an AWS token, which the aws-ecr orb fetches"
_TOKEN_USERS: Final = {
    "AWS": TOKEN_OF_AWS,
    "oauth2accesstoken": "the password is a Google token that is created for this build",
    "_dcgcloud_token": "the password is a Google token that is created for this build",
}


@record
class Login:
    """One `docker login`, with the pipeline that feeds it.

    `user`, `password` and `server` are words of the script, `None` where there is none. `hides_server`: a word may be
    the registry or the value of an unknown flag. `why_not` says why it cannot be the orb's `docker/check`, whatever is
    around it; it never quotes a password.
    """

    pipeline: Pipeline
    command: Command
    user: Word | None = None
    password: Word | None = None
    server: Word | None = None
    why_not: str = ""
    hides_server: bool = False

    @property
    def host(self) -> str | None:
        """The registry as a policy names it; `None` where a variable, a template or an unknown flag decides."""
        if self.server is None:
            return None if self.hides_server else HUB
        text = self.server.literal
        return None if text is None else host_of(text)

    @property
    def registry(self) -> str:
        """The server as an argument of the orb; empty for Docker Hub by default."""
        if self.server is None:
            return ""
        return "".join(f"${{{p.text}}}" if p.kind is PieceKind.VARIABLE else p.text for p in self.server.pieces)

    @property
    def shown(self) -> str:
        """For messages: the command, and its registry where it names one."""
        return f"`docker login` to `{self.server.text.strip(_QUOTES)}`" if self.server is not None else "`docker login`"


_known: dict[int, tuple[Pipeline, Login | None]] = {}
"""What was found, by the pipeline's identity: whatever is asked about a script asks for its logins again."""

_KEPT: Final = 4096


def find_login(pipeline: Pipeline) -> Login | None:
    """The `docker login` of a pipeline, `None` if it has none. Where there are two, one is found and has to stay."""
    known = _known.get(id(pipeline))
    if known is None:
        if len(_known) >= _KEPT:
            _known.clear()
        known = _known[id(pipeline)] = (pipeline, _find_login(pipeline))
    return known[1]


def _find_login(pipeline: Pipeline) -> Login | None:
    found: Login | None = None
    for index, command in enumerate(pipeline.commands):
        if (place := _login_at(command)) is None:
            continue
        if found is not None:
            return replace(found, why_not="it is in one pipeline with another login")
        found = _read(pipeline, index, command, place)
    return found


def logins_of(script: Script) -> Iterator[Login]:
    """Every `docker login` of a script, also inside `if`, functions, `$(...)` and so on."""
    for statement, _ in script.everywhere("login"):
        yield from filter(None, map(find_login, statement.pipelines))


def find_pulls(pipeline: Pipeline) -> tuple[str, ...] | None:
    """The images of a `docker pull` of plain references without flags; `None` for every other command."""
    if len(pipeline.commands) != 1 or pipeline.negated:
        return None
    command = pipeline.commands[0]
    if command.kind != SIMPLE or command.assignments or command.redirects or len(command.words) != 3:
        return None
    docker, pull, image = (word.literal for word in command.words)
    if docker != "docker" or pull != "pull" or image is None or not re.fullmatch(r"\w[\w./:@-]*", image):
        return None
    return (image,)


def hidden_logins(statement: Statement) -> list[str]:
    """Reasons for each login that is not a command of its own: in a string for another program, or made by `aws`."""
    reasons = [MADE_BY_AWS for pipeline in statement.pipelines if _runs_what_aws_writes(pipeline)]
    for command in statement.commands:
        if command.name in _PRINTERS or _login_at(command) is not None:
            continue
        texts = [*command.words, *command.assignments, *(r.body for r in command.redirects if r.body)]
        if any(map(_is_of_aws, texts if command.name in _RUNNERS else texts[:1])):
            reasons.append(MADE_BY_AWS)
            continue
        for word in texts:
            text = "".join(piece.text for piece in word.pieces if piece.kind is PieceKind.LITERAL)
            if len(word.pieces) and _IN_TEXT.search(text):
                reasons.append(f"it is in a string that is passed to `{command.name or 'something'}`")
    return reasons


def _runs_what_aws_writes(pipeline: Pipeline) -> bool:
    """Whether it is `aws ecr get-login | bash`, with anything between the two."""
    *feeders, last = pipeline.commands
    return last.name in _SHELLS and any("get-login" in [w.literal for w in command.words] for command in feeders)


def _is_of_aws(word: Word) -> bool:
    return "get-login" in word.text and "get-login-password" not in word.text


def _login_at(command: Command) -> int | None:
    """The index of the word `docker` that `login` follows, options between them."""
    if command.kind != SIMPLE or command.name in _PRINTERS:
        return None
    if not any("docker" in word.text for word in command.words):
        return None
    texts = [word.literal for word in command.words]
    following = 0
    for index, text in enumerate(texts):
        # What was passed on the way from another `docker` to no `login` leads to none from here either.
        if index < following or text is None or text.rpartition("/")[2] != "docker":
            continue
        for following, other in enumerate(texts[index + 1 :], index + 1):
            if other == "login":
                return index
            is_option = other is not None and other.startswith("-")
            is_value = (texts[following - 1] or "").startswith("-")
            if not is_option and not is_value:
                break
    return None


def _read(pipeline: Pipeline, index: int, command: Command, place: int) -> Login:
    login = Login(pipeline, command)
    words = command.words
    at = next(i for i in range(place + 1, len(words)) if words[i].literal == "login")
    given = read_arguments(words[at + 1 :])
    problem = given.refused
    login = replace(
        login,
        user=_as_variable(given.user),
        password=_as_variable(given.password),
        server=given.server,
        hides_server=given.hides_server,
    )
    fed, source = _standard_input(pipeline, index, command)
    if given.stdin:
        login = replace(login, password=_as_variable(fed))
        problem = problem or source
    elif (index and source) or (fed is not None and fed.is_computed):
        problem = problem or "it does not read its input"
    problem = _around(pipeline, index, command, place, at) or problem
    return replace(login, why_not=problem or _credentials(login))


def _as_variable(word: Word | None) -> Word | None:
    """`${X:?message}` is `$X`: where it is not set, the login fails as well."""
    if word is None or len(word.pieces) != 1 or word.pieces[0].kind is not PieceKind.COMPUTED:
        return word
    found = _REQUIRED.fullmatch(word.pieces[0].text)
    return replace(word, pieces=(Piece(PieceKind.VARIABLE, found[1]),)) if found else word


def _around(pipeline: Pipeline, index: int, command: Command, place: int, at: int) -> str:
    if place:
        return f"it runs through `{command.words[0].text}`"
    if command.words[0].literal != "docker":
        return f"it runs `{command.words[0].text}`"
    if at > 1:
        return f"docker has `{command.words[1].text}` before `login`"
    if command.assignments:
        name = command.assignments[0].text.partition("=")[0]
        return f"`{name}` is set for this command only"
    if pipeline.negated:
        return "its result is negated by `!`"
    if index + 1 < len(pipeline.commands):
        return "its output is piped to another command"
    if any(not _is_harmless(redirect) for redirect in command.redirects):
        return "its input or output is a file"
    return ""


def _is_harmless(redirect: Redirect) -> bool:
    if redirect.operator == "<<<":
        return True
    if redirect.operator in (">", ">>", "&>", "&>>", ">|"):
        return redirect.target is not None and redirect.target.literal == "/dev/null"
    return redirect.operator == ">&" and redirect.target is not None and redirect.target.literal in ("1", "2")


def _standard_input(pipeline: Pipeline, index: int, command: Command) -> tuple[Word | None, str]:
    """What is fed to the login: a word, or why it is none that can be known."""
    strings = [redirect for redirect in command.redirects if redirect.operator == "<<<"]
    if strings:
        return strings[-1].target, "it has two inputs" if index else ""
    if index == 0:
        return None, "nothing is piped into it"
    if index == 1:
        feeder = pipeline.commands[0]
        if feeder.kind == SIMPLE and not feeder.redirects and not feeder.assignments:
            words = list(feeder.arguments)
            if feeder.name == "echo" and words and words[0].literal == "-n":
                words = words[1:]
            if feeder.name == "printf" and len(words) == 2 and words[0].literal in _FORMATS:
                words = words[1:]
            if feeder.name in _PRINTERS and len(words) == 1:
                return words[0], ""
        if "get-login-password" in [word.literal for word in feeder.words]:
            return None, TOKEN_OF_AWS
    names = " | ".join(f"{other.name or '...'}" for other in pipeline.commands[:index])
    return None, f"its password is computed by `{names}`"


def _credentials(login: Login) -> str:
    user, password, server = login.user, login.password, login.server
    if user is None or user.literal == "":
        return "it has no username"
    if password is None or password.literal == "":
        return "it has no password"
    if user.literal in _TOKEN_USERS:
        return _TOKEN_USERS[user.literal]
    for word, what in ((user, "username"), (password, "password")):
        if any(piece.kind is PieceKind.TEMPLATE for piece in word.pieces):
            return f"a parameter decides its {what}"
        if word.literal is None and word.variable is None:
            return f"its {what} is computed by the shell"
        if word.literal is not None and re.fullmatch(r"\$\{?\w+\}?", word.literal):
            return f"quotes keep the shell from expanding its {what}"
    if server is None:
        return ""
    if any(piece.kind is PieceKind.TEMPLATE or "<<" in piece.text for piece in server.pieces):
        return "a parameter decides its registry"
    simple = all(p.kind is PieceKind.VARIABLE or _SERVER.fullmatch(p.text) for p in server.pieces)
    if server.is_computed or not simple:
        return "its registry is computed by the shell"
    return ""


def host_of(server: str) -> str:
    """The registry of a server as `docker login` takes it, as a policy names it."""
    host = (server.partition("://")[2] or server).partition("/")[0]
    return HUB if host in _HUB_HOSTS else host


def variable_for(host: str, suffix: str) -> str:
    """A variable's name for a registry that the policy does not know: `QUAY_USERNAME` for `quay.io`."""
    labels = host.partition(":")[0].split(".")
    known = [label for label in labels[:-1] if label not in ("registry", "docker", "hub", "www", "cr", "com", "co")]
    name = re.sub(r"\W", "_", known[-1] if known else labels[0]).upper()
    return f"{name if not name[:1].isdigit() else '_' + name}_{suffix}"
