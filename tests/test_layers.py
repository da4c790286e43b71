"""No module of the house imports itself through others, not even for its types, nor a folder what lies in it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

STILL_ROUND = ("migrator.bulk.sources",)
"""Where circles are still left. Nothing is added here."""


def circle(imports: Mapping[str, Set[str]]) -> list[str]:
    """A way from a module back to itself, in the order of its imports; empty where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph("migrator", exclude_type_checking_imports=False, cache_dir=None)
    modules = [module for module in graph.modules if not module.startswith(STILL_ROUND)]
    imports = {module: graph.find_modules_directly_imported_by(module) for module in modules}
    assert sum(map(len, imports.values())) > len(modules)
    assert circle(imports) == []


@pytest.mark.parametrize(
    ("imports", "found"),
    [
        ({}, []),
        ({"a": {"b"}, "b": {"c"}}, []),
        ({"a": {"b", "c"}, "b": {"c"}}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, {"a", "b", "c"}),
        ({"a": {"b"}, "b": {"b.c"}, "b.c": {"b"}}, {"b", "b.c"}),
    ],
)
def test_a_circle_is_named(imports: dict[str, set[str]], found: set[str]) -> None:
    assert set(circle(imports)) == set(found)
    assert circle(imports)[:1] == circle(imports)[-1:]
