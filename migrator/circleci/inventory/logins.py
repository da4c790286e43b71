"""Logins to registries in the steps of a config, by their form and their registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.declarations import is_version_2
from migrator.circleci.inventory.images import UNKNOWN
from migrator.circleci.orb_logins.scripts import mentions_login
from migrator.circleci.practice import logins_by_orb
from migrator.circleci.secrets.processes import read_process_logins
from migrator.circleci.secrets.scripts import scripts_of
from migrator.circleci.secrets.values import is_credential
from migrator.circleci.shell.logins import MADE_BY_AWS, TOKEN_OF_AWS, Login, find_login, hidden_logins
from migrator.circleci.shell.scripts import read_script
from migrator.policy.practice import ECR

if TYPE_CHECKING:
    from migrator.circleci.config import Config

ORB: Final = "orb"
VARIABLE: Final = "variable"
LITERAL: Final = "literal"
AWS_TOKEN: Final = "aws-token"
COMPUTED: Final = "computed"
STRING: Final = "string"


def logins_in(config: Config) -> Iterator[tuple[str, ...]]:
    """Each login once, however many jobs run its script."""
    for use, _ in logins_by_orb(config):
        yield "login", ORB, use.registry
    seen: set[int] = set()
    templates = not is_version_2(config)
    for _, text in scripts_of(config):
        if id(text) in seen or not mentions_login(text.value):
            continue
        seen.add(id(text))
        for statement, _ in read_script(text.value, templates=templates).everywhere("login"):
            for login in filter(None, map(find_login, statement.pipelines)):
                form = _form_of(login)
                yield "login", form, ECR if form == AWS_TOKEN else login.host or UNKNOWN
            for reason in hidden_logins(statement):
                yield ("login", AWS_TOKEN, ECR) if reason == MADE_BY_AWS else ("login", STRING, UNKNOWN)
    for process in read_process_logins(config):
        yield "login", LITERAL, process.host or UNKNOWN


def _form_of(login: Login) -> str:
    """What the password comes from."""
    if login.why_not == TOKEN_OF_AWS:
        return AWS_TOKEN
    word = login.password
    if word is None:
        return COMPUTED
    if word.variable is not None:
        return VARIABLE
    return LITERAL if word.literal is not None and is_credential(word.literal) else COMPUTED
