"""Literal secrets in the scripts of `run` steps: in `docker login`, `export` and `curl`, and tokens anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from migrator.circleci.declarations import is_version_2
from migrator.circleci.definitions import Job
from migrator.circleci.parameters import text_of
from migrator.circleci.secrets.clients import given_to, may_give_on_a_line, may_give_secrets
from migrator.circleci.secrets.tokens import may_hold_tokens, tokens_in
from migrator.circleci.secrets.values import is_credential, is_random, looks_real, names_secret
from migrator.circleci.shell.arguments import MISSPELT
from migrator.circleci.shell.logins import Login, find_login
from migrator.circleci.shell.pieces import PieceKind
from migrator.circleci.shell.scripts import Command, Statement, read_script
from migrator.circleci.shell.words import Word
from migrator.circleci.steps import Step
from migrator.startup.patterns import lazy
from migrator.tree import Span, Text, walk

if TYPE_CHECKING:
    from migrator.circleci.config import Config

LOGIN: Final = "docker login"
# What is given anything but a variable, a template or a command.
_ASSIGNED: Final = lazy(r"""\b(\w+)=(?!"?(?:\$[\w{(]|<<|`))(?:["'\\]|\\\n)*[ \t]*[^\s"'\\]""")
_WITH_PASSWORD: Final = lazy(r"""://[^\s/:@'"]*:[^\s/@'"]+@""")
# The word that curl takes for a user: quoted text, commands and templates in it may hold blanks.
_USER: Final = lazy(
    r"""\s(?:-[\w#]*u|--user)(?=[\s=\\]*((?:"(?:[^"\\]|\\.)*"?|'[^']*'?|\$\([^()]*\)|"""
    r"""<<(?:[^<>]++|<(?!<)|>(?!>))*+>>|\\.|[^\s"'])*))""",
    re.DOTALL,
)
# `-u`, alone or behind options that take no value.
_CURL_USER: Final = lazy(r"-[#0-46aBfgGiIjJkLlMnNOpqRsSvZ]*u|--user")
_FOREIGN: Final = lazy(r"^win/|windows|powershell|pwsh|\bcmd(?:\.exe)?\b", re.IGNORECASE)
_EXPORT: Final = lazy(r"""\bexport (\w+)=["']?([^\s"'\\;&|]+)""")
_SET_ELSEWHERE: Final = "set it in a context or as a project environment variable, and remove this line"
BY_VARIABLE: Final = "replace it with a variable from a context or the project"
_DEFAULT: Final = lazy(r"""\$\{\w+:?[-=]([^${}]+)\}""")
_ECHO: Final = lazy(r"""<\(\s*(?:echo|printf)\s+(?:-n\s+)?["']?([^\s"'$`|;&<>()]+)["']?\s*\)""")
_BLANK: Final = lazy(r"[\s\\]")
_HOLE: Final = "\0"
# `ssh host bash -c "docker login ..."`; a here-document that is never closed holds all behind it, and those there.
_MOST_WITHIN: Final = 4


class ScriptSecret(NamedTuple):
    """A literal secret in a script.

    `command` says in words where it is. `host` is the registry of a login as a policy names it, `None` where a variable
    decides. `span` and `new` say what to write in its place, `new(name)` with the name of a variable; for
    what can only be reported `problem` says why.
    """

    value: str
    written: str
    command: str
    host: str | None
    username: str
    span: Span
    template: str
    problem: str

    @property
    def is_login(self) -> bool:
        return self.command == LOGIN

    def new(self, variable: str) -> str:
        return self.template.replace(_HOLE, f'"${variable}"')


class SecretScript(NamedTuple):
    """A script with secrets and all the steps that run it."""

    text: Text
    steps: list[Step]
    secrets: tuple[ScriptSecret, ...]


def read_secret_scripts(config: Config) -> list[SecretScript]:
    """The scripts of this file that hold literal secrets, each once."""
    return config.once(_secret_scripts)  # to report them, and to hide them


