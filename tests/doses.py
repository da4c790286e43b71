"""How much is run of tests about scale and of properties: a small dose, or all where `make soak` sets MIGRATOR_SOAK."""

from __future__ import annotations

import os
from typing import Final

IS_SOAK: Final = bool(os.environ.get("MIGRATOR_SOAK"))


def examples(number: int) -> int:
    """How many examples of a property are tried, of those that a soak tries: a third, and no fewer than seven."""
    return number if IS_SOAK else max(7, number // 3)
