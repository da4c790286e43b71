"""Values for variables: from a file, from the environment, from a person. They are never shown, and kept nowhere."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from migrator.accounts.applying import Slot, key_of
from migrator.errors import ReadError, UsageError
from migrator.files.reading import read_head

LONGEST = 32_000
"""Characters of a value at most: https://circleci.com/docs/contexts/."""
_MOST_BYTES = 10_000_000
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


def read_env_file(name: str) -> dict[str, str]:
    """The values in a file of lines `NAME=value`. Raises `UsageError`, which never holds any of the file's text.

    A value is taken as it is, without the blanks around it. In single quotes it is what is between them, in double
    quotes too, with `\\n`, `\\"` and `\\\\` as characters. Nothing is expanded. `export` before a name, empty lines and
    lines that begin with `#` mean nothing.
    """
    try:
        text = read_head(Path(name), _MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"--env-file {name}: cannot be read: {error.strerror}") from None
    except ReadError as error:
        raise UsageError(f"--env-file {name}: {error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--env-file {name}: is not UTF-8") from None
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        value = _unquoted(found[2].strip()) if found else None
        if found is None or value is None:
            raise UsageError(f"--env-file {name}: line {number}: expected NAME=value, a value in quotes on one line")
        if found[1] in values:
            raise UsageError(f"--env-file {name}: line {number}: {found[1]} is there twice")
        values[found[1]] = checked(value, f"--env-file {name}: line {number}: {found[1]}")
    return values


def _unquoted(value: str) -> str | None:
    """A value without its quotes; `None` where one of them is missing."""
    quote = value[:1]
    if quote not in ("'", '"'):
        return value
    if len(value) < 2 or not value.endswith(quote):
        return None
    inside = value[1:-1]
    if quote == "'":
        return inside if "'" not in inside else None
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), inside)


def checked(value: str, what: str) -> str:
    if len(value) > LONGEST:
        raise UsageError(f"{what}: the value has more than {LONGEST:,} characters")
    if "\0" in value:
        raise UsageError(f"{what}: the value contains a null character")
    return value


def is_readable_by_others(name: str) -> bool:
    """Whether somebody else on this machine can read a file."""
    try:
        return bool(stat.S_IMODE(Path(name).stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def values_for(
    slots: Iterable[Slot], given: Mapping[str, str], environment: Mapping[str, str], allowed: Collection[str]
) -> dict[tuple[int, str], str]:
    """The values of slots that a file gives, else the environment for names that are allowed.

    An empty value of the environment is none: a variable that is not set in a CI often is empty.
    """
    values = {}
    for slot in slots:
        name = slot.variable.name
        if name in given:
            values[key_of(slot)] = given[name]
        elif name in allowed and environment.get(name):
            values[key_of(slot)] = checked(environment[name], name)
    return values


def ask_for(
    slots: Sequence[Slot],
    values: dict[tuple[int, str], str],
    ask: Callable[[Slot], str],
    same: Callable[[Slot, int], bool],
) -> None:
    """Ask a person for each value that is not there yet. Nothing entered leaves a variable out.

    `same` asks whether a value is meant for the other places, so many, of a variable of this name too.
    """
    for slot in slots:
        if key_of(slot) in values:
            continue
        value = ask(slot)
        if not value:
            continue
        values[key_of(slot)] = value
        others = [
            other
            for other in slots
            if other.variable.name == slot.variable.name and other is not slot and key_of(other) not in values
        ]
        if others and same(slot, len(others)):
            values.update((key_of(other), value) for other in others)
