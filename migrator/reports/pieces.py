"""Text in pieces of one style, and how a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any


def show_pieces(pieces: Iterable[tuple[str, str]], file: IO[str], *, force: bool = False) -> None:
    """Print them to a terminal, in colour unless its user has turned that off; with `force` always in colour."""
    from rich.console import Console
    from rich.text import Text

    colors: dict[str, Any] = {"force_terminal": True, "color_system": "standard", "no_color": False} if force else {}
    console = Console(file=file, highlight=False, soft_wrap=True, **colors)
    for text, style in pieces:
        console.print(Text(text, style), end="")