def _secret_scripts(config: Config) -> list[SecretScript]:
    tokens = config.tree.may_hold(may_hold_tokens)
    clients = config.tree.may_hold(may_give_secrets)
    if not (tokens or clients) and not config.may_mention("login", "export", "declare", "curl"):
        return []
    known: dict[int, SecretScript] = {}
    templates = not is_version_2(config)
    for step, text in scripts_of(config):
        script = known.get(id(text))
        if script is None:
            secrets = secrets_of(text.value, templates=templates, tokens=tokens, clients=clients)
            script = known[id(text)] = SecretScript(text, [], secrets)
        script.steps.append(step)
    return [script for script in known.values() if script.secrets]


def sets(script: str, variable: str) -> bool:
    """Whether a script gives a variable a value."""
    return re.search(rf"(?<![\w$-]){variable}=", script) is not None


def is_in_bash_env(config: Config, variable: str) -> bool:
    """Whether a script sets a variable for the steps behind it."""
    if not config.may_mention("BASH_ENV"):
        return False
    scripts = (step.script.value for steps in config.step_lists for step in steps.items if step.script is not None)
    return any("BASH_ENV" in script and sets(script, variable) for script in scripts)


def scripts_of(config: Config) -> Iterator[tuple[Step, Text]]:
    for steps in config.step_lists:
        for step in steps.items:
            # A `deploy` step runs as `run` does (docs: configuration-reference, `deploy`).
            text = step.script if step.name != "deploy" else step.command()
            if text is not None:
                yield step, text


def foreign_shell(config: Config, script: SecretScript) -> str:
    """Why `"$NAME"` would not be a variable where a script runs: PowerShell and cmd have another spelling."""
    for step in script.steps:
        shells = [step.argument("shell")]
        for owner in step.steps.owners:
            if isinstance(owner, Job):
                runner = config.all_executors.get(text_of(owner.executor) or "", owner)
                lookup = config.lookup
                shells += [lookup.get(owner.body, "shell"), lookup.get(runner.body, "shell"), owner.executor]
                shells += [lookup.get(runner.body, "machine"), lookup.get(runner.body, "resource_class")]
        for node in (inner for shell in shells if shell is not None for inner in walk(shell)):
            if isinstance(node, Text) and _FOREIGN.search(node.value):
                return "it runs in a Windows shell, which writes variables differently"
    return ""


@lru_cache(maxsize=256)  # every pass over a file asks for the same scripts
def secrets_of(
    text: str, *, templates: bool = True, tokens: bool = True, clients: bool = True, within: int = 0
) -> tuple[ScriptSecret, ...]:
    """The literal secrets of a script, each once, in the order of their places for each kind; `tokens` is whether there
    may be tokens of known shapes among them, `clients` whether what well-known programs are given.

    `within` is how many other scripts hold this one as a text.
    """
    known = tokens_in(text) if tokens else ()
    found = (
        list(_read(text, templates=templates, within=within))
        if known or _is_worth_reading(text, clients=clients)
        else []
    )
    seen = {secret.value for secret in found}
    for token in sorted(known):
        if not any(token in value or value in token for value in seen):
            start = text.index(token)
            span = Span(start, start + len(token))
            found.append(_told(token, token, "a command", span, BY_VARIABLE))
    return tuple(found)


def _is_worth_reading(text: str, *, clients: bool) -> bool:
    """Whether a script without tokens may hold a literal secret: taking one apart takes long, and few do."""
    if "login" in text and "docker" in text:
        return True
    if "curl" in text and any(":" in user for user in _USER.findall(text)):
        return True
    if clients and may_give_on_a_line(text):
        return True
    if "export" not in text and "declare" not in text:
        return False
    if _WITH_PASSWORD.search(text):
        return True
    return any(map(names_secret, _ASSIGNED.findall(text)))


def _read(text: str, *, templates: bool, within: int) -> Iterator[ScriptSecret]:
    script = read_script(text, templates=templates)
    statements = [statement for statement, _ in script.everywhere()]
    known = _assigned(statements)
    for statement in statements:
        for pipeline in statement.pipelines:
            found: list[ScriptSecret] = []
            if login := find_login(pipeline):
                found += _of_login(login, known)
            for command in pipeline.commands:
                found += _of_command(command, known)
                if within < _MOST_WITHIN:
                    found += _of_inner_logins(command, within + 1)
            for each in found:
                yield _only_told(each, "the script cannot be read completely") if script.is_broken else each


