"""Who needs which credentials and contexts, and where they are written."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """A name of the module that this folder was."""
    from migrator.moved import attribute

    return attribute(__name__, name)
