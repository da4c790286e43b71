"""What decides outcomes besides the files themselves: this program, its parser, Python, the rules, the policy, options.

Of the program, whose sources take longer to read than a whole run from the cache, the digest is kept by sizes, times
and numbers of the files, any of which is another one when one of them is written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from migrator import __version__
from migrator.cache.folder import cache_folder
from migrator.cache.store import Store
from migrator.engine.discovery import built_in_directory, rule_files
from migrator.engine.plan import Plan
from migrator.errors import MigratorError
from migrator.startup.digests import digest

FORMAT = "1"
"""Another one for entries of another shape."""

DEPENDENCIES = ("libcst", "ruamel_yaml", "ruamel_yaml_clib", "tree_sitter", "tree_sitter_bash")
"""The distributions that read configs, scripts and shells, by their names with underscores."""

_PACKAGE = Path(__file__).parents[1]
_INFO = (".dist-info", ".egg-info")


def digest_of(*parts: str) -> str:
    """A key of parts, none of which can pass for two."""
    return digest("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogateescape"))


def open_store(plan: Plan) -> tuple[Store, str] | None:
    """What is kept for this person, and the key of runs with this plan; `None` where nothing can be."""
    folder = cache_folder()
    if not folder:
        return None
    try:
        store = Store(folder)
        key = run_key(plan, store)
    except (OSError, ValueError, MigratorError):
        return None
    return (store, key) if key else None


def run_key(plan: Plan, store: Store) -> str:
    """The key of everything that a run's outcomes have in common; empty where that cannot be told."""
    versions = _versions()
    own = _own_rules(plan)
    if versions is None or own is None:
        return ""
    # What is described of a change is not kept: whoever asks for it works it out from the texts.
    asked = repr(plan._replace(directories=(), named=frozenset(), exclude=(), describe=None))
    return digest_of(FORMAT, __version__, _program(store), sys.version, *versions, asked, own)


def _program(store: Store) -> str:
    """The digest of the sources of the program and of its rules, pages included."""
    tops = (str(_PACKAGE), str(built_in_directory()))
    found = sorted({each for top in tops for each in _stamps(top)})
    key = digest_of("program", *found)
    known = store.get(key)
    if known is not None and len(known) == len(key):
        return known.decode("ascii", "replace")
    parts = []
    for stamp in found:
        path = stamp.rpartition("\t")[0]
        top = next(top for top in reversed(tops) if path.startswith(f"{top}/"))
        with open(path, "rb") as file:  # noqa: PTH123
            parts += [path[len(top) :], digest(file.read())]
    whole = digest_of(*parts)
    store.put(key, whole.encode())
    return whole


def _stamps(top: str) -> Iterator[str]:
    """Each file below a folder of the program, with what is different once it was written."""
    waiting = [top]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name == "__pycache__" or entry.name[0] == ".":
                    continue
                if entry.is_dir():
                    waiting.append(entry.path)
                elif not entry.name.endswith(".pyc"):
                    s = entry.stat()
                    yield f"{entry.path}\t{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino}"


def _versions() -> list[str] | None:
    """The versions of what reads files, as their installers wrote them down; `None` where one cannot be told."""
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208
        except OSError:
            continue
        for name in names:
            if name.endswith(_INFO):
                distribution, _, version = name.rpartition(".")[0].partition("-")
                found.setdefault(distribution.replace("-", "_").replace(".", "_").lower(), version)
    versions = [f"{name} {found.get(name, '')}" for name in DEPENDENCIES]
    return None if any(each.endswith(" ") for each in versions) else versions


def _own_rules(plan: Plan) -> str | None:
    """What an organization's own rules are; `None` where they may decide by more than config and policy."""
    if not plan.directories:
        return ""
    from migrator.cache.purity import decides_alone

    built_in = built_in_directory()
    parts = []
    for file in rule_files(plan.directories).values():
        if file.path.is_relative_to(built_in):
            continue
        source = file.path.read_bytes()
        if file.id in plan.rules and not decides_alone(source):
            return None
        parts += [file.id, str(file.path), digest(source), str(file.page.is_file())]
    return digest_of(*parts)