def _of_inner_logins(command: Command, within: int) -> Iterator[ScriptSecret]:
    """What a text for another shell holds: `bash -c "docker login ..."`, `ssh host <<EOF`."""
    if command.name in ("echo", "printf"):
        return
    bodies = [redirect.body for redirect in command.redirects if redirect.body is not None]
    for word in (*command.words[1:], *bodies):
        if not _BLANK.search(word.text):  # no command with an argument
            continue
        inner = _as_script(word)
        if " login " in inner or may_give_secrets(inner):
            problem = "it is in a string that is passed to another program"
            for each in secrets_of(inner, templates=False, within=within):
                yield _only_told(each, problem, word.span)


def _as_script(word: Word) -> str:
    """What another shell would read, with the variables that this one puts in still to be seen."""
    return "".join(f"${piece.text}" if piece.kind is PieceKind.VARIABLE else piece.text for piece in word.pieces)


def _only_told(secret: ScriptSecret, problem: str, span: Span | None = None) -> ScriptSecret:
    return secret._replace(template="", problem=secret.problem or problem, span=span or secret.span)


def _told(value: str, written: str, command: str, span: Span, problem: str) -> ScriptSecret:
    return ScriptSecret(value, written, command, None, "", span, "", problem)


def _assigned(statements: list[Statement]) -> dict[str, Word]:
    """The variables that a script gives a literal value, each with the word that gives it; the last one counts."""
    words = (word for statement in statements for command in statement.commands for word in command.assignments)
    return {name: word for word in words for name, equals, _ in [(word.literal or "").partition("=")] if equals}


def _of_command(command: Command, known: dict[str, Word]) -> Iterator[ScriptSecret]:
    words = [_value(word, known) for word in command.words]
    for index, value, what in given_to(words):
        word = command.words[index]
        yield _told(value, word.text.strip("\"'"), what, word.span, BY_VARIABLE)
    if command.kind == "declaration_command" and command.words and command.words[0].literal in ("export", "declare"):
        yield from _of_export(command)
    elif command.name == "curl":
        yield from _of_curl(command)
    elif command.name in ("echo", "printf", "cat", "tee"):
        yield from _of_written_export(command)


def _value(word: Word, known: dict[str, Word]) -> str | None:
    """What a word is, also where it is a variable that the script itself gives a literal value."""
    given = known.get(word.variable) if word.variable is not None else None
    return (given.literal or "").partition("=")[2] if given is not None else word.literal


def _of_export(command: Command) -> Iterator[ScriptSecret]:
    for word in command.assignments:
        literal = word.literal
        name, equals, value = (literal or "").partition("=")
        if equals and (real := looks_real(name, value)):
            yield _told(real, word.text.partition("=")[2], f"`export {name}`", word.span, _SET_ELSEWHERE)


def _of_written_export(command: Command) -> Iterator[ScriptSecret]:
    """An `export` that is written to a file, such as `$BASH_ENV`, which the shells of later steps read."""
    texts = [(redirect.body, _known(redirect.body)) for redirect in command.redirects if redirect.body is not None]
    if command.arguments:
        texts.append((command.arguments[0], " ".join(map(_known, command.arguments))))
    for word, text in texts:
        for name, value in _EXPORT.findall(text):
            if real := looks_real(name, value):
                yield _told(real, value, f"`export {name}`", word.span, _SET_ELSEWHERE)


def _known(word: Word) -> str:
    """A word with `$` for what is not literal in it."""
    return "".join(piece.text if piece.kind is PieceKind.LITERAL else "$" for piece in word.pieces)


def _of_curl(command: Command) -> Iterator[ScriptSecret]:
    words = command.arguments
    for index, word in enumerate(words):
        value: Word | None = None
        if _CURL_USER.fullmatch(word.literal or "") and index + 1 < len(words):
            value = words[index + 1]
        elif word.text.startswith("--user="):
            value = word.without("--user=")
        elif re.match(r"-u[^\s]", word.text):
            value = word.without("-u")
        shown = _known(value) if value is not None else ""
        user, colon, password = shown.partition(":")
        if value is not None and colon and not password and is_random(user):
            # CircleCI's API v1 takes a token so; https://circleci.com/docs/api/v1/#authentication
            yield _told(user, user, "`curl -u`", value.span, BY_VARIABLE)
        elif value is not None and colon and "$" not in password and is_credential(password):
            written = value.text.partition(":")[2].rstrip("\"'")
            yield _told(password, written, "`curl -u`", value.span, BY_VARIABLE)


