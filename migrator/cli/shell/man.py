"""`migrate man`: the texts of `--help` as man pages."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

import migrator
from migrator.cli.options import named
from migrator.cli.request import COMMANDS
from migrator.cli.shell.roff import Page, page
from migrator.cli.talk import tell
from migrator.errors import UsageError, WriteError
from migrator.files.writing import write_whole


def every_command() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command with its words, `migrate` without any first."""
    for words in sorted(COMMANDS):
        yield from _with_phases(words, importlib.import_module(COMMANDS[words]).command)


def _with_phases(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    for name, below in sorted(command.commands.items()) if isinstance(command, click.Group) else ():
        yield from _with_phases((*words, name), below)


def pages() -> dict[str, str]:
    """All man pages by the names of their files."""
    found = dict(every_command())
    date = datetime.fromtimestamp(Path(migrator.__file__).stat().st_mtime, UTC).date()
    names = ["-".join(("migrate", *words)) for words in found]
    return {
        f"{name}.1": page(
            Page(name, " ".join(("migrate", *words)), command, date.isoformat(), f"migrate {migrator.__version__}"),
            [other for other in names if other != name and _are_near(name, other)],
        )
        for name, (words, command) in zip(names, found.items(), strict=True)
    }


def _are_near(name: str, other: str) -> bool:
    """Whether a page refers to another: to what is above it, beside it and below it."""
    above = name.rpartition("-")[0]
    return other in ("migrate", above) or other.rpartition("-")[0] in (name, above)


@click.command()
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.option("--output", metavar="DIR", callback=named, help="Write the pages of all commands to this folder.")
def command(words: tuple[str, ...], output: str | None) -> None:
    """Print the man page of a command, or write those of all of them.

    `migrate man bulk plan | man -l -` shows one. After `migrate man --output ~/.local/share/man/man1`, `man migrate`
    finds them.
    """
    found = pages()
    if output is None:
        name = "-".join(("migrate", *words)) + ".1"
        if name not in found:
            raise UsageError(f"`{' '.join(words)}` is not a command; `migrate --help` names them")
        if sys.stdout is not None:
            sys.stdout.write(found[name])
        return
    if words:
        raise UsageError("--output writes the pages of all commands: leave out COMMAND")
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{output}: cannot be written: {error.strerror}") from None
    for file, text in found.items():
        write_whole(str(folder / file), text.encode())
    tell(f"{output}: {len(found)} man pages are written")
