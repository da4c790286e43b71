"""Long texts for a person at a terminal, in their pager, as git shows them.

The pager is that of `PAGER`, else `less`, which ends by itself where the text fits on the screen (`LESS=-FRX`, git's
own default). What a repository says is not asked.
"""

from __future__ import annotations

import os
import shutil
import sys

_NONE = ("", "cat")
_NO_SCREEN = ("", "dumb")


def _pager() -> list[str]:
    """The words of `PAGER`, as click reads them; none where there is no pager, or a quote is not closed."""
    named = os.environ.get("PAGER", "less")
    if named.strip() in _NONE:
        return []
    import shlex

    try:
        return shlex.split(named)
    except ValueError:
        return []


def has_screen() -> bool:
    """Whether a person is at a screen, who can answer: CI systems such as CircleCI give a terminal to steps as well."""
    if os.environ.get("TERM", "") in _NO_SCREEN or os.environ.get("CI"):
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def may_page() -> bool:
    """Whether there is a pager, and a person who can leave it."""
    return has_screen() and bool(_pager())


def page(text: str) -> bool:
    """Show a text that does not fit on the screen in a pager. `False`: it fits, or nobody is there; it is not shown."""
    if not may_page() or text.count("\n") < shutil.get_terminal_size().lines:
        return False
    import click

    sys.stdout.flush()
    flags = os.environ.setdefault("LESS", "-FRX").split()[:1]
    # `less` takes its first flags without a hyphen as well, where click sees no R and leaves out the colors.
    is_less = os.path.basename(_pager()[0]) == "less"  # noqa: PTH119
    shows_colors = is_less and any("r" in each.lower() for each in flags if not each.startswith("-"))
    click.echo_via_pager(text, color=True if shows_colors else None)
    return True
