"""Scripts that load a YAML file beside them and add to it: the two are read together, as files of one config."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath

from migrator.errors import ReadError
from migrator.files.reading import names_in, read_source

_LOADS = re.compile(rb"\b(?:safe_|round_trip_|full_|unsafe_)?load\(")
_NAME = re.compile(rb"""["']([^"'\s]{1,250}\.ya?ml)["']""")
_SCRIPT = ".py"
_YAML = (".yml", ".yaml")


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
        return other.endswith(_YAML) and PurePosixPath(other).name in loads_of(data)
    return path.endswith(_YAML) and other.endswith(_SCRIPT) and PurePosixPath(path).name in loads_of(more)


def beside(path: str) -> Iterator[tuple[str, bytes]]:
    """The scripts that may load a YAML file, or the files that a script may load, of the same folder. Links are left
    out, and so is what cannot be read."""
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100
    names = names_in(folder)
    if name.endswith(_SCRIPT):
        wanted = _loads_of_file(path, *_state(path))
        found = [os.path.join(folder, each) for each in names if each in wanted]  # noqa: PTH118
    elif name.endswith(_YAML):
        scripts = (os.path.join(folder, each) for each in names if each.endswith(_SCRIPT))  # noqa: PTH118
        found = [script for script in scripts if name in _loads_of_file(script, *_state(script))]
    else:
        return
    for file in found:
        if os.path.isfile(file) and not os.path.islink(file):  # noqa: PTH113, PTH114
            with suppress(ReadError):
                yield file, read_source(file)


def _state(path: str) -> tuple[int, int]:
    with suppress(OSError):
        found = Path(path).stat()
        return found.st_mtime_ns, found.st_size
    return 0, 0


@lru_cache(maxsize=1024)
def _loads_of_file(path: str, _changed: int, _size: int) -> frozenset[str]:
    with suppress(ReadError):
        return loads_of(read_source(path))
    return frozenset()
