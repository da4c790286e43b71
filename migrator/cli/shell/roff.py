"""A command of click as a man page: the same texts as `--help`, in man(7) macros."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import click

_CODE = re.compile(r"`([^`\n]+)`")
_SENTENCE = re.compile(r"(?<=[a-z)`\]]\.) (?=[A-Z`])")
_EXIT = re.compile(r"Exit codes?: (.+)")


class Page(NamedTuple):
    """What a page is about. `words` are how the command is called, `date` is an ISO date."""

    name: str
    words: str
    command: click.Command
    date: str
    source: str


def page(about: Page, related: Sequence[str]) -> str:
    """The man page; `related` are the names of others of section 1 that it refers to."""
    context = click.Context(about.command, info_name=about.words, help_option_names=["-h", "--help"])
    paragraphs = [*_paragraphs(about.command.help), *_paragraphs(about.command.epilog)]
    title, *rest = paragraphs or [about.words]
    title, *more = _SENTENCE.split(title, 1)
    rest = more + rest
    exits = [found[1] for each in paragraphs if (found := _EXIT.match(each))]
    text = [each for each in rest if not _EXIT.match(each)]
    lines = [
        f".TH {about.name.upper()} 1 {about.date} {_quoted(about.source)} {_quoted('migrate')}",
        ".SH NAME",
        f"{_escaped(about.name)} \\- {_text(title).rstrip('.')}",
        ".SH SYNOPSIS",
        f".B {_escaped(about.words)}",
        _escaped(" ".join(about.command.collect_usage_pieces(context))),
    ]
    if text:
        lines += [".SH DESCRIPTION", *_joined(text)]
    if isinstance(about.command, click.Group):
        below = sorted(about.command.commands.items())
        lines += [".SH COMMANDS", *_list((name, each.get_short_help_str(200)) for name, each in below)]
    options = (each for each in about.command.get_params(context) if isinstance(each, click.Option))
    records = [option.get_help_record(context) for option in options]
    lines += [".SH OPTIONS", *_list(record for record in records if record)]
    if exits:
        codes = [re.match(r"(\d+) (.+)", each.strip()) for each in exits[0].rstrip(".").split(",")]
        lines += [".SH EXIT STATUS", *_list((code[1], code[2]) for code in codes if code)]
    if related:
        lines += [".SH SEE ALSO", ",\n".join(f".BR {_escaped(name)} (1)" for name in related)]
    return "\n".join(lines) + "\n"


def _paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a help text, each as one line."""
    parts = re.split(r"\n\s*\n", inspect.cleandoc(text or "").partition("\f")[0].strip())
    return [" ".join(part.split()) for part in parts if part.strip()]


def _joined(paragraphs: Sequence[str]) -> Iterator[str]:
    for number, each in enumerate(paragraphs):
        if number:
            yield ".PP"
        yield _text(each)


def _list(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in entries:
        yield ".TP"
        yield f".B {_escaped(term)}"
        yield _text(meaning) or "\\&"


def _text(words: str) -> str:
    """Prose, with what is in backticks in bold, and each sentence on a line of its own, as typesetters want it."""
    lines = map(_plain, _SENTENCE.split(words))
    return "\n".join(_CODE.sub(lambda code: f"\\fB{_escaped(code[1])}\\fR", line) for line in lines)


def _plain(words: str) -> str:
    """Prose without characters that mean something to troff; code in backticks is left to whoever escapes that."""
    parts = re.split(r"(`[^`\n]+`)", words)
    parts[::2] = [part.replace("\\", "\\e") for part in parts[::2]]
    return _shielded("".join(parts))


def _escaped(words: str) -> str:
    """Code: hyphens as they are typed, backslashes kept."""
    return _shielded(words.replace("\\", "\\e").replace("-", "\\-"))


def _shielded(words: str) -> str:
    """A line that begins like a request of troff, so that it does not."""
    return f"\\&{words}" if words.startswith((".", "'")) else words


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
