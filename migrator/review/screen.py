"""Draws what is shown of a finding as lines of a terminal, with rich.

Only the terminal's own sixteen colours are used, never a background, and nothing depends on colour alone: it reads the
same on light and dark, and with NO_COLOR.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Literal

from pygments.token import Comment, Keyword, Name, Number, Token  # type: ignore[import-untyped, unused-ignore]
from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text

from migrator.results.masking import visible
from migrator.review.keys import Key
from migrator.review.preview import Preview, Row

_THEME = ANSISyntaxTheme(
    {
        Token: Style(),
        Comment: Style(italic=True),
        Name.Tag: Style(color="blue"),
        Name.Label: Style(color="magenta"),
        Name.Variable: Style(color="magenta"),
        Keyword: Style(color="cyan"),
        Number: Style(color="cyan"),
    }
)
_SAFETY = {"safe": "bold green", "review": "bold magenta", "manual": "bold red"}
_MARKS = {"+": "bold green", "-": "bold red", ">": "bold magenta", " ": ""}
MINIMUM = 20


class Screen:
    """What is above the keys for one finding or page, drawn again for each width."""

    def __init__(self, head: Sequence[RenderableType], body: Sequence[RenderableType]) -> None:
        self._head = head
        self._body = body
        self._drawn: tuple[int, list[str], list[str]] | None = None

    def lines(self, columns: int) -> tuple[list[str], list[str]]:
        """The lines that stay at the top, and those that can be scrolled."""
        if self._drawn is None or self._drawn[0] != columns:
            self._drawn = (columns, _drawn(self._head, columns), _drawn(self._body, columns))
        return self._drawn[1], self._drawn[2]


def finding_screen(shown: Preview) -> Screen:
    head = _Ends(Text(shown.path, "bold"), Text(shown.progress))
    return Screen([head], list(_body(shown)))


def page_screen(rule: str, page: Path | None) -> Screen:
    """The page of a rule without its cases, which are for authors of rules."""
    try:
        text = page.read_text("utf-8").partition("\n## Left alone\n")[0] if page else ""
    except OSError:
        text = ""
    text = text or f"The page of `{rule}` cannot be read."
    return Screen([_Ends(Text(f"rule {rule}", "bold"), Text(""))], [Markdown(visible(text))])


def toml(text: str) -> RenderableType:
    """A policy file."""
    return Syntax(text, "toml", theme=_THEME, background_color="default", word_wrap=True)


def key_lines(keys: Sequence[Key], columns: int, *, page: bool = False) -> list[str]:
    """The keys with what they do, on as many lines as needed."""
    words = [(key.key, key.short) for key in keys] + [("Enter", "menu")] if not page else [("Enter", "back")]
    lines: list[Text] = [Text()]
    for key, short in words:
        piece = Text.assemble((key, "bold blue"), " ", short)
        if lines[-1].cell_len and lines[-1].cell_len + 3 + piece.cell_len > columns:
            lines.append(Text())
        if lines[-1].cell_len:
            lines[-1].append("   ")
        lines[-1].append_text(piece)
    return _drawn(lines, columns)


def _body(shown: Preview) -> Iterator[RenderableType]:
    yield Text.assemble(
        (shown.rule, "bold"), f", {shown.place}, ", (shown.safety, _SAFETY[shown.safety]), _state(shown)
    )
    yield Text(shown.message)
    if shown.why:
        yield Text(f"Why: {shown.why}", "italic")
    for need in shown.needs:
        yield Text(f"Needs: {need}")
    for warning in shown.warnings:
        yield Text(f"Warning: {warning}", "magenta")
    for value in shown.values:
        yield Text(f"Changed value: {value}", "cyan")
    if shown.problem:
        yield Text(f"Cannot be applied here: {shown.problem}", "bold red")
    for rows in shown.hunks:
        yield Text("")
        yield _Diff(rows, shown.path)


def _state(shown: Preview) -> str:
    return f"   (decided: {shown.given})" if shown.given else ""


class _Ends:
    """Two texts at the two ends of a line, the left one shortened if necessary."""

    def __init__(self, left: Text, right: Text) -> None:
        self._left = left
        self._right = right

    def __rich_console__(self, console: Console, _options: object) -> Iterator[RenderableType]:
        width = console.width
        left = self._left.copy()
        room = width - self._right.cell_len - 2
        if room < MINIMUM:
            left.truncate(width, overflow="ellipsis")
            yield left
            yield self._right
            return
        if left.cell_len > room:
            # The end of a path says more than its beginning.
            plain = left.plain
            while plain and Text(plain).cell_len > room - 1:
                plain = plain[1:]
            left = Text(f"…{plain}", left.style)
        yield Text.assemble(left, " " * (width - left.cell_len - self._right.cell_len), self._right)


class _Diff:
    """Lines with their numbers; long ones wrap, so that everything is visible."""

    def __init__(self, rows: Sequence[Row], path: str) -> None:
        self._rows = rows
        self._lexer = "python" if path.endswith(".py") else "yaml"

    def __rich_console__(self, console: Console, _options: object) -> Iterator[RenderableType]:
        digits = max(len(str(row.number)) for row in self._rows)
        width = max(console.width - digits - 4, MINIMUM)
        old = iter(_coloured([row.text for row in self._rows if row.mark != "+"], self._lexer))
        new = iter(_coloured([row.text for row in self._rows if row.mark == "+"], self._lexer))
        for row in self._rows:
            code = next(new if row.mark == "+" else old)
            for index, piece in enumerate(_folded(code, width)):
                number = f"{row.number:>{digits}}" if index == 0 else " " * digits
                yield Text.assemble((row.mark, _MARKS[row.mark]), f" {number}  ", piece)


def _coloured(lines: Sequence[str], lexer: str) -> list[Text]:
    if not lines:
        return []
    text = Syntax("", lexer, theme=_THEME).highlight("\n".join(lines))
    coloured = text.split("\n", allow_blank=True)[: len(lines)]
    # Lines that the lexer changes are shown without colours.
    return [c if c.plain == line else Text(line) for c, line in zip(coloured, lines, strict=False)] + [
        Text(line) for line in lines[len(coloured) :]
    ]


def _folded(text: Text, width: int) -> list[Text]:
    text = text.copy()
    text.expand_tabs(8)
    pieces: list[Text] = []
    while text.cell_len > width:
        end = width
        while text[:end].cell_len > width:
            end -= 1
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def _drawn(what: Sequence[RenderableType], columns: int) -> list[str]:
    console, file = _console(max(columns, MINIMUM))
    file.seek(0)
    file.truncate()
    for each in what:
        console.print(each)
    return file.getvalue().split("\n")[:-1]


@lru_cache(maxsize=4)
def _console(columns: int) -> tuple[Console, StringIO]:
    file = StringIO()
    colours: Literal["standard"] | None = None if os.environ.get("NO_COLOR") else "standard"
    console = Console(
        file=file, width=columns, force_terminal=True, color_system=colours, legacy_windows=False, highlight=False
    )
    return console, file
