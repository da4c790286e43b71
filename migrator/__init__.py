"""A codemod engine for CircleCI configuration. These names are what rule authors import."""

from __future__ import annotations

import importlib
import sys

TYPE_CHECKING = False  # as of `typing`, which takes longer to import than this module has time for

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from migrator.circleci.config import Config as Config
    from migrator.policy import Policy as Policy
    from migrator.rule import Finding as Finding
    from migrator.rule import Requirement as Requirement
    from migrator.rule import Rule as Rule
    from migrator.rule import Safety as Safety

__version__ = "0.1.0.dev0"

_HOME = {
    "Config": "migrator.circleci.config",
    "Finding": "migrator.rule",
    "Policy": "migrator.policy",
    "Requirement": "migrator.rule",
    "Rule": "migrator.rule",
    "Safety": "migrator.rule",
}
__all__ = ["Config", "Finding", "Policy", "Requirement", "Rule", "Safety"]


def __getattr__(name: str) -> object:
    """Import a public name where it is used, so that `migrate --version` stays as quick as Python itself."""
    if name not in _HOME:
        raise AttributeError(f"module 'migrator' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


class _OldNames:
    """The last finder of all: it is asked only for modules that nobody else finds."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if not name.startswith("migrator."):
            return None
        from migrator.moved import spec_of

        return spec_of(name)


sys.meta_path.append(_OldNames)
