"""What a shell completes on the command line of `migrate`, by click's own scripts for bash, zsh and fish.

`eval "$(_MIGRATE_COMPLETE=bash_source migrate)"` sets it up: https://click.palletsprojects.com/shell-completion/
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping

import click
from click.shell_completion import CompletionItem, shell_complete

from migrator.cli.request import COMMAND_WORDS
from migrator.errors import UsageError

VARIABLE = "_MIGRATE_COMPLETE"


def complete(instruction: str, commands: Mapping[tuple[str, ...], str]) -> int:
    """Print what a shell asks for; `commands` are modules by the words that open their command lines.

    Raises `UsageError` where a shell did not say what is on its command line.
    """
    asks, words, place = instruction.endswith("_complete"), os.environ.get("COMP_WORDS"), os.environ.get("COMP_CWORD")
    if asks and (words is None or place is None or not (place.isdecimal() or instruction.startswith("fish"))):
        raise UsageError(f"{VARIABLE}={instruction} is for shells, which set COMP_WORDS and COMP_CWORD as well")
    return shell_complete(_Everything(commands), {}, "migrate", VARIABLE, instruction)


class _Everything(click.Group):
    """All commands as one tree, for completion alone. What is no command is a PATH of the main one."""

    def __init__(self, commands: Mapping[tuple[str, ...], str]) -> None:
        main = importlib.import_module(commands[()]).command
        options = [each for each in main.params if isinstance(each, click.Option)]
        super().__init__("migrate", params=options, invoke_without_command=True)
        self._modules = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(words[0] for words in self._modules if len(words) == 1)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if (cmd_name,) not in self._modules:
            return None
        found: click.Command = importlib.import_module(self._modules[cmd_name,]).command
        below = {words[1]: module for words, module in self._modules.items() if words[:1] == (cmd_name,) and words[1:]}
        if not below:
            return found
        more = {word: importlib.import_module(module).command for word, module in below.items()}
        return _WithMore(found, more)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Paths may come first: what follows them are options and paths again."""
        if args and args[0] in COMMAND_WORDS:
            return super().resolve_command(ctx, args)
        return None, None, []

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # A shell that is asked to complete files forgets everything else: files where no command begins like this.
        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="file")]


class _WithMore(click.Group):
    """A command with others below it, such as `migrate rules [ID]` and `migrate rules new`."""

    def __init__(self, command: click.Command, more: dict[str, click.Command]) -> None:
        options = [each for each in command.params if isinstance(each, click.Option)]
        super().__init__(command.name, more, params=options, invoke_without_command=True)
        self._arguments = [each for each in command.params if isinstance(each, click.Argument)]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        of_arguments = [item for each in self._arguments for item in each.shell_complete(ctx, incomplete)]
        return [*super().shell_complete(ctx, incomplete), *of_arguments]
