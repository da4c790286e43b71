"""Texts that rich lays out: the page of a rule, a policy file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pygments.token import Comment, Keyword, Name, Number, Token  # type: ignore[import-untyped, unused-ignore]
from rich.console import RenderableType
from rich.markdown import Markdown
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax

from migrator.results.masking import visible

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


def rule_page(rule: str, page: Path | None) -> Sequence[RenderableType]:
    """The page of a rule without its cases, which are for authors of rules."""
    try:
        text = page.read_text("utf-8").partition("\n## Left alone\n")[0] if page else ""
    except OSError:
        text = ""
    return [Markdown(visible(text or f"The page of `{rule}` cannot be read."))]


def toml(text: str) -> RenderableType:
    """A policy file."""
    return Syntax(text, "toml", theme=_THEME, background_color="default", word_wrap=True)
