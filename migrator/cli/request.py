"""What a command line asks for, however it was read."""

from __future__ import annotations

from typing import NamedTuple

COMMAND_WORDS = ("bulk", "contexts", "rules")
"""What opens the command line of another command. A PATH of such a name would make `migrate NAME` mean two things."""


class Request(NamedTuple):
    """The options of `migrate [PATH...]` with their defaults, by the names that the command line gives them."""

    paths: tuple[str, ...] = ()
    write: bool = False
    interactive: bool = False
    replay: str | None = None
    decisions: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    config: str | None = None
    review_too: bool = False
    include_generated: bool = False
    jobs: int | None = None
    format: str = "text"
    output: str | None = None
    patch: str | None = None
    ecr_plan: str | None = None
    regenerate: bool = False
