"""YAML scalars: writing a text as one, and finding the place in the source of each character of a value.

Rules: https://yaml.org/spec/1.1/#id898785 (flow scalars) and #id926836 (block scalars).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from migrator.startup.patterns import lazy
from migrator.tree import STR, plain_type

# Unquoted text is kept to what every parser of YAML 1.1 and 1.2 reads back as the same string, in block and in flow.
_PLAIN = lazy(r"[A-Za-z0-9_$/.(~+=\\<^][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]*")
_DASHED = lazy(r"-[A-Za-z0-9_$/.(-]")
_SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_ESCAPED = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip


_NO_ESCAPES = lazy(r"[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\uf900-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


def _needs_no_escapes(text: str) -> bool:
    # The pattern takes as long to compile as a file takes to be read.
    return (text.isascii() and text.isprintable()) or _NO_ESCAPES.fullmatch(text) is not None


def may_be_plain(value: str, *, flow: bool) -> bool:
    """Whether the unquoted text reads back as this very string."""
    if not value or value[-1] in " :\t" or value[0] in " \t":
        return False
    if not (_PLAIN.fullmatch(value) or (_DASHED.match(value) and _PLAIN.fullmatch(value[1:]))):
        return False
    if ": " in value or ":\t" in value or " #" in value or "\t" in value or plain_type(value) != STR:
        return False
    if value == "<<" or value == "=" or value.startswith(("---", "...")):
        return False
    return not (flow and any(c in value for c in ",[]{}:?"))


def written(value: str, *, flow: bool, quote: str = "") -> str:
    """The string on one line: plain where that is safe and no quote is preferred, else quoted."""
    if not quote and may_be_plain(value, flow=flow):
        return value
    if quote == "'" and "\n" not in value and _needs_no_escapes(value):
        return "'" + value.replace("'", "''") + "'"
    return '"' + escaped(value) + '"'


def escaped(value: str) -> str:
    """The inside of a double-quoted scalar."""
    return "".join(_SHORT_ESCAPES.get(c) or (c if _needs_no_escapes(c) else _hex(c)) for c in value)


def _hex(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def fits_block(value: str) -> bool:
    """Whether a block scalar can hold the text, which cannot escape anything there."""
    return value.strip("\n") != "" and "\r" not in value and _needs_no_escapes(value)


def literal_lines(value: str, indent: int, step: int, *, keep: bool = False) -> tuple[str, list[str]] | None:
    """Header and lines of a `|` scalar whose text is at the column `indent`, `step` more than its parent.

    `None` where only quotes can hold the value. A `|+` scalar takes the blank lines below it to itself: it is written
    only where `keep` says that there are none.
    """
    body = value.rstrip("\n")
    if not fits_block(value) or (not keep and value.endswith("\n\n")):
        return None
    lines = body.split("\n")
    if body[0] in " \t\n" and step > 9:
        return None
    if any(line.strip(" \t") == "" and line for line in lines):
        return None  # a line of nothing but blanks would set or lose the indentation
    trailing = len(value) - len(body)
    header = "|" + (str(step) if body[0] in " \t\n" else "") + ("-" if trailing == 0 else "" if trailing == 1 else "+")
    pad = " " * indent
    return header, [pad + line if line else "" for line in lines] + [""] * (trailing - 1)


def offsets(source: str, start: int, end: int, style: str) -> tuple[str, list[int]]:
    """The value of the scalar at `source[start:end]`, and where each character is, with one more for its end.

    A character that the source does not spell out (the blank of a folded line) is where its line break is.
    """
    if style == "'":
        return _quoted(source, start + 1, end - 1, single=True)
    if style == '"':
        return _quoted(source, start + 1, end - 1, single=False)
    if style == "|" or style == ">":
        return _block(source, start, end, folded=style == ">")
    return _folded_lines(source, start, end, _plain_chars)


_BREAK = lazy(r"[ \t]*(\r\n|\r|\n)[ \t]*")


def _plain_chars(source: str, place: int, end: int) -> tuple[str, int]:
    return source[place], place + 1


def _single_chars(source: str, place: int, end: int) -> tuple[str, int]:
    return source[place], place + (2 if source.startswith("''", place) else 1)


def _double_chars(source: str, place: int, end: int) -> tuple[str, int]:
    if source[place] != "\\":
        return source[place], place + 1
    letter = source[place + 1]
    if letter in "xuU":
        size = {"x": 2, "u": 4, "U": 8}[letter]
        return chr(int(source[place + 2 : place + 2 + size], 16)), place + 2 + size
    if letter in "\r\n":
        found = _BREAK.match(source, place + 1, end)
        return "", found.end() if found else place + 2
    return _ESCAPED[letter], place + 2


def _quoted(source: str, start: int, end: int, *, single: bool) -> tuple[str, list[int]]:
    return _folded_lines(source, start, end, _single_chars if single else _double_chars)


def _folded_lines(
    source: str, start: int, end: int, read: Callable[[str, int, int], tuple[str, int]]
) -> tuple[str, list[int]]:
    chars: list[str] = []
    places: list[int] = []
    place = start
    while place < end:
        found = _BREAK.match(source, place, end) if source[place] in " \t\r\n" else None
        if found:
            breaks = 1
            after = found.end()
            while more := _BREAK.match(source, after, end):
                breaks += 1
                after = more.end()
            for _ in range(max(1, breaks - 1)):
                chars.append(" " if breaks == 1 else "\n")
                places.append(place)
            place = after
            continue
        char, after = read(source, place, end)
        if char:
            chars.append(char)
            places.append(place)
        place = after
    places.append(end)
    return "".join(chars), places


def _block(source: str, start: int, end: int, *, folded: bool) -> tuple[str, list[int]]:
    header_end = source.find("\n", start)
    if header_end < 0 or header_end >= end:
        return "", [end]
    header = source[start:header_end].partition("#")[0].split()[0]
    lines: list[tuple[int, str]] = []
    place = header_end + 1
    while place < end or (place == end and source[end - 1] == "\n" and "+" not in header):
        finish = source.find("\n", place)
        finish = end if finish < 0 or finish > end else finish
        line = source[place:finish]
        lines.append((place, line.removesuffix("\r")))
        place = finish + 1
        if finish >= end:
            break
    indent = block_indent(source, start, end)
    chars: list[str] = []
    places: list[int] = []
    previous_more = False
    pending: list[int] = []  # line breaks since the last line of text
    seen_text = False
    for place, line in lines:
        text = line[indent:]
        blank = line.strip(" ") == "" and len(line) <= indent
        if blank:
            pending.append(place)
            continue
        more = text[:1] in (" ", "\t")
        if seen_text or pending:
            breaks = len(pending)
            if not seen_text:
                for where in pending:
                    chars.append("\n")
                    places.append(where)
            elif folded and not more and not previous_more:
                if breaks == 1:
                    chars.append(" ")
                    places.append(pending[0])
                else:
                    for where in pending[1:]:
                        chars.append("\n")
                        places.append(where)
            else:
                for where in pending:
                    chars.append("\n")
                    places.append(where)
        for number, char in enumerate(text):
            chars.append(char)
            places.append(place + indent + number)
        previous_more = more
        seen_text = True
        pending = [place + len(line)]
    if "-" not in header and seen_text:
        count = len(pending) if "+" in header else 1
        for where in (pending or [end])[:count]:
            chars.append("\n")
            places.append(min(where, end))
    places.append(end)
    return "".join(chars), places


def block_indent(source: str, start: int, end: int) -> int:
    """The column at which the text of a block scalar begins."""
    header_end = source.find("\n", start)
    place = header_end + 1
    while 0 < place < end:
        finish = source.find("\n", place)
        finish = end if finish < 0 or finish > end else finish
        line = source[place:finish].rstrip("\r")
        if line.strip(" "):
            header = source[start:header_end]
            first = len(line) - len(line.lstrip(" "))
            digit = re.match(r"[|>][-+]?(\d)", header)
            return first if digit is None else _explicit_indent(source, start, int(digit.group(1)))
        place = finish + 1
    return 0


def _explicit_indent(source: str, start: int, digit: int) -> int:
    """The parent's indentation plus the header's digit; the parent is the entry or item that the scalar belongs to."""
    line_start = source.rfind("\n", 0, start) + 1
    line = source[line_start:start]
    column = len(line) - len(line.lstrip(" "))
    while match := re.match(r"[-?][ ]+", line[column:]):
        rest = line[column + match.end() :]
        if not rest.strip() or not re.match(r"""[^\s#].*:(\s|$)""", rest):
            break
        column += match.end()
    return column + digit
