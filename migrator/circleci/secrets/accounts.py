"""Whose password a variable is already: in the policy, of images, of logins."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from migrator.circleci.config import Config
from migrator.circleci.secrets.scripts import accounts_of
from migrator.policy import Policy
from migrator.tree import Mapping, resolve


def known_accounts(config: Config, policy: Policy, variables: Collection[str]) -> Iterator[tuple[str, str]]:
    """The variables, of these, that are a password already, each with the user name as it is written."""
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
