"""Literal secrets: the words and shapes that show them, and the places where a config has them."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """A name of the module that this folder was."""
    from migrator.moved import attribute

    return attribute(__name__, name)
