"""Texts that are published: pull requests and commits. No name from a repository can control them.

Hosts look for mentions, references and closing keywords in what Markdown shows as text, whatever was escaped in the
source. So outside code spans, an invisible character breaks up whatever would be one of those.
"""

from __future__ import annotations

import re

from migrator.results.masking import one_line

_RUN = re.compile(r"`+")
_SPECIAL = re.compile(r"[\\*_\[\]~]")
_OPENS_A_BLOCK = re.compile(r"\s*\d*(?=[#>+\-=.)|])")
"""What would make a heading, a quotation, an item or a line of a paragraph, up to the mark that says so."""

_BREAK = "\u200b"  # zero width space
# Mentions; references of GitHub, GitLab and Bitbucket (#1, !1, $1, %1, &1, GH-1, acme/web#1); addresses that are linked
# by themselves (GitHub Flavored Markdown, "Autolinks").
_LIVE = re.compile(
    r"[@#!$%&^~](?=\w)|(?<=\bGH)-(?=\d)|/(?=/)|(?<=\bwww)\.|\b(?:mailto|xmpp|javascript|data):", re.IGNORECASE
)


def markdown(text: str) -> str:
    """A sentence with code spans as CommonMark shows it on one line: code spans stay, all else is plain text."""
    text = " ".join(one_line(text).replace(_BREAK, "").split())
    shown = "".join(part if is_code else plain(part) for is_code, part in _spans(text))
    opens = _OPENS_A_BLOCK.match(shown)
    return f"{shown[: opens.end()]}\\{shown[opens.end() :]}" if opens else shown


def _spans(text: str) -> list[tuple[bool, str]]:
    """The text in pieces. A code span ends with a run of backticks as long as the one that opened it."""
    runs = [(match.start(), match.end()) for match in _RUN.finditer(text)]
    later: dict[int, list[int]] = {}
    for number in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[number][1] - runs[number][0], []).append(number)
    pieces: list[tuple[bool, str]] = []
    place = number = 0
    while number < len(runs):
        start, end = runs[number]
        same = later[end - start]
        while same and same[-1] <= number:
            same.pop()
        if not same:
            number += 1
            continue
        close = same[-1]
        pieces += [(False, text[place:start]), (True, text[start : runs[close][1]])]
        place, number = runs[close][1], close + 1
    return [*pieces, (False, text[place:])]


def plain(text: str) -> str:
    """A text as Markdown shows it letter by letter."""
    text = _LIVE.sub(_apart, text)
    text = _SPECIAL.sub(r"\\\g<0>", text).replace("`", "\\`")
    return text.replace("&", "&amp;").replace("<", "&lt;")


def code(text: str) -> str:
    """A text as a code span, whatever backticks it contains."""
    text = " ".join(one_line(text).split())
    longest = max((len(run) for run in _RUN.findall(text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest or not text else f"`{text}`"


def cell(text: str) -> str:
    """A text as a code span in a cell of a table (GitHub Flavored Markdown, "Tables": a bar is escaped there too)."""
    return code(text).replace("|", "\\|")


def fence(text: str) -> str:
    """The fence of a block that holds the text: longer than any run of backticks in it."""
    return "`" * max(3, *(len(run) + 1 for run in _RUN.findall(text)), 3)


def commit_text(text: str) -> str:
    """A line of a commit message or a title: no mention, no reference, no closing keyword, no `[skip ci]`."""
    text = " ".join(one_line(text).replace(_BREAK, "").split())
    # Except for Azure's, all markers that skip builds are in brackets (docs of CircleCI, GitHub, GitLab and Bitbucket).
    return re.sub(r"\[(?=\s*(?:no|skip|ci)\b)|\*(?=\*\*no_ci)", _apart, _LIVE.sub(_apart, text), flags=re.IGNORECASE)


def _apart(match: re.Match[str]) -> str:
    return match[0] + _BREAK
