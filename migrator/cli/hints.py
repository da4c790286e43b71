"""What is meant by words and options that other tools use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

_NOTHING: Final = "a run without --write writes nothing"
_COMPLETION: Final = 'use `eval "$(_MIGRATE_COMPLETE=bash_source migrate)"`, or zsh_source, fish_source'
OPTIONS: Final = {
    **dict.fromkeys(("--fix", "--apply", "--in-place", "--autofix", "-w", "-i"), "use --write"),
    **dict.fromkeys(("--check", "--dry-run", "--diff", "--lint", "-n"), f"leave it out: {_NOTHING}"),
    **dict.fromkeys(("--install-completion", "--show-completion"), _COMPLETION),
    "--list-rules": "use `migrate rules`",
    "--explain": "use `migrate rules ID`",
    "--rule": "use --select ID",
    "--json": "use --format json",
    "--sarif": "use --format sarif",
    "--junit": "use --format junit",
    "--markdown": "use --format markdown",
    "--output-format": "use --format",
    "--reporter": "use --format",
    "-f": "use --format",
    "-o": "use --output",
    "-c": "use --config",
    "--policy": "use --config",
    "-j": "use --jobs",
    "-v": "there is no such level; MIGRATOR_DEBUG=1 shows what an internal error hides",
    "--verbose": "there is no such level; MIGRATOR_DEBUG=1 shows what an internal error hides",
    "-V": "use --version",
    **dict.fromkeys(("--add-noqa", "--add-ignore", "--baseline", "--suppress"), "use --add-ignores REASON"),
    "--unsafe-fixes": "use --review-too",
    "--token": "set CIRCLE_TOKEN in the environment; a command line can be read by others",
}
"""Options that there are not, and what to use instead."""

WORDS: Final = {
    **dict.fromkeys(("check", "lint", "scan", "diff"), f"leave it out: {_NOTHING}"),
    **dict.fromkeys(("fix", "apply", "write", "run", "format"), "use `migrate --write`"),
    "help": "use `migrate --help`",
    "version": "use `migrate --version`",
    "rule": "use `migrate rules`",
    "explain": "use `migrate rules ID`",
    "list": "use `migrate rules`",
    "context": "use `migrate contexts`",
    "interactive": "use `migrate --interactive`",
    "new": "use `migrate rules new ID`",
    "manual": "use `migrate man`",
    **dict.fromkeys(("completion", "completions"), _COMPLETION),
}
"""Commands of other tools, and what to use instead. A file or folder of that name goes first."""


def hint_for_words(paths: Sequence[str]) -> str:
    """What to say of paths of which the first is a word for a command, not a file; else empty."""
    word = paths[0] if paths else ""
    if word not in WORDS or Path(word).exists():
        return ""
    return f"`{word}` is neither a command nor a file or folder here; {WORDS[word]}"
