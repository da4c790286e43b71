"""What single statements of a script do to those behind them, and how to cut some of them out."""

from __future__ import annotations

import re
from typing import Final

from migrator.circleci.shell.pieces import PieceKind
from migrator.circleci.shell.quoting import is_variable_name
from migrator.circleci.shell.scripts import SIMPLE, Command, Statement, read_script
from migrator.startup.patterns import lazy
from migrator.tree import Span

# Commands that change what the shell does next, so that a script cannot be cut behind them.
_CHANGES_SHELL: Final = frozenset({
    "cd", "pushd", "popd", "source", ".", "eval", "export", "unset", "alias", "unalias", "trap", "exec", "exit",
    "return", "set", "shopt", "declare", "typeset", "local", "readonly", "read", "readarray", "mapfile", "let",
    "getopts", "umask", "ulimit", "wait", "bg", "fg", "jobs", "disown", "hash", "enable", "shift", "setopt", "conda",
    "activate", "deactivate", "nvm", "rvm", "asdf", "pyenv", "workon", "module",
})  # fmt: skip
_ASSIGNS: Final = lazy(r"\$\{\w+:?=|\bBASH_ENV\b")
_ASSIGNS_IN_SUM: Final = lazy(r"\+\+|--|[^=!<>]=[^=]")
# docs.docker.com/reference/cli/docker, "Environment variables", and what bash and its children read.
_AFFECTS: Final = lazy(
    r"DOCKER_(?:CONFIG|HOST|CONTEXT|TLS\w*|CERT_PATH|API_VERSION|CONTENT_TRUST\w*|CUSTOM_HEADERS|DEFAULT_PLATFORM|AUTH_CONFIG)"
    r"|HOME|PATH|IFS|ENV|SHELLOPTS|POSIXLY_CORRECT|CDPATH|BASH\w*|LD_\w+|XDG_\w+|SSL_CERT_\w+|\w+_(?:proxy|PROXY)"
)
_READERS: Final = frozenset({"echo", "printf", "date", "basename", "dirname", "pwd", "whoami", "uname"})
_WRITE: Final = ("-i", "--in-place", "--output")
_READERS_OF_GIT: Final = frozenset(
    ("git", command) for command in ("rev-parse", "describe", "log", "rev-list", "symbolic-ref", "show")
)
_CONTENT: Final = lazy(r"\S")
_BETWEEN: Final = lazy(r"[ \t;\\]*")
_BREAKS: Final = lazy(r"\n*")


def obstacle(text: str, statement: Statement) -> str:
    """Why a script cannot be cut behind a statement of it; empty where it can."""
    written = text[slice(*statement.span)]
    if is_option(statement):
        return f"`{written}` is before it" if turns_off(statement) else ""
    if statement.background:
        return "a command before it runs in the background"
    if statement.pipelines[0].negated:
        return "a command before it is negated by `!`"
    if statement.operators:
        return "commands joined by `&&` or `||` are before it"
    computes = written.find("$((")
    if _ASSIGNS.search(written) or (computes >= 0 and _ASSIGNS_IN_SUM.search(written, computes + 3)):
        return "a variable is set before it"
    for command in statement.commands:
        if command.kind in ("variable_assignment", "variable_assignments") or command.assignments:
            return "a variable is set before it"
        if command.kind == "declaration_command":
            return f"`{command.words[0].text if command.words else 'declare'}` is before it"
        if command.kind == "unset_command":
            return "`unset` is before it"
        if command.kind == "function_definition":
            return "a function is defined before it"
        if command.kind != SIMPLE:
            return "a compound command is before it"
        if command.name is None:
            return "a command whose name is computed is before it"
        if command.name in _CHANGES_SHELL or (command.name == "printf" and "-v" in [w.text for w in command.words]):
            return f"`{command.name}` is before it"
        if "halt" in [w.literal for w in command.words]:
            return "a command before it ends the job"
    return ""


def assigns_apart(statement: Statement) -> frozenset[str] | None:
    """The variables of assignments, or of `export`, that only what names them can notice; `None` for anything else.

    What they are set to may be the output of commands that only read.
    """
    if statement.background or len(statement.commands) != 1 or statement.pipelines[0].negated:
        return None
    command = statement.commands[0]
    is_export = command.kind == "declaration_command" and [word.text for word in command.words[:1]] == ["export"]
    if (
        command.redirects
        or command.words[1:]
        or not (is_export or command.kind in ("variable_assignment", "variable_assignments"))
    ):
        return None
    names: set[str] = set()
    for word in command.assignments:
        name, _, _ = word.text.partition("=")
        if not is_variable_name(name) or affects_login(name):
            return None
        if any(piece.kind is PieceKind.COMPUTED and not _only_reads(piece.text) for piece in word.pieces):
            return None
        names.add(name)
    return frozenset(names) or None


