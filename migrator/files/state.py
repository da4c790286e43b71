"""Where the state of a person is: with the person, never in the repository that it is about."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from migrator.files.reading import real_path

OLD_FOLDER = Path(".migrator")
"""Where earlier versions kept answers, in the repository. What is there is nobody's answer."""


def decisions_file(folder: Path) -> Path:
    """The file of the decisions about a folder, which need not exist."""
    return _state_folder(folder) / "decisions.toml"


def answers_file(folder: Path) -> Path:
    """The policy that a session about a folder asked for, where the person did not want it as `migrator.toml`."""
    return _state_folder(folder) / "policy.toml"


def _state_folder(folder: Path) -> Path:
    from platformdirs import user_state_path

    real = real_path(folder)
    # A folder's name is the repository's to choose: here it only makes the listing readable.
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", real.name).strip("-")[:40] or "root"
    key = sha256(os.fsencode(real)).hexdigest()[:16]
    return user_state_path("circleci-migrator", appauthor=False) / f"{name}-{key}"


def shown(path: Path) -> str:
    """A path as a person reads it: from the home folder where it is below."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) and home != Path("/") else str(path)
