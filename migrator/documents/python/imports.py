"""Importing `os` into a script that needs it."""

from __future__ import annotations

import libcst as cst

from migrator.documents.python.editor import PythonEditor
from migrator.errors import EditError

_NAME = "os"


def import_os(editor: PythonEditor) -> None:
    """Add `import os` in the order of the imports, unless the name is there already; once for all edits."""
    if _NAME in editor.imports:
        return
    editor.imports.add(_NAME)
    statements = list(editor.source.module.body)
    plain: list[tuple[str, cst.CSTNode]] = []
    others: list[cst.CSTNode] = []
    opening: cst.CSTNode | None = None
    for index, statement in enumerate(statements):
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if isinstance(small, cst.Import):
            if any(_is_os(alias) for alias in small.names):
                return
            plain.append((_first_name(small), small))
        elif isinstance(small, cst.ImportFrom):
            if isinstance(small.module, cst.Name) and small.module.value == "__future__":
                opening = small
            else:
                others.append(small)
        elif index == 0 and isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString):
            opening = small
        elif plain or others:
            break
    if any(_NAME in scope.bindings for scope in editor.reader.names.scopes):
        raise EditError("`os` means something else in this script")
    _put(editor, plain, others, opening)


def _put(
    editor: PythonEditor, plain: list[tuple[str, cst.CSTNode]], others: list[cst.CSTNode], opening: cst.CSTNode | None
) -> None:
    style = editor.style
    following = next((node for name, node in plain if name > _NAME), None)
    if following is None and not plain and others:
        following = others[0]
    if following is not None:
        start = style.line_start(editor.source.span(following).start)
        editor.put(start, start, f"import {_NAME}{style.newline}")
        return
    behind = plain[-1][1] if plain else opening
    if behind is not None:
        end = style.line_end(editor.source.span(behind).end)
        blank = "" if plain else style.newline
        editor.put(end, end, f"{blank}{style.newline}import {_NAME}")
        return
    body = editor.source.module.body
    start = style.line_start(editor.source.span(body[0]).start) if body else 0
    editor.put(start, start, f"import {_NAME}{style.newline}{style.newline}")


def _is_os(alias: cst.ImportAlias) -> bool:
    name: cst.BaseExpression = alias.name
    while isinstance(name, cst.Attribute):
        name = name.value
    return alias.asname is None and isinstance(name, cst.Name) and name.value == _NAME


def _first_name(statement: cst.Import) -> str:
    name: cst.BaseExpression = statement.names[0].name
    while isinstance(name, cst.Attribute):
        name = name.value
    return name.value if isinstance(name, cst.Name) else ""
