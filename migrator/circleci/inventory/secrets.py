"""Literal secrets by the place where they are: those that `literal-secret` reports. Values are counted, never kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.circleci.environment import read_variables
from migrator.circleci.secrets.auth import loose_passwords, read_literal_auth
from migrator.circleci.secrets.processes import read_process_logins
from migrator.circleci.secrets.scripts import read_secret_scripts
from migrator.circleci.secrets.sightings import read_sightings, sightings_beside
from migrator.circleci.secrets.values import hideable
from migrator.circleci.secrets.variables import literal_of

if TYPE_CHECKING:
    from migrator.circleci.config import Config

IMAGE: Final = "image"
IGNORED: Final = "ignored"
LOGIN: Final = "login"
SCRIPT: Final = "script"
ENVIRONMENT: Final = "environment"
OTHER: Final = "other"


def secrets_in(config: Config) -> Iterator[tuple[str, ...]]:
    """Each place of a secret once, however many aliases share it; of a login and a script each value once."""
    known: set[str] = set()
    for place, values in _places(config):
        known.update(hideable(*values))
        yield "secret", place
    for _ in sightings_beside(read_sightings(config), known):
        yield "secret", OTHER


def _places(config: Config) -> Iterator[tuple[str, tuple[str, ...]]]:
    for auth in read_literal_auth(config):
        yield from ((IMAGE, (text.value,)) for text in auth.texts.values())
    for _, text in loose_passwords(config):
        yield IGNORED, (text.value,)
    for script in read_secret_scripts(config):
        for secret in script.secrets:
            yield LOGIN if secret.is_login else SCRIPT, (secret.value, secret.written)
    for login in read_process_logins(config):
        yield LOGIN, (login.value, login.written)
    for variable in read_variables(config):
        if (value := literal_of(variable)) is not None:
            yield ENVIRONMENT, (value, variable.value)
