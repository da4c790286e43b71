"""The arguments of `docker login`, read as docker reads them.

The flags are those of github.com/docker/cli v29.7.2, cli/command/registry/login.go, with the rules of the library that
it reads them by (github.com/spf13/pflag, flag.go: `parseArgs`, `parseLongArg`, `parseSingleShortArg`): flags and the
server in any order up to `--`, letters in one word up to the one that takes a value, that value behind `=`, right
behind the letter, or in the next word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from migrator.circleci.shell.pieces import Piece, PieceKind
from migrator.circleci.shell.words import Word
from migrator.startup.records import record
from migrator.tree import Span

_VALUES: Final = {"u": "username", "p": "password"}
_STDIN: Final = "password-stdin"
_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})  # strconv.ParseBool
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_OLD: Final = frozenset({"-e", "--email"})
"""With a value, until docker 17.06."""

_HELP: Final = frozenset({"-h", "--help"})
MISSPELT: Final = {
    **{f"-{word}": "--password" for word in ("password", "passwd", "pass", "pwd", "pw")},
    **{f"-{word}": "--username" for word in ("username", "user", "usr")},
}
"""What people write for a flag: a letter with its value to docker, so that the value behind it is the server."""


@record
class Arguments:
    """`user`, `password` and `server` are words, `None` where there is none; of a flag that is repeated the last one.

    `stdin`: the password is read from standard input. `refused` says why docker would not log in, or what is in the
    way of saying what it does. `hides_server`: a word may be the registry or the value of an unknown flag.
    """

    user: Word | None = None
    password: Word | None = None
    server: Word | None = None
    stdin: bool = False
    refused: str = ""
    hides_server: bool = False


def read_arguments(words: Iterable[Word]) -> Arguments:
    """What docker takes the words behind `docker login` for."""
    reading = _Reading()
    rest = iter(words)
    for word in rest:
        text = word.beginning
        if not text.startswith("-") or word.literal == "-":
            reading.operands.append(word)
        elif word.literal == "--":
            reading.operands += rest
        elif text.startswith("--"):
            reading.long(word, rest)
        else:
            reading.short(word, rest)
    return reading.result()


def as_words(texts: Iterable[str | None]) -> list[Word]:
    """Words that no shell reads; each span ends with the number of its word. `None` is one that code decides."""
    kinds = (PieceKind.COMPUTED, PieceKind.LITERAL)
    return [
        Word(text or "", Span(place, place + 1), (Piece(kinds[text is not None], text or ""),))
        for place, text in enumerate(texts)
    ]


class _Reading:
    def __init__(self) -> None:
        self.values: dict[str, Word] = {}
        self.operands: list[Word] = []
        self.stdin: bool | None = None
        self.problem = ""
        self.is_unknown = False

    def refuse(self, problem: str) -> None:
        self.problem = self.problem or problem

    def long(self, word: Word, rest: Iterator[Word]) -> None:
        name, equals, _ = word.beginning.partition("=")
        whole = equals or len(word.pieces) == 1
        if name == f"--{_STDIN}" and whole:
            self.switch(word.without(f"{name}=") if equals else None)
        elif name[2:] in _VALUES.values() and whole:
            self.take(name[2:], name, word.without(f"{name}=") if equals else next(rest, None))
        elif whole:
            self.other(name, equals, rest)
        else:
            self.computed()

    def short(self, word: Word, rest: Iterator[Word]) -> None:
        text = word.beginning
        if text in MISSPELT and len(word.pieces) == 1:
            self.refuse(f"`{text}` is `{text[:2]} {text[2:]}` to docker: write `{MISSPELT[text]}`")
            next(rest, None)  # what is meant as its value, and may be a secret
        elif text[1:2] in _VALUES:
            flag = text[:2]
            name = _VALUES[text[1]]
            behind = word.without(flag)
            if behind is None or not behind.pieces:
                self.take(name, flag, next(rest, None))
            elif text[2:3] == "=" and (len(text) > 3 or len(word.pieces) > 1):
                self.take(name, flag, word.without(f"{flag}="))
            else:
                self.take(name, flag, behind)
        elif text == "-":
            self.computed()
        else:
            self.other(text[:2], "", rest)

    def take(self, name: str, flag: str, value: Word | None) -> None:
        if value is None or name in self.values:
            self.refuse(f"`{flag}` is repeated or has no value")
        if value is not None:
            self.values[name] = value

    def switch(self, value: Word | None) -> None:
        text = value.literal if value is not None else "true"
        if text not in _TRUE | _FALSE:
            self.refuse(f"`--{_STDIN}` has a value that is computed or unknown to docker")
        self.stdin = text in _TRUE

    def computed(self) -> None:
        self.is_unknown = True
        self.refuse("a flag is computed by the shell")

    def other(self, name: str, equals: str, rest: Iterator[Word]) -> None:
        if name in _OLD:
            self.refuse(f"the orb does not support `{name}`")
            if not equals:
                next(rest, None)
        elif name in _HELP:
            self.refuse(f"docker prints its help for `{name}`")
        else:
            self.is_unknown = True  # its value may be the next word, which is then no registry
            self.refuse(f"the orb does not support `{name}`")

    def result(self) -> Arguments:
        user, password = self.values.get("username"), self.values.get("password")
        # Since v29.6 `-p -` is another spelling of `--password-stdin`.
        dash = password is not None and password.literal == "-"
        if self.stdin is not None and password is not None and not dash:
            self.refuse("it has two passwords, which docker refuses")
        if len(self.operands) > 1:
            self.refuse("it has more than one word that could be the registry")
        server = self.operands[0] if self.operands and not self.is_unknown else None
        hides = self.is_unknown and bool(self.operands)
        return Arguments(user, password, server, bool(self.stdin) or dash, self.problem, hides)
