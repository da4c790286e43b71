"""What a rule may be: data in, findings out. No text, no files, no state, no other rule."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from migrator.engine.discovery import load_rules
from migrator.engine.rule_shape import PUBLIC, PUBLIC_BELOW
from migrator.rule import Safety
from tests.places import RULES
from tests.rule_pages import CASES

FILES = sorted(RULES.rglob("*.py"))
STANDARD = ("__future__", "collections", "dataclasses", "enum", "functools", "itertools", "re", "shlex", "typing")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_rule_imports_the_vocabulary_and_the_views_alone(path: Path) -> None:
    foreign = {
        name
        for name in imported(path)
        if name not in PUBLIC and not name.startswith(PUBLIC_BELOW) and name.split(".")[0] not in STANDARD
    }
    assert not foreign


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_rule_touches_no_file_and_keeps_no_state(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"open", "exec", "eval", "print", "input", "__import__"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal)]
    (rule,) = load_rules([path.stem.replace("_", "-")])
    assert not vars(rule)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_rule_says_what_it_is(path: Path) -> None:
    (rule,) = load_rules([path.stem.replace("_", "-")])
    assert rule.title
    assert not rule.title.endswith(".")
    assert isinstance(rule.safety, Safety)
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_page_shows_what_is_left_alone_and_what_changes(path: Path) -> None:
    cases = [case for case in CASES if case.rule == path.stem.replace("_", "-")]
    assert any(case.after is None for case in cases)
    (rule,) = load_rules([path.stem.replace("_", "-")])
    assert any(case.after is not None for case in cases) or rule.safety is Safety.MANUAL
