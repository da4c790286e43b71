"""What a word of a shell command is made of."""

from __future__ import annotations

from enum import Enum

from migrator.startup.records import record


class PieceKind(Enum):
    LITERAL = "literal"
    VARIABLE = "variable"
    """`$X` or `${X}`; the text is the name, or the template that gives the name in `$<< parameters.x >>`."""

    TEMPLATE = "template"
    """A template of CircleCI, with its brackets."""

    COMPUTED = "computed"
    """Anything else that the shell works out: `${X:-y}`, `$1`, `$(...)`, arithmetic. The text is as written."""


@record
class Piece:
    kind: PieceKind
    text: str
