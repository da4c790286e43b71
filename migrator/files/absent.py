"""Why a folder has no config, and where the nearest one is. Looked at only where none was found."""

from __future__ import annotations

import os
from pathlib import Path

from migrator.files.names import FOLDER, YAML
from migrator.files.repository import top_of

_WANTED = f"{FOLDER}/*.yml, a script in {FOLDER} that writes YAML, or a packed source (a folder with @*.yml files)"


def why_no_config(folder: Path) -> str:
    """What to say of a folder in which no config was found, with the folder in full.

    A config in a folder above is named by the way up to it, and only up to the top of the repository.
    """
    full = os.path.abspath(folder)  # noqa: PTH100 - links are not followed: a folder is what the user calls it
    said = f"no CircleCI config in this folder ({full}) or below it"
    if (folder / "circle.yml").is_file():
        return f"{said}; circle.yml is of CircleCI 1.0, which nothing runs any more: write {FOLDER}/config.yml"
    if steps := _up_to_config(full):
        return f"{said}; there is one above: run this in the folder {'/'.join(['..'] * steps)}, or pass that as PATH"
    if (folder / FOLDER).is_dir():
        return f"{said}; {FOLDER} is there, without a .yml file"
    return f"{said}; expected {_WANTED}. Pass the folder of a repository, or one with several repositories"


def _up_to_config(full: str) -> int:
    """How many folders up there is a config, within the same repository; 0 for none."""
    top = top_of(full)
    if not top:
        return 0
    depth = len(Path(full).relative_to(top).parts)
    for steps, above in enumerate(list(Path(full).parents)[:depth], 1):
        try:
            if any(entry.name.endswith(YAML) for entry in (above / FOLDER).iterdir()):
                return steps
        except OSError:
            continue
    return 0
