"""Every regular expression of the program, found in its source: a new one is in this table without being entered.

What is put into a pattern when it runs is no part of the source: examples of it stand here.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from tests.places import ROOT

_OF_RE: Final = frozenset(
    {"compile", "match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn", "template"}
)
_MAKES_ONE: Final = {"compile", "lazy", "matching"}
_AT_ONE_PLACE: Final = {"match", "fullmatch"}
_FLAGS_AT: Final = {"sub": 4, "subn": 4, "split": 3, "compile": 1, "lazy": 1, "matching": 1}


def _attribute(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


def _shape_rows() -> list[dict[str, Any]]:
    tokens = import_module("migrator.circleci.secrets.tokens")
    rows = [
        {
            "row": row,
            "words": tokens._words(row),
            "before": row.head if row.head.startswith("(?<") else tokens._BEFORE + tokens.expression(row.head),
        }
        for row in tokens.ROWS
    ]
    ends = [{"end": end, "run": rf"[\w{end}]{{16}}", "before": "[a-z][a-z]"} for end in "_."]
    return [*rows, *ends]


# Names that only functions know, by file: what they may be.
LOCALS: Final[dict[str, Callable[[], list[dict[str, Any]]]]] = {
    "migrator/services/answers.py": lambda: [{"pattern": "x"}],  # given by those who call `matching`, who are found
    "migrator/bulk/git.py": lambda: [{"pattern": each[0]} for each in _attribute("migrator.bulk.git", "_FAULTS")],
    "migrator/bulk/hosts/gitlab/errors.py": lambda: [
        {"pattern": each} for each, _ in _attribute("migrator.bulk.hosts.gitlab.errors", "_WORDS")
    ],
    "migrator/bulk/kinds.py": lambda: [
        {"kind": kind} for kind in _attribute("migrator.bulk.kinds", "kinds")().values()
    ],
    "migrator/bulk/sources.py": lambda: [{"text": "acme-.*"}],  # a person's own option
    "migrator/circleci/secrets/scripts.py": lambda: [{"variable": "TOKEN"}],
    "migrator/circleci/secrets/tokens.py": _shape_rows,
    "migrator/documents/yaml/template.py": lambda: [{"outer": 6}],
    "migrator/files/generators.py": lambda: [{"name": "generate.py", "target": "config"}],
    "migrator/files/kinds/naming.py": lambda: [{"name": b"continue.yml"}],
    "migrator/files/kinds/recipes.py": lambda: [
        {
            "own": "config.yml",
            "name": "config.yml",
            "is_beside": True,
            "path": r"(?:[\w./${}()-]*\.circleci/|(?:[.]/)?)config\.yml(?![\w.-])",
            "below": r"/(?:[\w.-]+/)*config\.yml",
        }
    ],
    "migrator/circleci/credentials/today.py": lambda: [{"variables": ["HUB_USER", "HUB_PASS"]}],
    "migrator/guard/globs.py": lambda: [{"piece": "[!a-c]"}],
    "migrator/policy/schema.py": lambda: [{"pattern": "x"}, {"whole": re.compile("x"), "start": re.compile("y")}],
    "migrator/results/masking.py": lambda: [{"short": ["abc", "s3cr"]}],
    "migrator/startup/patterns.py": lambda: [{"self": _Given()}],
}


class _Given:
    _given = "x"


# Names that others match at one place of a text only, or with all of it: by those who import them, or in a table.
MATCHED: Final = {
    ("migrator/bulk/hosts/gitea/api.py", "_FULL_NAME"),
    ("migrator/circleci/references.py", "GRAMMAR"),
    ("migrator/documents/yaml/editor.py", "COMMA"),
    ("migrator/documents/yaml/builder.py", "COLON"),
    ("migrator/files/kinds/recipes.py", "named"),
    ("migrator/policy/forms.py", "VERSION"),
    ("migrator/policy/forms.py", "REGION"),
    ("migrator/tree.py", "_PLAIN_TYPES"),
}


class Pattern(NamedTuple):
    """A pattern with its place. `everywhere`: it is looked for in all of a text, not matched at one place of it."""

    place: str
    text: str
    flags: int
    everywhere: bool


@cache
def patterns(file: str) -> tuple[Pattern, ...]:
    """Those of one file, each once."""
    found: dict[tuple[str, int], Pattern] = {}
    for pattern in _of_file(ROOT / file):
        key = (pattern.text, pattern.flags)
        if key not in found or pattern.everywhere:
            found[key] = pattern
    return tuple(found.values())


def _of_file(path: Path) -> Iterator[Pattern]:
    name = path.relative_to(ROOT).as_posix()
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    calls = [(node, how) for node in ast.walk(tree) if isinstance(node, ast.Call) and (how := _how(node))]
    if not calls:
        return
    module = vars(_module(path, name))
    spaces = [{**module, **names} for names in (LOCALS[name]() if name in LOCALS else [{}])]
    for call, how in calls:
        values = [value for space in spaces if (value := _value(call.args[0], space)) is not None]
        assert values, f"{name}:{call.lineno}: give examples of what this pattern is made of, in `LOCALS`"
        flags = next((k.value for k in call.keywords if k.arg == "flags"), None)
        at = _FLAGS_AT.get(how, 2)
        flags = call.args[at] if flags is None and len(call.args) > at else flags
        number = int(_value(flags, spaces[0]) or 0) if flags is not None else 0
        everywhere = _is_searched(name, tree, source, call) if how in _MAKES_ONE else how not in _AT_ONE_PLACE
        for value in values:
            text, more = (value.decode("latin-1"), re.ASCII) if isinstance(value, bytes) else (value, 0)
            yield Pattern(f"{name}:{call.lineno}", text, number | more, everywhere)


def _how(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re":
        return function.attr if function.attr in _OF_RE else ""
    return function.id if isinstance(function, ast.Name) and function.id in ("lazy", "matching") else ""


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    """What an expression is; `None` where it holds a name that is not among these."""
    node = node.value if isinstance(node, ast.Starred) else node
    try:
        return eval(compile(ast.Expression(node), "a pattern", "eval"), names)
    except NameError:
        return None


def _module(path: Path, name: str) -> ModuleType:
    if name.startswith("migrator/"):
        return import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    spec = importlib.util.spec_from_file_location(f"patterns_of_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _is_searched(name: str, tree: ast.Module, source: str, call: ast.Call) -> bool:
    """Whether anything but a match at one place is asked of the name that a pattern is given."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name):
            continue
        if (name, target.id) in MATCHED and any(each is call for each in ast.walk(node.value)):
            return False
        if node.value is call:
            uses = re.findall(rf"\b{target.id}\b(?:\.(\w+))?", source)[1:]
            return not (target.id.startswith("_") and uses and set(uses) <= _AT_ONE_PLACE)
    return True
