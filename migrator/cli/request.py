"""What a command line asks for, however it was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migrator.engine.limits import FILE_TIMEOUT
from migrator.policy.globs import is_below
from migrator.reports.report import FORMATS
from migrator.startup.plain import FLAG, Kind, count, one_of, read_plainly, text, texts, words

COMMAND_WORDS = ("bulk", "contexts", "guard", "init", "man", "rules", "schema")
"""What opens the command line of another command. A PATH of such a name would make `migrate NAME` mean two things."""

COMMANDS = {
    ("bulk",): "migrator.cli.bulk",
    ("guard",): "migrator.cli.guard",
    ("init",): "migrator.cli.init.command",
    ("rules", "new"): "migrator.cli.rules.new",
    ("rules", "test"): "migrator.cli.rules.testing",
    ("rules",): "migrator.cli.rules.listing",
    ("contexts",): "migrator.cli.contexts.command",
    ("man",): "migrator.cli.shell.man",
    ("schema",): "migrator.cli.schema",
    (): "migrator.cli.migrate",
}
"""The words that open a command line, longest first, and the module whose `command` they mean; imported when used."""

COLORS = ("auto", "always", "never")


def is_reason(value: str) -> bool:
    """Whether a text can be the reason of a comment that suppresses findings: one line with a word in it."""
    return value.isprintable() and any(map(str.isalnum, value))


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
    file_timeout: int = FILE_TIMEOUT
    format: str = "text"
    output: str | None = None
    patch: str | None = None
    ecr_plan: str | None = None
    regenerate: bool = False
    compile: bool = False
    org: str | None = None
    api_url: str | None = None
    quiet: bool = False
    statistics: bool = False
    inventory: bool = False
    exit_zero: bool = False
    add_ignores: str | None = None
    no_cache: bool = False
    color: str = "auto"
    no_pager: bool = False


_KINDS: dict[str, Kind] = {
    "select": words,
    "ignore": words,
    "exclude": lambda value: (value,) if is_below(value) else None,
    "rules": texts,
    "jobs": count,
    "file_timeout": count,
    "add_ignores": lambda value: value if is_reason(value) else None,
    "format": one_of(FORMATS),
    "color": one_of(COLORS),
}
_OPTIONS = {
    f"--{name.replace('_', '-')}": (name, FLAG if default is False else _KINDS.get(name, text))
    for name, default in Request._field_defaults.items()
    if name != "paths"
}


def plain_request(arguments: Sequence[str]) -> Request | None:
    """The request of a plain command line, as the option parser would read it; `None` for all others."""
    given = read_plainly(arguments, _OPTIONS, "paths")
    return None if given is None else Request(**given)  # type: ignore[arg-type]