def _of_login(login: Login, known: dict[str, Word]) -> Iterator[ScriptSecret]:
    password = login.password
    given = known.get(password.variable) if password is not None and password.variable is not None else None
    if given is not None:
        value = (given.literal or "").partition("=")[2]
        if is_credential(value):
            yield _found(login, value, given, "", f"the script gives it to `{given.text.partition('=')[0]}` first")
        return
    literal = password.literal if password is not None else None
    if password is not None and literal is not None:
        feeder = login.pipeline.commands[0]
        template = _HOLE
        if feeder is not login.command and feeder.name == "printf" and len(feeder.arguments) == 1:
            # The only word is the format, which no variable should be.
            template, literal = f"'%s' {_HOLE}", literal.removesuffix("\\n")
        if is_credential(literal):
            again = next((word.literal for word in login.command.words if word.literal in ("ssh", "eval")), "")
            problem = f"the shell behind `{again}` expands its value again" if again else ""
            yield _found(login, literal, password, template, problem)
    elif password is None:
        yield from _fed_otherwise(login)
    elif (default := _DEFAULT.fullmatch(password.text.strip('"'))) and is_credential(default[1]):
        yield _found(login, default[1], password, "", "it is the default of a variable")


def _fed_otherwise(login: Login) -> Iterator[ScriptSecret]:
    """A literal password that is fed in ways which are too odd to write a variable into."""
    words = login.command.words
    for index, word in enumerate(words[:-1]):
        if MISSPELT.get(word.text) == "--password" and is_credential(words[index + 1].literal or ""):
            problem = f"`{word.text}` is `-p {word.text[2:]}` to docker: write `--password`"
            yield _found(login, words[index + 1].literal or "", words[index + 1], "", problem)
    feeder = login.pipeline.commands[0]
    for redirect in login.command.redirects:
        if redirect.target is not None and (echo := _ECHO.fullmatch(redirect.target.text)) and is_credential(echo[1]):
            yield _found(login, echo[1], redirect.target, "", "it stands in a process substitution")
    for redirect in (*login.command.redirects, *(feeder.redirects if feeder is not login.command else ())):
        body = redirect.body or (redirect.target if redirect.operator == "<<<" else None)
        text = body.literal if body else None
        if body is not None and text is not None and is_credential(text):
            kind = "here-document" if redirect.body else f"here-string of `{feeder.name}`"
            yield _found(login, text.strip(), body, "", f"it is in a {kind}")
    if feeder is not login.command and feeder.name in ("echo", "printf"):
        literals = [word.literal for word in feeder.arguments if not re.fullmatch("-[neE]+|--|%s.*", word.text)]
        joined = " ".join(literal for literal in literals if literal)
        if None not in literals and is_credential(joined):
            problem = f"`{feeder.name}` gets more than the password"
            yield _found(login, joined, feeder.arguments[-1], "", problem)


def _found(login: Login, literal: str, word: Word, template: str, problem: str = "") -> ScriptSecret:
    written = word.text.strip("\"'")
    if template and word.prefix:
        template = f"{word.prefix}{template}"  # the flag, whose quotes go on in the value
    return ScriptSecret(literal, written, LOGIN, login.host, shown_user(login.user), word.span, template, problem)


def shown_user(user: Word | None) -> str:
    """A user name as `auth` would have it."""
    if user is None:
        return ""
    return f"${user.variable}" if user.variable else user.literal or user.text


def with_variable(text: str, secrets: list[ScriptSecret], variable: str) -> str:
    """A script with a variable in place of each of these secrets."""
    for secret in sorted(secrets, key=lambda secret: secret.span.start, reverse=True):
        text = text[: secret.span.start] + secret.new(variable) + text[secret.span.end :]
    return text


def shared_script(config: Config, script: SecretScript) -> str:
    """What else an anchor on the script is used for; empty if it is only used for `run` steps."""
    text = script.text
    places = {id(step.item) for step in script.steps}
    for alias in config.uses.aliases(text) if text.anchor is not None else ():
        entry = config.parents.entry(alias)
        if id(alias) not in places and (entry is None or entry.name not in ("command", "run")):
            return f"the anchor `{text.anchor}` of the script is also used for something else"
    return ""
