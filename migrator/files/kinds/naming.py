"""Which files have to be readable: the config itself, what a command line names, and what another file names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from migrator.documents import MAX_BYTES
from migrator.errors import ReadError
from migrator.files.names import FOLDER, YAML
from migrator.files.reading import names_in, read_head


def is_the_config(path: str) -> bool:
    """Whether CircleCI itself looks for a file: https://circleci.com/docs/introduction-to-yaml-configurations."""
    folder, name = os.path.split(path.replace("\\", "/"))
    if name not in ("config.yml", "config.yaml"):
        return False
    return (os.path.basename(folder) if folder else os.path.basename(os.path.abspath("."))) == FOLDER  # noqa: PTH100, PTH119


def named_in(path: str, others: Iterable[tuple[str, bytes]]) -> str:
    """The first of some files that names this one, by its path below `.circleci` or by its name; else nothing.

    A setup config names what it continues with (circleci.com/docs/guides/orchestrate/using-dynamic-configuration).
    """
    name = PurePosixPath(path.replace("\\", "/")).name.encode()
    pattern = re.compile(rb"(?<![\w.-])" + re.escape(name) + rb"(?![\w-])")
    own = os.path.normpath(path)
    for other, data in others:
        if os.path.normpath(other) != own and name in data and pattern.search(data):
            return other
    return ""


def beside(path: str) -> Iterator[tuple[str, bytes]]:
    """The YAML files of the `.circleci` folder that a file is in, as far as they can be read."""
    folder = next((each for each in Path(os.path.abspath(path)).parents if each.name == FOLDER), None)  # noqa: PTH100
    for name in names_in(str(folder)) if folder is not None else ():
        file = Path(str(folder), name)
        if name.endswith(YAML):
            with suppress(OSError, ReadError):
                yield str(file), read_head(file, MAX_BYTES)
