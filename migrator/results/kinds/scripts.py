"""The commands of a script, one a line as its author sees them: lines that go on are one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_GOES_ON: Final = ("\\", "|", "&&", "||")


def commands_of(script: str) -> Iterator[str]:
    """Each command of a script on one line; blank lines and comments are none."""
    parts: list[str] = []
    for line in script.split("\n"):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        parts.append(text.removesuffix("\\").rstrip())
        if not text.endswith(_GOES_ON):
            yield " ".join(parts)
            parts = []
    if parts:
        yield " ".join(parts)
