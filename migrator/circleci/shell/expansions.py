"""Where what a shell puts into a word ends, and what the escapes of `$'...'` stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from migrator.startup.patterns import lazy

if TYPE_CHECKING:
    from tree_sitter import Node as ShellNode

_SUBSTITUTIONS: Final = frozenset({
    "command_substitution", "process_substitution", "arithmetic_expansion", "expansion",
})  # fmt: skip
_PAIRS: Final = {"(": ")", "{": "}", "[": "]"}
_MATTERS: Final = lazy(r"""[\\'"`(){}\[\]]|(?:^|(?<=[(;|&{\n\s]))(?:case|esac)\b|;;""", re.MULTILINE)
_BEFORE_COMMAND: Final = lazy(r"(?:[(;|&{\n]|\b(?:do|then|else))[ \t]*", re.MULTILINE)
_PATTERN: Final = "pattern"
"""Where the next bracket that closes ends a pattern of `case`, and not what it is in."""

_BODY: Final = "body"
# bash(1), QUOTING: letters, up to three octal digits, `\x`, `\u`, `\U`, `\c`.
_ESCAPE: Final = lazy(
    r"\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9a-fA-F]{1,2})|[uU](?P<code>[0-9a-fA-F]{1,8})|c(?P<control>.)|(?P<one>.))",
    re.DOTALL,
)
_LETTERS: Final = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip


def substitutions(masked: str, nodes: Sequence[ShellNode]) -> dict[int, int]:
    """Where the substitutions in these nodes begin and end; those inside others are a part of them."""
    found: dict[int, int] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node.type in _SUBSTITUTIONS:
            start = node.start_byte
            while masked.startswith((" ", "\t", "\n", "\\\n"), start):
                start += 1
            found[start] = node.end_byte
        else:
            waiting += node.children
    return found


def closed(text: str, place: int) -> int:
    """Where the bracket at a place is closed, behind it; the end of the text if nothing closes it."""
    waiting: list[str] = []
    while found := _MATTERS.search(text, place):
        token, place = found[0], found.end()
        last = waiting[-1] if waiting else ""
        if token == "\\":
            place += 1
        elif last == '"' and token not in '"`':
            continue
        elif token == "'":
            place = text.find("'", place) + 1 or len(text)
        elif token == "case":
            # As a command, not as a word of one.
            if last == ")" and _BEFORE_COMMAND.fullmatch(text, *_gap(text, found.start())):
                waiting.append(_PATTERN)
        elif token in ("esac", ";;"):
            if last in (_BODY, _PATTERN):
                waiting[-1:] = [_PATTERN] if token == ";;" else []
        elif token == ")" and last == _PATTERN:
            waiting[-1] = _BODY
        elif token == last:
            waiting.pop()
            if not waiting:
                return place
        elif token in '"`':
            waiting.append(token)
        elif token in _PAIRS and (not waiting or _PAIRS[token] == waiting[0] or last == _BODY):
            waiting.append(_PAIRS[token])
    return len(text)


def _gap(text: str, end: int) -> tuple[int, int]:
    """The place of the blanks before a word, with the character or the word before them."""
    start = end
    while start and text[start - 1] in " \t":
        start -= 1
    if text[max(start - 1, 0) : start] in ("(", ";", "|", "&", "{", "\n"):
        return start - 1, end
    while start and text[start - 1].isalpha() and end - start < 64:
        start -= 1
    return start, end


def unescaped(text: str) -> str | None:
    r"""What is between the quotes of `$'...'`; `None` where the locale decides."""
    if "\\" not in text:
        return text
    parts: list[str] = []
    place = 0
    for found in _ESCAPE.finditer(text):
        parts.append(text[place : found.start()])
        place = found.end()
        if found["one"] is not None:
            parts.append(_LETTERS.get(found["one"], found[0]))
            continue
        if found["control"] is not None:
            code = ord(found["control"].upper()) ^ 0x40 if found["control"] != "?" else 0x7F
        else:
            code = int(found["octal"], 8) if found["octal"] else int(found["hex"] or found["code"], 16)
        if code == 0:
            return "".join(parts)
        if code > 0x7F:
            return None
        parts.append(chr(code))
    return "".join((*parts, text[place:]))
