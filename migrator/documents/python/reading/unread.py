"""What a script holds beside its tree: the code around literals, as tokens.

An edit of literals leaves it as it was; what changes it means more than the tree says.
"""

from __future__ import annotations

import io
import tokenize
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from migrator.tree import Alias, Node, Text, walk

_LAYOUT: Final = frozenset(
    (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
)
_WRITTEN: Final = frozenset(",:[]{}")
"""How dicts and lists are written, which the tree says."""


def code_of(text: str, root: Node, line_starts: Sequence[int]) -> tuple[str, ...]:
    """The code of a script without what its tree, which begins at `root`, knows of it."""
    spans = sorted({(node.start, node.end) for node in walk(root) if type(node) in (Text, Alias)})
    found: list[str] = []
    calls: list[bool] = []  # for each open parenthesis whether it calls something; else it only encloses
    named = False  # whether a parenthesis here would be a call
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type in _LAYOUT:
                continue
            start = line_starts[token.start[0] - 1] + token.start[1]
            end = line_starts[token.end[0] - 1] + token.end[1]
            inside = calls[-1] if calls else False
            if token.string == "(":
                calls.append(named)
                inside = named
            elif token.string == ")" and calls:
                calls.pop()
            named = token.type == tokenize.NAME or token.string in (")", "]")
            known = token.string in _WRITTEN or _tells(spans, start, end)
            if not (known or (token.string in "()" and not inside) or (token.string == "=" and calls)):
                found.append(token.string)
    except (tokenize.TokenError, SyntaxError, IndexError):
        return tuple(text.splitlines())
    return tuple(found)


def _tells(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether the tree knows a token, or, of YAML in a string, what is in it."""
    after = bisect_left(spans, (start, end))
    return any(first < end and last > start for first, last in spans[max(after - 1, 0) : after + 1])
