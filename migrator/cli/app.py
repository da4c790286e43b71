"""Which command a command line means, and what becomes of everything that goes wrong in it."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.cli.request import COMMANDS, Request, plain_request
from migrator.cli.run import carry_out
from migrator.cli.talk import moved_names_are_told, tell
from migrator.errors import MigratorError, PolicyError, UsageError

if TYPE_CHECKING:
    import click

CLEAN, FINDINGS, USAGE, FAILED = 0, 1, 2, 3
INTERRUPTED, NO_READER = 130, 141

_OF_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EAGAIN)
"""What writing to a stream that is there may end with; other errors that name no file are not about the output."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; every error has been reported by then."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # Paths may hold bytes, and configs characters, that the terminal's encoding has not.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with moved_names_are_told():
            code = _dispatch(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        _close_output()
        return NO_READER
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED
    except (UsageError, PolicyError) as error:
        tell(str(error))
        return USAGE
    except MigratorError as error:
        tell(str(error))
        return FAILED
    except OSError as error:
        where = error.filename or "this run"
        if error.filename is None and error.errno in _OF_OUTPUT:
            where = "standard output"
            _close_output()
        tell(f"{where}: {error.strerror or type(error).__name__}")
        return FAILED
    except Exception as error:  # the last wall
        if os.environ.get("MIGRATOR_DEBUG"):
            raise
        tell(f"{_where(error)}; please report it (MIGRATOR_DEBUG=1 shows more)")
        return FAILED


def _dispatch(arguments: Sequence[str]) -> int:
    if instruction := os.environ.get("_MIGRATE_COMPLETE"):
        from migrator.cli.shell.completion import complete

        return complete(instruction, COMMANDS)
    words = next(words for words in COMMANDS if tuple(arguments[: len(words)]) == words)
    asked = (None if words else plain_request(arguments)) or _parsed(words, list(arguments[len(words) :]))
    return carry_out(asked) if isinstance(asked, Request) else asked


def _parsed(words: tuple[str, ...], arguments: list[str]) -> Request | int:
    """What the option parser reads: a request of the main command, or the exit code of another, which has run then."""
    import click

    command = importlib.import_module(COMMANDS[words]).command
    try:
        # Not `main`, which would end a run whose reader went away with 1: findings remain.
        names = {"help_option_names": ["-h", "--help"]}
        with command.make_context(" ".join(("migrate", *words)), arguments, **names) as context:
            answer = command.invoke(context)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return USAGE
    except click.NoSuchOption as error:
        from migrator.cli.hints import OPTIONS

        hint = OPTIONS.get(error.option_name)
        raise UsageError(f"No such option '{error.option_name}'; {hint}" if hint else _one_line(error)) from None
    except click.ClickException as error:
        raise UsageError(_one_line(error)) from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return answer if isinstance(answer, int | Request) else CLEAN


def _one_line(error: click.ClickException) -> str:
    return " ".join(error.format_message().split())


def _where(error: Exception) -> str:
    """Type and place of an error. Its message is left out: it could quote a config."""
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"internal error: {type(error).__name__} in {os.path.basename(frame.filename)}, line {frame.lineno}"  # noqa: PTH119


def _close_output() -> None:
    """Keep the interpreter from flushing into a closed pipe, and complaining, when it ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
