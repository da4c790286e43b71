"""What may happen after a key: panels of a review, and the steps between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias, Union

from migrator.review.screens.lines import Line


class Panel(Protocol):
    """Something that fills the screen and reacts to keys. The stage asks for nothing between two keys."""

    def draw(self, columns: int, rows: int) -> list[Line]:
        """At most `rows` lines, for a screen of this size; called for each key and whenever the size changes."""

    def press(self, key: str) -> Step:
        """What a key does: a character, or one of the names in `keys` (`enter`, `escape`, `up`, ...)."""


class Move(Enum):
    """`CLOSE` goes back to the panel below, `END` ends the review."""

    CLOSE = "close"
    END = "end"


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that needs the terminal for itself: it may ask with `prompts`, or run a program. What it returns is the
    next step."""

    act: Callable[[], Step]


# None: the same panel, drawn again. A panel: that one on top, until it closes.
Step: TypeAlias = Union["Panel", Move, Outside, None]
