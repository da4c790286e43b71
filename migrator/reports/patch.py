"""The patch of a whole run, for `git apply`: the only output in which secrets are not masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from migrator.engine.outcomes import Changed
from migrator.errors import UsageError
from migrator.results.diffs import exact_diff


def render_patch(changed: Iterable[Changed], base: Path) -> Iterator[bytes]:
    """The diffs of all changed files, with paths relative to the folder `base`, where it must be applied."""
    return (exact_diff(each, _from(base, each.path)) for each in changed)


def patch_base(changed: Iterable[str]) -> Path:
    """Where a patch of these files is applied: the top of the repository that contains them all, else this folder."""
    here = Path.cwd().resolve()
    files = [Path(each).resolve() for each in changed]
    tops = {_top(file) for file in files}
    top = tops.pop() if len(tops) == 1 else None
    if top:
        return top
    if all(file.is_relative_to(here) for file in files):
        return here
    raise UsageError("--patch: the files are in different folders; run in the folder that contains them all")


def _top(file: Path) -> Path | None:
    return next((folder for folder in file.parents if (folder / ".git").exists()), None)


def _from(base: Path, path: str) -> str:
    return Path(path).resolve().relative_to(base).as_posix()
