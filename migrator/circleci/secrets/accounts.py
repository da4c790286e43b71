"""Whose password a variable is already: in the policy, of images, of logins."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from migrator.circleci.config import Config
from migrator.circleci.declarations import is_version_2
from migrator.circleci.secrets.scripts import scripts_of, shown_user
from migrator.circleci.shell.logins import logins_of
from migrator.circleci.shell.scripts import read_script
from migrator.policy import Policy
from migrator.tree import Mapping, resolve

_MOST_SHOWN: Final = 5


def known_accounts(config: Config, policy: Policy, variables: Collection[str]) -> Iterator[tuple[str, str]]:
    """The variables, of these, that are a password already, each with the username as it is written."""
    if not variables:
        return
    for registry in policy.registries:
        if registry.password[1:] in variables:
            yield registry.password[1:], registry.username
    for image in config.images:
        value = resolve(image.auth.value) if image.auth is not None else None
        if not isinstance(value, Mapping):
            continue
        password, username = config.lookup.text(value, "password"), config.lookup.text(value, "username")
        if password is not None and username is not None and password.value.strip("${}") in variables:
            yield password.value.strip("${}"), username.value
    yield from accounts_of(config, set(variables))


def accounts_of(config: Config, variables: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each of these variables that a `docker login` takes for its password, with the user name beside it."""
    templates = not is_version_2(config)
    for _, text in scripts_of(config):
        if "login" not in text.value or not any(variable in text.value for variable in variables):
            continue
        for login in logins_of(read_script(text.value, templates=templates)):
            variable = login.password.variable if login.password is not None else None
            if variable in variables and variable is not None and login.user is not None:
                yield variable, shown_user(login.user)


def shared_by(variable: str, accounts: Collection[tuple[str, str]]) -> str:
    """The warning that a variable would hold the passwords of several accounts: user names with their passwords."""
    names = list(dict.fromkeys(username or "no username" for username, _ in accounts))
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_SHOWN])
    others = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    more = "" if len(names) == len(accounts) else " with different values"
    return f"`${variable}` would be shared by several accounts: {shown}{others}{more}"
