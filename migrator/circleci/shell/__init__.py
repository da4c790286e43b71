"""Scripts of `run` steps: words, statements, and the logins in them."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """A name of the module that this folder was."""
    from migrator.moved import attribute

    return attribute(__name__, name)
