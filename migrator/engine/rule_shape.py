"""What a rule and its page have to be besides right in each case: the same for the built-in rules and for others.

`PUBLIC` is what a rule may import of this program. `docs/writing-a-rule.md` says what that means for later versions.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from migrator.engine.cases import Case, split_page
from migrator.engine.discovery import RuleFile
from migrator.moved import MOVED
from migrator.rule import Rule, Safety

PUBLIC: Final = (
    "migrator",
    "migrator.changes",
    "migrator.policy",
    "migrator.rule",
    "migrator.startup.records",
    "migrator.tree",
)
PUBLIC_BELOW: Final = "migrator.circleci."
_REACHING_OUT: Final = frozenset({"open", "exec", "eval", "print", "input", "__import__"})


def shape_faults(file: RuleFile, rule: Rule, cases: Sequence[Case]) -> list[str]:
    """What is wrong, one line each; nothing where all is well."""
    return [*_of_code(file, rule), *_of_page(file), *_of_cases(rule, cases)]


def _of_code(file: RuleFile, rule: Rule) -> Iterator[str]:
    tree = ast.parse(file.path.read_text("utf-8"))
    if not ast.get_docstring(tree):
        yield f"{file.path}: has no docstring that says what the rule finds"
    if rule.title.endswith("."):
        yield f"{file.path}: the title ends with a full stop"
    if vars(rule):
        yield f"{file.path}: the rule keeps state in {', '.join(sorted(vars(rule)))}; one instance serves many files"
    for node in ast.walk(tree):
        yield from (f"{file.path}:{getattr(node, 'lineno', 1)}: {fault}" for fault in _of_node(node))


def _of_node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (fault for alias in node.names if (fault := _of_import(alias.name)))
    elif isinstance(node, ast.ImportFrom):
        if node.level:
            yield "imports another file of its folder; a rule is loaded alone"
        elif fault := _of_import(node.module or ""):
            yield fault
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _REACHING_OUT:
        yield f"calls `{node.func.id}`; a rule gets a config and gives findings, and touches nothing else"
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield f"keeps state in `{', '.join(node.names)}`; one instance serves many files"


def _of_import(name: str) -> str:
    name = MOVED.get(name, name)
    if name in PUBLIC or name.startswith(PUBLIC_BELOW) or name.partition(".")[0] in sys.stdlib_module_names:
        return ""
    if name.partition(".")[0] == "migrator":
        return f"imports `{name}`, which is not for rules and may change in any version"
    return f"imports `{name}`, which is not there where `migrate` is installed alone"


def _of_page(file: RuleFile) -> Iterator[str]:
    text = file.page.read_text("utf-8")
    if not text.startswith("# "):
        yield f"{file.page}:1: does not begin with a heading `# ...`"
    if "\n## Why\n" not in split_page(text)[0]:
        yield f"{file.page}: has no section `## Why`"


def _of_cases(rule: Rule, cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        wanted = "Left alone" if case.after is None else "Changed"
        if not case.section.startswith(wanted):
            yield f"{case.page}:{case.line}: `{case.name}` belongs under `## {wanted}`"
    names = Counter(case.id for case in cases)
    yield from (f"several cases are called `{name}`" for name, count in names.items() if count > 1)
    changed = sum(case.after is not None for case in cases)
    alone = len(cases) - changed
    if not changed and rule.safety is not Safety.MANUAL:
        yield "no case is changed"
    if alone < changed or not alone:
        least = max(changed, 1)
        yield f"{alone} of the cases are left alone and {changed} changed; have at least {least} that are left alone"
