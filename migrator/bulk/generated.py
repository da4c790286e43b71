"""Which files of a repository are configs, and which of those are written by a script or template beside them.

What tells that looks at files beside a file. A repository that has none but YAML, as nearly all, is judged without
any; another is laid out in a folder of its own for as long as that takes, so that nothing else is beside it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from migrator.documents import TEMPLATE
from migrator.policy import Policy
from migrator.startup.records import replace

FOLDER = ".circleci"
_YAML = (".yml", ".yaml")


class File(NamedTuple):
    """One file of a repository: its path from the top, its bytes, and whether git calls it executable."""

    path: str
    data: bytes
    mode: str = "100644"


def wanted(path: str) -> bool:
    """Whether a file of a repository is read: YAML, templates of it and Python scripts of `.circleci`."""
    name = path.rpartition("/")[2]
    return path.startswith(f"{FOLDER}/") and (path.endswith((*_YAML, ".py")) or TEMPLATE.search(name) is not None)


def sources_of(files: Sequence[File], policy: Policy) -> dict[str, str]:
    """The files that are configs or write some, each with why it is not to be edited, or nothing."""
    # The policy's own pairs are paths of the machine that it lies on, not of this repository.
    policy = replace(policy, generated=())
    if all(file.path.endswith(_YAML) for file in files):
        return {file.path: _told_by_header(file.data) for file in files}
    from migrator.files.generated import why_generated
    from migrator.files.generators import is_generator

    with tempfile.TemporaryDirectory() as name:
        # A link on the way there would be followed by some of who look and not by others.
        top = Path(name).resolve()
        (top / ".git").mkdir()
        for file in files:
            (top / file.path).parent.mkdir(parents=True, exist_ok=True)
            (top / file.path).write_bytes(file.data)
        found = {}
        for file in files:
            path = top / file.path
            if file.path.endswith(_YAML) or is_generator(path):
                why = why_generated(str(path), file.data, policy) or ""
                found[file.path] = why.replace(f"{top}/", "")
        return found


def _told_by_header(data: bytes) -> str:
    from migrator.files.header import generated_line

    line = generated_line(data[:4096].decode("utf-8", "replace"))
    return f"line {line} says that it is generated; change its source, or pass --include-generated" if line else ""
