"""What a compiler answers."""

from __future__ import annotations

from typing import NamedTuple


class Compiled(NamedTuple):
    """The compiled text, or errors. `unknown` says that this compiler cannot tell what CircleCI would say."""

    config: str = ""
    errors: tuple[str, ...] = ()
    unknown: bool = False


class ConfigError(Exception):
    """What CircleCI refuses, in its words where they are known."""


class UnknownError(Exception):
    """What only CircleCI could compile: an orb whose source is not here, say."""
