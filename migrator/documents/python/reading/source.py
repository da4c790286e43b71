"""A Python module as libcst reads it, with the place of each of its nodes as offsets of the text.

Lines end where Python ends them, at `\\n`, `\\r\\n` and `\\r`: a form feed or U+2028 does not move what follows it.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Mapping

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from migrator.errors import ReadError
from migrator.startup.patterns import lazy
from migrator.startup.records import cached_property
from migrator.tree import Span

# https://peps.python.org/pep-0263/
_CODING = lazy(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_LINE_END = lazy(r"\r\n|\r|\n")
_BRACKET = lazy(r"[()\[\]{}]")
MAX_DEPTH = 200
_UTF8 = frozenset({"utf-8", "utf8", "utf-8-sig", "u8", "utf"})


class PythonSource:
    """Raises `ReadError` for text that is no Python 3, and for one that declares another encoding and uses it."""

    def __init__(self, text: str) -> None:
        self.text = text
        _check_encoding(text)
        line = _check_depth(text)
        try:
            self.module = cst.parse_module(text)
            self.positions: Mapping[cst.CSTNode, CodeRange] = MetadataWrapper(
                self.module, unsafe_skip_copy=True
            ).resolve(PositionProvider)
        except cst.ParserSyntaxError as error:
            where = (line,) if line else (error.raw_line, error.raw_column + 1)
            raise ReadError("cannot be read as Python 3", *where) from None
        except cst.CSTValidationError:  # such as `"a" b"b"`; it names no place
            raise ReadError("cannot be read as Python 3") from None
        except RecursionError:
            raise ReadError("nests expressions too deeply") from None
        code = self.module.code
        self._dropped = _dropped(text, code)
        # The parser counts in the text that it would write.
        self._lines = _line_starts(code)

    @cached_property
    def line_starts(self) -> list[int]:
        return _line_starts(self.text)

    @cached_property
    def newline(self) -> str:
        return self.module.default_newline

    @cached_property
    def compiles(self) -> bool:
        """Whether this interpreter compiles the text; it may be written for a newer one."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(self.text.encode("utf-8"), "<script>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return False
        return True

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node is, without the parentheses around it."""
        start, end = self.positions[node].start, self.positions[node].end
        lines, dropped = self._lines, self._dropped
        first, last = lines[start.line - 1] + start.column, lines[end.line - 1] + end.column
        if dropped:
            return Span(first + bisect_right(dropped, first), last + bisect_left(dropped, last))
        return Span(first, last)

    def code(self, node: cst.CSTNode) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def comments(self) -> list[tuple[int, str]]:
        """Offset and text of each comment, in order."""
        found = [(self.span(node).start, node.value) for node in self.positions if isinstance(node, cst.Comment)]
        return sorted(found)

    def lines_that_end(self) -> set[int]:
        """The lines, from 1, that end as Python reads them, and not inside a string or by a backslash."""
        ends = (tokenize.NEWLINE, tokenize.NL)
        found: set[int] = set()
        try:
            for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
                if token.type in ends:
                    found.add(token.start[0])
        except (tokenize.TokenError, SyntaxError):
            pass  # what was read until there counts
        return found


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def _dropped(text: str, code: str) -> list[int]:
    """Where in its own text the parser leaves out a form feed that is before an indentation.

    A carriage return at the end of the text is left out as well, where no node can be.
    """
    if text in (code, code + "\r"):
        return []
    dropped: list[int] = []
    place = 0
    for char in text:
        if place < len(code) and (code[place] == char or (char == "\r" and code[place] == "\n")):
            place += 1
        elif char in "\f \t":
            dropped.append(place)
        else:
            raise ReadError("the parser does not reproduce this file exactly")
    if place != len(code):
        raise ReadError("the parser does not reproduce this file exactly")
    return dropped


def _check_depth(text: str) -> int:
    """Refuse what would exhaust the stack of the parser, which cannot say so itself; the line of a fault, or 0.

    Python's own parser can. It may be older than the text: then brackets are counted, wherever they are.
    """
    line = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            waiting: list[ast.AST] = [ast.parse(text)]
    except (SyntaxError, ValueError) as error:
        line = (error.lineno or 0) if isinstance(error, SyntaxError) else 0
        depth = deepest = 0
        for found in _BRACKET.finditer(text):
            depth = max(depth + (1 if found.group() in "([{" else -1), 0)
            deepest = max(deepest, depth)
    except (RecursionError, MemoryError):
        deepest = MAX_DEPTH + 1
    else:
        deepest = 0
        while waiting:
            waiting = [child for node in waiting for child in ast.iter_child_nodes(node)]
            deepest += 1
    if deepest > MAX_DEPTH:
        raise ReadError("nests expressions too deeply")
    return line


def _check_encoding(text: str) -> None:
    """Only UTF-8 is read; a text of nothing but ASCII is the same in every encoding that Python knows."""
    if text.isascii():
        return
    for number, line in enumerate(_LINE_END.split(text, maxsplit=2)[:2], 1):
        found = _CODING.match(line)
        if found:
            name = found.group(1).lower().replace("_", "-")
            if name not in _UTF8:
                raise ReadError("declares another encoding than UTF-8: save it as UTF-8", number)
            return
        if line.strip() and not line.lstrip().startswith("#"):
            return
