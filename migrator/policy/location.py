"""Which file the policy is read from: the one given, the nearest `migrator.toml`, or none."""

from __future__ import annotations

from pathlib import Path

from migrator.errors import PolicyError, UsageError
from migrator.policy import Policy
from migrator.startup.records import replace

FILE_NAME = "migrator.toml"
_MAX_BYTES = 1_000_000


def find_policy(given: str | None = None, start: Path | None = None) -> Policy:
    """The policy of the file `given`, else of the first `migrator.toml` upwards from `start`, else the built-in one."""
    if given is not None:
        return replace(read_policy(Path(given)), found="flag")
    try:
        start = start or Path.cwd()
    except FileNotFoundError:
        raise UsageError("this folder was deleted; change to one that exists") from None
    for folder in (start, *start.parents):
        path = folder / FILE_NAME
        if path.is_file():
            return replace(read_policy(path), found="upwards")
    return Policy()


def read_policy(path: Path) -> Policy:
    """The policy of one file. Raises `PolicyError`, which never holds a value of the file."""
    try:
        # Not by `migrator.files`, which is above: a policy is small, and a pipe is as good as a file.
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise PolicyError(f"{path}: has more than {_MAX_BYTES:,} bytes; a policy must be shorter")
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise PolicyError(f"{path}: is not UTF-8; save it as UTF-8") from None
    # Most runs find no file: they should not pay for reading TOML.
    from migrator.policy.toml import parse_policy

    return parse_policy(text, path)
