"""Whether a rule of an organization decides by the config and the policy alone, as far as its source shows.

Only then can its findings be kept. A rule that imports something else, or opens files, is run every time: nothing says
when what it looks at is different.
"""

from __future__ import annotations

import ast

from migrator.moved import MOVED

_PURE = frozenset(
    (
        "__future__",
        "abc",
        "base64",
        "binascii",
        "bisect",
        "collections",
        "copy",
        "dataclasses",
        "difflib",
        "enum",
        "fnmatch",
        "functools",
        "hashlib",
        "heapq",
        "html",
        "ipaddress",
        "itertools",
        "json",
        "keyword",
        "math",
        "operator",
        "posixpath",
        "re",
        "shlex",
        "string",
        "struct",
        "textwrap",
        "types",
        "typing",
        "unicodedata",
    )
)
"""Modules of the standard library that look at nothing but what they are given."""
_OPENS = frozenset(
    (
        "open",
        "exec",
        "eval",
        "compile",
        "input",
        "breakpoint",
        "globals",
        "locals",
        "vars",
        "__import__",
        "__builtins__",
        "__loader__",
        "__spec__",
    )
)


def decides_alone(source: bytes) -> bool:
    """Whether a file imports only what is pure or this program's own, each by its name of today, and opens nothing."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(map(_is_pure, ast.walk(tree)))


def _is_pure(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return all(each.name.partition(".")[0] in _PURE for each in node.names)
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if node.level or module in MOVED:
            return False
        if module.partition(".")[0] == "migrator":
            return all(f"{module}.{each.name}" not in MOVED and each.name != "*" for each in node.names)
        return module.partition(".")[0] in _PURE or module in ("collections.abc", "urllib.parse")
    return not (isinstance(node, ast.Name) and node.id in _OPENS)
