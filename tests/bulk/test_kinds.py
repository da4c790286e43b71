"""No code outside of `hosts/` knows a kind of host by its name: it asks the protocol."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.bulk.kinds import also_in, api_urls, kinds
from migrator.errors import UsageError
from migrator.hosts.pages import links

HOUSE = Path(__file__).parents[2] / "migrator"
HOSTS = (HOUSE / "bulk" / "hosts", HOUSE / "hosts")
NAMES = frozenset((*kinds(), *links()))
ASIDE = {
    # Schemes of URLs.
    ("files/repository.py", "git"),
    ("bulk/git.py", "git"),
    # CircleCI's own names of what an organisation is of, in slugs.
    ("accounts/checking.py", "github"),
    ("accounts/checking.py", "bitbucket"),
    # Names of formats of reports.
    ("reports/report.py", "github"),
}
_SQL = re.compile(r"\bkind\s*(?:=|!=|<>|in\b|is\b|like\b)\s*\(?\s*'(\w+)'", re.IGNORECASE)


def compared(text: str) -> Iterator[tuple[int, str]]:
    """Where a text compares something with the name of a kind, or looks something up by it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            yield from _named(node, node.left, *node.comparators)
        elif isinstance(node, ast.MatchValue):
            yield from _named(node, node.value)
        elif isinstance(node, ast.Dict):
            yield from _named(node, *filter(None, node.keys))
        elif isinstance(node, ast.Subscript):
            yield from _named(node, node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("get", "startswith", "endswith", "of", "kind"):
                yield from _named(node, *node.args[:1])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((node.lineno, name) for name in _SQL.findall(node.value) if name in NAMES)


def _named(at: ast.AST, *values: ast.expr) -> Iterator[tuple[int, str]]:
    assert isinstance(at, ast.expr | ast.pattern)
    for value in values:
        parts = value.elts if isinstance(value, ast.Tuple | ast.List | ast.Set) else [value]
        for part in parts:
            if isinstance(part, ast.Constant) and str(part.value).rstrip(":") in NAMES:
                yield at.lineno, str(part.value).rstrip(":")


def test_nothing_outside_compares_a_kind() -> None:
    outside = [file for file in sorted(HOUSE.rglob("*.py")) if not {*HOSTS} & {*file.parents}]
    found = {
        (file.relative_to(HOUSE).as_posix(), line, name)
        for file in outside
        for line, name in compared(file.read_text("utf-8"))
    }
    assert {(file, line, name) for file, line, name in found if (file, name) not in ASIDE} == set()


@pytest.mark.parametrize(
    "text",
    [
        'entry.kind == "github"',
        'if kind in ("dir", "file"): pass',
        '"gitlab" in host',
        'match kind:\n    case "git":\n        pass',
        'KINDS = {"bitbucket": "migrator.x"}',
        'KINDS["dir"]',
        'KINDS.get("git")',
        'spec.startswith("github:")',
        "db.execute(\"SELECT 1 WHERE state = 'pushed' AND kind = 'github'\")",
        "db.execute(\"SELECT 1 WHERE kind IN ('dir')\")",
    ],
)
def test_every_way_to_compare_is_seen(text: str) -> None:
    assert list(compared(text))


@pytest.mark.parametrize(
    "text",
    [
        "entry.kind in ledger.with_requests",
        'git(folder, "init")',
        '"""GitHub, or a dir."""',
        'command = ("git", *arguments)',
        'kind == "context"',
    ],
)
def test_other_words_are_left(text: str) -> None:
    assert not list(compared(text))


@pytest.fixture
def two_with_an_api(tmp_path: Path) -> Iterator[None]:
    """A second kind with an API, beside the first."""
    (tmp_path / "pond").mkdir()
    (tmp_path / "pond" / "__init__.py").write_text(
        'from migrator.bulk.host import Kind\n\nKIND = Kind("Pond", "pond", ("POND",), api_url="Pond: https://HOST/api")\n'
    )
    with also_in(tmp_path):
        yield


@pytest.mark.usefixtures("two_with_an_api")
@pytest.mark.parametrize(
    ("given", "sources", "urls"),
    [
        ([], ["github:acme", "pond:acme"], {}),
        (["https://ghe/api/v3/"], ["github:acme", "dir:."], {"github": "https://ghe/api/v3"}),
        (["https://p/api?x=1"], ["pond:acme"], {"pond": "https://p/api?x=1"}),
        (["pond=https://p"], ["github:acme", "pond:acme"], {"pond": "https://p"}),
        (["pond=https://p", "github=https://g"], ["github:acme"], {"pond": "https://p", "github": "https://g"}),
    ],
)
def test_an_api_url_is_for_the_kind_named_or_the_only_one(
    given: list[str], sources: list[str], urls: dict[str, str]
) -> None:
    assert api_urls(given, sources) == urls


@pytest.mark.usefixtures("two_with_an_api")
@pytest.mark.parametrize(
    ("given", "sources", "why"),
    [
        (["https://g"], ["github:acme", "pond:acme"], r"expected KIND=URL, where KIND is .*github.* or pond"),
        (["https://g"], ["dir:."], "expected KIND=URL"),
        (["git=https://g"], ["dir:."], "expected KIND=URL"),
        (["pond=https://p", "pond=https://q"], ["pond:acme"], "Pond has two"),
    ],
)
def test_an_api_url_that_no_kind_or_two_could_mean_is_refused(given: list[str], sources: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        api_urls(given, sources)