def affects_login(name: str) -> bool:
    """Whether a variable changes what `docker login` or its shell do, though neither names it."""
    return _AFFECTS.fullmatch(name) is not None


def _only_reads(computed: str) -> bool:
    """Whether what the shell works out changes nothing."""
    if "$(" not in computed and "`" not in computed:
        return not (_ASSIGNS.search(computed) or "$((" in computed or "$[" in computed)
    if not (computed.startswith("$(") and computed.endswith(")")) or computed.startswith("$(("):
        return False
    script = read_script(computed[2:-1], templates=False)
    return not script.is_broken and all(map(_reads, script.statements))


def _reads(statement: Statement) -> bool:
    if statement.background or statement.operators:
        return False
    for command in statement.commands:
        texts = [word.literal for word in command.words]
        known = command.name in _READERS or tuple(texts[:2]) in _READERS_OF_GIT
        if command.kind != SIMPLE or command.redirects or command.assignments or not known:
            return False
        if any(word.is_computed or word.beginning.startswith(_WRITE) for word in command.arguments):
            return False
        if command.name in ("printf", "date") and any(word.beginning[:2] in ("-v", "-s") for word in command.arguments):
            return False
    return True


def single(statement: Statement) -> Command | None:
    """The one simple command that a statement is, without redirections and assignments."""
    if statement.background or len(statement.commands) != 1 or statement.pipelines[0].negated:
        return None
    command = statement.commands[0]
    return None if command.kind != SIMPLE or command.redirects or command.assignments else command


def is_option(statement: Statement) -> bool:
    """`set` with options and nothing else."""
    command = single(statement)
    if command is None or command.name != "set" or len(command.words) < 2:
        return False
    texts = [word.literal or "" for word in command.arguments]
    return all(re.fullmatch(r"[-+][a-zA-Z]+", t) or (i and texts[i - 1][-1:] == "o") for i, t in enumerate(texts))


def turns_on(statement: Statement) -> bool:
    texts = [word.literal or "" for word in statement.commands[0].arguments]
    return any((re.fullmatch(r"-[a-z]+", text) and "e" in text) or text == "errexit" for text in texts)


def turns_off(statement: Statement) -> bool:
    texts = [word.literal or "" for word in statement.commands[0].arguments]
    return any(re.fullmatch(r"\+[a-z]+", text) and ("e" in text or "o" in text) for text in texts)


def is_print(statement: Statement) -> bool:
    """Text that is printed, variables in it or not."""
    command = single(statement)
    if command is None or command.name not in ("echo", "printf"):
        return False
    return not any(word.is_computed or word.literal == "-v" for word in command.arguments)


def is_idle(statement: Statement) -> bool:
    """What does nothing where it stands alone."""
    command = single(statement)
    return is_option(statement) or (command is not None and [w.literal for w in command.words] in ([":"], ["true"]))


def cut_out(text: str, cuts: list[Span]) -> str:
    """The text without these places, and without the lines that are empty or only a comment for lack of them."""
    wider: list[Span] = []
    for start, end in cuts:
        if wider and start <= wider[-1].end:
            start, end = wider.pop().start, max(end, start)
        wider.append(Span(start, end))
    trail = text[len(text.rstrip("\n")) :]
    parts: list[str] = []
    place = first = before = 0
    last = -1
    tail, is_empty = "", True  # of what is left so far
    for start, end in wider:
        # Lines may be as long as the script, and hold many cuts: each goes on where the one before was.
        first = text.rfind("\n", before, start) + 1 or first
        before = start
        if end > last:
            last = text.find("\n", end)
            last = len(text) if last < 0 else last
        whole = _is_alone(text, first, start, end, last)
        if whole:
            start, end = first, min(last + 1, len(text))
        kept = text[place:start]
        is_empty = is_empty and not kept.strip("\n")
        tail = (tail + kept[-2:])[-2:]
        if whole and (is_empty or tail == "\n\n"):  # no blank line more than there was
            end = _BREAKS.match(text, end).end()  # type: ignore[union-attr]
        parts.append(kept)
        place = end
    result = "".join(parts) + text[place:]
    return result.rstrip("\n") + trail if result.strip() else ""


def _is_alone(text: str, first: int, start: int, end: int, last: int) -> bool:
    """Whether a line from `first` to `last` has nothing but blanks and a comment beside what is there."""
    gap = _BETWEEN.match(text, end, last)
    if gap is not None and gap.end() < last and text[gap.end()] != "#":
        return False
    begins = _CONTENT.search(text, first)
    return begins is None or begins.start() >= start
