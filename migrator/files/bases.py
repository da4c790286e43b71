"""Scripts that load a YAML file beside them and add to it: the two are read together, as files of one config."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from migrator.files.names import YAML
from migrator.files.reading import names_in, text_of
from migrator.startup.patterns import lazy

_LOADS = lazy(rb"\b(?:safe_|round_trip_|full_|unsafe_)?load\(")
_NAME = lazy(rb"""["']([^"'\s]{1,250}\.ya?ml)["']""")
_SCRIPT = ".py"


@lru_cache(maxsize=64)  # each file of a folder asks what the scripts beside it load
def loads_of(script: bytes) -> frozenset[str]:
    """The names, without folders, of the YAML files that a script may load."""
    if not _LOADS.search(script):
        return frozenset()
    return frozenset(PurePosixPath(name.decode("utf-8", "replace")).name for name in _NAME.findall(script))


def are_of_one_config(path: str, data: bytes, other: str, more: bytes) -> bool:
    """Whether one of two files is a script that may load the other, which is in the same folder."""
    if PurePosixPath(path).parent != PurePosixPath(other).parent:
        return False
    if path.endswith(_SCRIPT):
        return other.endswith(YAML) and PurePosixPath(other).name in loads_of(data)
    return path.endswith(YAML) and other.endswith(_SCRIPT) and PurePosixPath(path).name in loads_of(more)


def beside(path: str) -> Iterator[tuple[str, bytes]]:
    """The scripts that may load a YAML file, or the files that a script may load, of the same folder. Links are left
    out, and so is what cannot be read."""
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100
    if name.endswith(_SCRIPT):
        wanted = loads_of(text_of(os.path.realpath(path)))
        near = [each for each in names_in(folder) if each in wanted]
    elif name.endswith(YAML):
        near = [each for each in names_in(folder) if each.endswith(_SCRIPT)]
    else:
        return
    for file in (os.path.join(folder, each) for each in near):  # noqa: PTH118
        if (data := text_of(file)) and (name.endswith(_SCRIPT) or name in loads_of(data)):
            yield file, data
