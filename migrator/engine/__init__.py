"""Rules found and run: passes over one file, proof of every edit, and what became of each file."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """A name of the module that this folder was."""
    from migrator.moved import attribute

    return attribute(__name__, name)
