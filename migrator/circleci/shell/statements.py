"""What single statements of a script do to those behind them, and how to cut some of them out."""

from __future__ import annotations

import re
from typing import Final

from migrator.circleci.shell.scripts import SIMPLE, Command, Statement
from migrator.startup.patterns import lazy
from migrator.tree import Span

# Commands that change what the shell does next, so that a script cannot be cut behind them.
_CHANGES_SHELL: Final = frozenset({
    "cd", "pushd", "popd", "source", ".", "eval", "export", "unset", "alias", "unalias", "trap", "exec", "exit",
    "return", "set", "shopt", "declare", "typeset", "local", "readonly", "read", "readarray", "mapfile", "let",
    "getopts", "umask", "ulimit", "wait", "bg", "fg", "jobs", "disown", "hash", "enable", "shift", "setopt", "conda",
    "activate", "deactivate", "nvm", "rvm", "asdf", "pyenv", "workon", "module",
})  # fmt: skip
_ASSIGNS: Final = lazy(r"\$\{\w+:?=|\$\(\(.*(?:\+\+|--|[^=!<>]=[^=])|\bBASH_ENV\b", re.DOTALL)


def obstacle(text: str, statement: Statement) -> str:
    """Why a script cannot be cut behind a statement of it; empty where it can."""
    written = text[slice(*statement.span)]
    if is_option(statement):
        return f"`{written}` stands before it" if turns_off(statement) else ""
    if statement.background:
        return "a command before it runs in the background"
    if statement.pipelines[0].negated:
        return "a command before it is negated by `!`"
    if statement.operators:
        return "commands joined by `&&` or `||` stand before it"
    if _ASSIGNS.search(written):
        return "a variable is set before it"
    for command in statement.commands:
        if command.kind in ("variable_assignment", "variable_assignments") or command.assignments:
            return "a variable is set before it"
        if command.kind == "declaration_command":
            return f"`{command.words[0].text if command.words else 'declare'}` stands before it"
        if command.kind == "unset_command":
            return "`unset` stands before it"
        if command.kind == "function_definition":
            return "a function is defined before it"
        if command.kind != SIMPLE:
            return "a compound command stands before it"
        if command.name is None:
            return "a command whose name is worked out stands before it"
        if command.name in _CHANGES_SHELL or (command.name == "printf" and "-v" in [w.text for w in command.words]):
            return f"`{command.name}` stands before it"
        if "halt" in [w.literal for w in command.words]:
            return "a command before it ends the job"
    return ""


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
    return any(re.fullmatch(r"-[a-z]*e[a-z]*", text) or text == "errexit" for text in texts)


def turns_off(statement: Statement) -> bool:
    texts = [word.literal or "" for word in statement.commands[0].arguments]
    return any(re.fullmatch(r"\+[a-z]*[eo][a-z]*", text) for text in texts)


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
    place = 0
    for start, end in wider:
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        last = len(text) if last < 0 else last
        rest = text[end:last].strip(" \t;\\")
        if not text[first:start].strip() and (not rest or rest.startswith("#")):
            start, end = first, min(last + 1, len(text))
            before, behind = "".join(parts) + text[place:start], text[end:]
            if not before.strip("\n") or before.endswith("\n\n"):  # no blank line more than there was
                end += len(behind) - len(behind.lstrip("\n"))
        parts.append(text[place:start])
        place = end
    result = "".join(parts) + text[place:]
    return result.rstrip("\n") + trail if result.strip() else ""
