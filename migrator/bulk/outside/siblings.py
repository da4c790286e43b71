"""The other files of the config that a file of a repository is a part of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from migrator.bulk.generated import File
from migrator.files.bases import are_of_one_config
from migrator.files.fragments import fragments, is_place
from migrator.files.names import YAML
from migrator.files.packed import is_packed, packed_top


def siblings_in(file: File, files: Sequence[File], left: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """The other files of the config that a file is a part of, as `files.generated.siblings_of` has them."""
    if top := _packed_top(file, files):
        inside = (o for o in files if o.path.startswith(f"{top}/") and o.path.endswith(YAML) and not o.is_beside)
        yield from ((o.path, o.data) for o in inside if o.path != file.path)
        return
    for other in files:
        if other is not file and are_of_one_config(file.path, file.data, other.path, other.data):
            yield other.path, other.data
    if is_place(file.path):
        folder = PurePosixPath(file.path).parent
        near = [(o.path, o.data) for o in files if is_place(o.path) and PurePosixPath(o.path).parent == folder]
        found = fragments(file.path, near) if len(near) > 1 else ()
        yield from (other for other in found if other[0] not in left)


def _packed_top(file: File, files: Sequence[File]) -> PurePosixPath | None:
    """The root of the packed source tree that a file is in."""
    if not any(is_packed([PurePosixPath(other.path).name]) for other in files):
        return None
    names: dict[PurePosixPath, list[str]] = {PurePosixPath(): [".git"]}
    for path in (PurePosixPath(other.path) for other in files if not other.is_beside):
        names.setdefault(path.parent, []).append(path.name)
    return packed_top(PurePosixPath(file.path).parent, lambda folder: names.get(folder, ()))
