"""Commands that are shown to be copied: what a repository names is a word in them and nothing more."""

from __future__ import annotations

import re

from migrator.startup.patterns import lazy

_NAME = lazy(r"[A-Za-z_][A-Za-z0-9_]*")


def is_variable_name(text: str) -> bool:
    """Whether a text is the name of a variable, for a shell as for CircleCI (POSIX.1-2017, 3.235 "Name")."""
    return _NAME.fullmatch(text) is not None


def command(*words: str) -> str:
    """A command for POSIX shells and bash on one line, each word quoted where it has to be."""
    return " ".join(map(word, words))


def word(text: str) -> str:
    """A text as one word of a command. What cannot be printed is written by its bytes, as bash reads them."""
    if text.isprintable():
        from shlex import quote

        return quote(text)
    return "$'" + re.sub(r"[\\']|[^ -~]", _escaped, text) + "'"


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\\'":
        return "\\" + character
    if character.isprintable():
        return character
    # By bytes: `\u` depends on the locale, and a file's name need not be text at all.
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
