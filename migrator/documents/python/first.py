"""A first reading of a script, by Python's own parser: whether anything in it can be a config or a part of one.

libcst takes longer to import than all the rest of a run (with it 1,269 million instructions, without 291). Many
scripts beside a config build none: they send messages, or wait for something. What is certain here is that
`configs.parts_of` would find no part of such a script, and that libcst would read it; whatever could be otherwise is
left to them. What makes a part is a key of a dict (`docker`, `steps`, `image`, `jobs`), YAML in a string, a config
that is loaded, or a command that the script runs. Each needs a text or a name, in one piece or put together.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from typing import Final

from migrator.startup.patterns import lazy

# Tabs, form feeds, continued lines, and letters that Python reads as others: all that two parsers may see differently.
_ODD: Final = lazy(r"[^\n -~]|\\\n|[\d\"'\])}](?:and|as|else|for|from|if|import|in|is|not|or)\b")
_PLAIN: Final = (ast.stmt, ast.expr, ast.arguments, ast.arg, ast.keyword, ast.alias, ast.comprehension, ast.operator,
    ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context, ast.withitem, ast.excepthandler, ast.Module)  # fmt: skip
# What was added to the language late, or is written in ways that changed; see `_is_plain` for more.
_LATE: Final = tuple(
    getattr(ast, name)
    for name in ("Match", "TryStar", "TypeAlias", "TemplateStr", "Interpolation", "NamedExpr", "Await", "AsyncFor")
    if hasattr(ast, name)
)
_DEEPEST: Final = 40

_KEYS: Final = ("docker", "image", "jobs", "steps")
_LINES: Final = ("- image", "commands", "executors", "machine", "orbs", "workflows")
_SECTIONS: Final = ("setup", "version")
"""Keys of what is a config only where it is dumped; the other sections are among those above."""

# As in `embedded`, anywhere in a text.
_LOOKS: Final = lazy(r"(?:^|\n)[ \t]*(?:- image|docker|machine|jobs|executors|commands|workflows|orbs|steps)[ \t]*:")
_FIELDS: Final = lazy(r"%%|%(?:\(\w+\))?[sd]|\{\{|\}\}|\{[^{}]*\}")

_DUMPS: Final = frozenset(("dump", "dumps", "safe_dump", "round_trip_dump", "dump_all", "safe_dump_all"))
_LOADS: Final = frozenset(("load", "safe_load", "round_trip_load", "full_load", "unsafe_load"))
_RUNS: Final = frozenset(
    ("run", "call", "check_call", "check_output", "Popen", "system", "popen", "getoutput", "getstatusoutput")
)


def may_have_parts(text: str) -> bool:
    """Whether a script may have a part of a config, or something in it that libcst refuses."""
    if _ODD.search(text):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    names: set[str] = set()
    texts: list[str] = []
    level: list[ast.AST] = [module]
    for _ in range(_DEEPEST):
        for node in level:
            if not _is_plain(node):
                return True
            names.update(_names(node))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.keyword) and node.arg:
                texts.append(node.arg)
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            break
    if level or names & _LOADS or names & _RUNS:
        return True
    return _may_say(texts, (*_KEYS, *_LINES, *(_SECTIONS if names & _DUMPS else ())))


def _is_plain(node: ast.AST) -> bool:
    if not isinstance(node, _PLAIN) or isinstance(node, _LATE):
        return False
    if isinstance(node, ast.FormattedValue):  # before Python 3.12 quotes in one were others than around it
        return isinstance(node.value, ast.Name | ast.Attribute) and node.format_spec is None
    if isinstance(node, ast.Starred):
        return isinstance(node.value, ast.Name | ast.Attribute)
    if isinstance(node, ast.Subscript):
        return not (isinstance(node.slice, ast.Tuple) and any(isinstance(e, ast.Starred) for e in node.slice.elts))
    return not getattr(node, "type_params", None)


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.alias):
        yield node.name.rpartition(".")[2]


def _may_say(texts: list[str], words: tuple[str, ...]) -> bool:
    """Whether a text that is made of these can be a word, or have a line that begins with one and a colon."""
    heads: set[str] = set()
    tails: set[str] = set()
    for text in texts:
        if _LOOKS.search(text):
            return True
        for piece in (text, *_FIELDS.split(text)):
            heads.add(piece.partition(":")[0].rstrip(" \t"))
            tail = piece.rpartition("\n")[2].lstrip(" \t")
            tails.update((tail, tail.rstrip(" \t")))
    ends = heads | tails
    return any(
        word in ends
        or (any(word[:n] in tails for n in range(1, len(word))) and any(word[n:] in heads for n in range(1, len(word))))
        for word in words
    )
