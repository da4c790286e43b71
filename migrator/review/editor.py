"""Opens a config in the editor of the person at the keyboard: `VISUAL`, else `EDITOR`.

Nothing of a repository is run: a command is looked for in the absolute folders of `PATH` only, and never in the folder
of a config. What is opened is the file itself. A copy would leave a second one of its secrets behind, and what is
written there would be lost, or written over what others save.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from migrator.errors import UsageError
from migrator.files.links import leads_out

# How editors take a line: https://code.visualstudio.com/docs/configure/command-line,
# https://www.sublimetext.com/docs/command_line.html, https://docs.helix-editor.com/usage.html,
# https://zed.dev/docs/reference/cli; the others by `+LINE`, as vi and Emacs do.
_WITH_COLON = {"hx": (), "helix": (), "subl": ("--wait",), "zed": ("--wait",), "zeditor": ("--wait",)}
_WITH_GOTO = ("code", "code-insiders", "codium", "cursor")
_WITH_PLUS = (
    *("vi", "vim", "nvim", "view", "gvim", "nano", "pico", "emacs", "emacsclient", "micro", "kak", "joe", "jed", "mg"),
    *("ne", "ex", "jmacs", "zile", "jove", "vim.basic", "vim.tiny", "editor", "sensible-editor"),
)


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """The words of the person's editor, with its whole path. Raises `UsageError` where there is none to be run."""
    named = environment.get("VISUAL", "").strip() or environment.get("EDITOR", "").strip()
    variable = "VISUAL" if environment.get("VISUAL", "").strip() else "EDITOR"
    if not named:
        raise UsageError("no editor is set: set VISUAL or EDITOR, such as EDITOR=vim")
    try:
        words = shlex.split(named)
    except ValueError:
        raise UsageError(f"{variable} has an open quote") from None
    if os.sep in words[0] and not os.path.isabs(words[0]):  # noqa: PTH117 - as the shell takes it
        raise UsageError(f"{variable} is a relative path, which may be a file of a repository; use a whole path")
    folders = environment.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which(words[0], path=os.pathsep.join(folder for folder in folders if os.path.isabs(folder)))  # noqa: PTH117
    if found is None:
        raise UsageError(f"{words[0]} of {variable} is not found")
    return [found, *words[1:]]


def arguments_for(command: Sequence[str], path: str, line: int) -> list[str]:
    """The command that opens a file at a line, where it is known how that editor takes one."""
    name = Path(command[0]).name.removesuffix(".exe").lower()
    target = os.path.abspath(path)  # noqa: PTH100 - never taken for an option; links are what the person named
    if name in _WITH_GOTO:
        return [*command, "--wait", "--goto", f"{target}:{line}"]
    if name in _WITH_COLON:
        return [*command, *_WITH_COLON[name], f"{target}:{line}"]
    return [*command, *([f"+{line}"] if name in _WITH_PLUS else []), target]


def edit(path: str, line: int) -> None:
    """Open a file at a line and wait until the editor ends. Raises `UsageError` where it cannot be opened."""
    command = editor_command(os.environ)
    if outside := leads_out(path):
        raise UsageError(f"a link leads to {outside}, outside the repository: it is not opened")
    # Ctrl-C in the editor is the editor's. A handler, unlike "ignore", does not reach the program that is started.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        ended = subprocess.run(arguments_for(command, path, line), check=False)
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be run: {error.strerror}") from None
    finally:
        signal.signal(signal.SIGINT, before)
    if ended.returncode:
        raise UsageError(f"{Path(command[0]).name} ended with exit code {ended.returncode}")
