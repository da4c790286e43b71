"""Names that rules imported from another module in the past. They still work, with a warning that says where they are.

`MOVED` is the one table. A row is a module, whose names are all looked for in the new one, or a single name of a
module, which counts before the row of its module. Nothing here is loaded until an import finds no such module.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from migrator.errors import MovedWarning

GONE_IN = "0.3"
"""The version that no longer knows the old names."""

MOVED = {
    "migrator.batch": "migrator.engine.batch",
    "migrator.circleci.auth_entries": "migrator.circleci.credentials.entries",
    "migrator.circleci.compared": "migrator.circleci.compare.values",
    "migrator.circleci.comparison": "migrator.circleci.compare.comparison",
    "migrator.circleci.contexts": "migrator.circleci.credentials.contexts",
    "migrator.circleci.credentials": "migrator.circleci.credentials.table",
    "migrator.circleci.differences": "migrator.circleci.compare.differences",
    "migrator.circleci.effective": "migrator.circleci.compare.effective",
    "migrator.circleci.literal_auth": "migrator.circleci.secrets.auth",
    "migrator.circleci.literal_scripts": "migrator.circleci.secrets.scripts",
    "migrator.circleci.literal_scripts.accounts_of": "migrator.circleci.secrets.accounts.accounts_of",
    "migrator.circleci.login_scripts": "migrator.circleci.orb_logins.scripts",
    "migrator.circleci.login_steps": "migrator.circleci.orb_logins.steps",
    "migrator.circleci.logins": "migrator.circleci.shell.logins",
    "migrator.circleci.orbs": "migrator.circleci.orb_logins.orb",
    "migrator.circleci.placing": "migrator.circleci.credentials.placing",
    "migrator.circleci.process_logins": "migrator.circleci.secrets.processes",
    "migrator.circleci.secret_values": "migrator.circleci.secrets.values",
    "migrator.circleci.secret_words": "migrator.circleci.secrets.words",
    "migrator.circleci.secrets": "migrator.circleci.secrets.literals",
    "migrator.circleci.server": "migrator.circleci.credentials.server",
    "migrator.circleci.shell": "migrator.circleci.shell.scripts",
    "migrator.circleci.shell_source": "migrator.circleci.shell.source",
    "migrator.circleci.shell_statements": "migrator.circleci.shell.statements",
    "migrator.circleci.shell_words": "migrator.circleci.shell.words",
    "migrator.circleci.sources": "migrator.circleci.kinds",
    "migrator.circleci.supply": "migrator.circleci.credentials.supply",
    "migrator.circleci.upgrade": "migrator.circleci.orb_logins.upgrade",
    "migrator.circleci.upgrade.is_version_2": "migrator.circleci.declarations.is_version_2",
    "migrator.decisions": "migrator.results.decisions",
    "migrator.diffs": "migrator.results.diffs",
    "migrator.discovery": "migrator.engine.discovery",
    "migrator.ecr_plan": "migrator.results.ecr_plan",
    "migrator.engine": "migrator.engine.passes",
    "migrator.fingerprint": "migrator.engine.fingerprints",
    "migrator.fix_batch": "migrator.engine.fixes",
    "migrator.generated_header": "migrator.files.header",
    "migrator.generators": "migrator.files.generators",
    "migrator.masking": "migrator.results.masking",
    "migrator.meaning": "migrator.results.meaning",
    "migrator.outcome": "migrator.engine.outcomes",
    "migrator.patterns": "migrator.startup.patterns",
    "migrator.policy_file": "migrator.policy.location",
    "migrator.policy_toml": "migrator.policy.toml",
    "migrator.policy_toml.policy_toml": "migrator.policy.writing.policy_toml",
    "migrator.prerequisites": "migrator.results.prerequisites",
    "migrator.records": "migrator.startup.records",
    "migrator.regenerate": "migrator.engine.regenerate",
    "migrator.shapes": "migrator.results.shapes",
    "migrator.sources": "migrator.files.sources",
    "migrator.spellings": "migrator.circleci.secrets.spellings",
    "migrator.suppress": "migrator.engine.suppressions",
    "migrator.verify": "migrator.engine.verify",
    "migrator.views": "migrator.engine.views",
}


def attribute(module: str, name: str) -> object:
    """What `from module import name` meant, with a `MovedWarning` at the place that asked, two calls up.

    Raises `AttributeError` for what was never there.
    """
    if name == "__all__":
        names = vars(importlib.import_module(MOVED[module])).items()
        own = (name for name, value in names if getattr(value, "__module__", MOVED[module]) == MOVED[module])
        return [name for name in own if not name.startswith("_")]
    old = f"{module}.{name}"
    home, _, new_name = MOVED[old].rpartition(".") if old in MOVED else (MOVED.get(module, ""), "", name)
    if not home or name.startswith("__") or _is_module(module, name):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home), new_name)
    # Of a module that moved as a whole one line is enough, however many of its names a rule imports.
    whole = old not in MOVED and isinstance(sys.modules.get(module), _Moved)
    was, now = (module, home) if whole else (old, f"{home}.{new_name}")
    warn_of(was, now, calls=3)
    return value


def warn_of(was: str, now: str, *, calls: int = 2) -> None:
    """Warn that a name is now another one, at the place that asked for it, so many calls up."""
    text = f"`{was}` is now `{now}`; the old name will be removed in {GONE_IN}"
    warnings.warn(text, MovedWarning, stacklevel=calls + 1)


def _is_module(folder: str, name: str) -> bool:
    """Whether the folder that took the place of a module holds a module of this name, which is what is meant."""
    return hasattr(sys.modules.get(folder), "__path__") and find_spec(f"{folder}.{name}") is not None


class _Moved(ModuleType):
    """Stands for a module that is elsewhere. It keeps nothing, so that each file that imports from it is warned."""

    def __getattr__(self, name: str) -> object:
        return attribute(self.__name__, name)

    def __dir__(self) -> Iterable[str]:
        return dir(importlib.import_module(MOVED[self.__name__]))


class _Loader:
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Moved(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: the names are looked up when they are asked for."""


_LOADER = _Loader()


def spec_of(name: str) -> ModuleSpec | None:
    """How a module of an old name is imported, `None` for one that never was."""
    return ModuleSpec(name, _LOADER) if name in MOVED else None  # type: ignore[arg-type]
