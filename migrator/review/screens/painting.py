"""What stands between our lines and prompt_toolkit."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.layout.controls import UIContent, UIControl

from migrator.review.screens.lines import Line


def suspend(event: KeyPressEvent) -> None:
    """Give the terminal to the shell until the session is resumed."""
    event.app.suspend_to_background()


class Painted(UIControl):
    """Lines that know how much room they have."""

    def __init__(self, draw: Callable[[int, int], list[Line]]) -> None:
        self._draw = draw

    def create_content(self, width: int, height: int | None) -> UIContent:
        lines = self._draw(width, height or 1)

        def line(number: int) -> StyleAndTextTuples:
            return [*lines[number]]

        return UIContent(get_line=line, line_count=len(lines), show_cursor=False)
