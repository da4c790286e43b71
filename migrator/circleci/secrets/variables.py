"""Literal secrets in the `environment` of jobs, steps and containers."""

from __future__ import annotations

from migrator.circleci.environment import Reader, Variable
from migrator.circleci.secrets.values import looks_real


def literal_of(variable: Variable) -> str | None:
    """The secret that a variable holds, if it holds one; of a container only what no person made up."""
    return looks_real(variable.name, variable.value, only_random=variable.readers == {Reader.CONTAINER})
