"""Logins that stay in a script, each with the reason."""

from __future__ import annotations

from typing import Final

from migrator.circleci.orb_logins.ecr_steps import with_step
from migrator.circleci.secrets.values import is_credential
from migrator.circleci.shell.logins import Login, find_login, hidden_logins
from migrator.circleci.shell.pieces import PieceKind
from migrator.circleci.shell.scripts import Script, Statement
from migrator.circleci.shell.statements import is_option, obstacle, turns_off
from migrator.startup.records import record

_AROUND: Final = {
    "if_statement": "inside `if`",
    "case_statement": "inside `case`",
    "for_statement": "in a loop",
    "c_style_for_statement": "in a loop",
    "while_statement": "in a loop",
    "function_definition": "in a function",
    "subshell": "in a subshell",
    "command_substitution": "inside `$(...)`",
    "process_substitution": "inside `<(...)`",
    "compound_statement": "in a group of commands",
}


@record
class Staying:
    """A login that stays; `login` is `None` where it is no command of its own."""

    login: Login | None
    reason: str


def all_staying(script: Script, first: int, gone: list[Login] | None = None) -> list[Staying]:
    """Every login from a statement on, with the reason why it stays; those that are gone left out."""
    found: list[Staying] = []
    statements = script.statements
    places = {login.command.span for login in gone or ()}
    before = ""
    for index, statement in enumerate(statements):
        if index >= first:
            found += [
                each
                for each in _staying(script, statement, before, waits=bool(gone))
                if each.login is None or each.login.command.span not in places
            ]
        if any(login.command.span in places for login in find_logins(statement)):
            continue
        before = before or ("" if is_option(statement) and not turns_off(statement) else obstacle_of(script, statement))
    for statement, within in script.everywhere("login"):
        if within and first < len(statements) and statement.span.start >= statements[first].span.start:
            where = _AROUND[within[0]]
            logins = [login for login in find_logins(statement) if login.command.span not in places]
            found += [Staying(login, _why_not(script, statement, login) or f"it is {where}") for login in logins]
            found += _hidden(script, statement)
    return found


def _staying(script: Script, statement: Statement, before: str, *, waits: bool) -> list[Staying]:
    behind = "the login before it must be replaced first" if waits else "other commands of the script must run first"
    found: list[Staying] = []
    either = statement.operators.index("||") if "||" in statement.operators else len(statement.operators)
    for index, pipeline in enumerate(statement.pipelines):
        login = find_login(pipeline)
        if login is None:
            continue
        reason = _why_not(script, statement, login) or _written_out(login)
        if not reason and either < index:
            reason = "it depends on the commands before its `||`"
        if not reason and either < len(statement.operators):
            reason = "`||` handles its failure"
        if not reason and statement.background:
            reason = "it runs in the background"
        if not reason and index:
            reason = "it depends on the commands before its `&&`"
        found.append(Staying(login, reason or before or behind))
    return found + _hidden(script, statement)


def _why_not(script: Script, statement: Statement, login: Login) -> str:
    return with_step(login.why_not, script.text, script.text[slice(*statement.span)], login)


def _hidden(script: Script, statement: Statement) -> list[Staying]:
    written = script.text[slice(*statement.span)]
    return [Staying(None, with_step(reason, script.text, written, None)) for reason in hidden_logins(statement)]


def obstacle_of(script: Script, statement: Statement) -> str:
    """Why a script cannot be cut behind a statement of it; empty where it can."""
    if find_logins(statement):
        return "another login, which is left unchanged, is before it"
    return obstacle(script.text, statement)


def _written_out(login: Login) -> str:
    """Why a login stays whose password is no variable; empty where it is one."""
    literal = login.password.literal if login.password is not None else None
    if literal is None:
        return ""
    if is_credential(literal):
        return "its password is written out; the rule `literal-secret` moves it to a variable first"
    return "its password is written out and looks like a placeholder; the orb needs the name of a variable"


def find_logins(statement: Statement) -> list[Login]:
    return [login for pipeline in statement.pipelines if (login := find_login(pipeline))]


def login_uses(login: Login) -> frozenset[str]:
    """The variables that a login reads."""
    words = [word for word in (login.user, login.password, login.server) if word is not None]
    return frozenset(piece.text for word in words for piece in word.pieces if piece.kind is PieceKind.VARIABLE)
