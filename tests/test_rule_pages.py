"""Every case of every rule, through the engine, twice: what it becomes and what is reported."""

from __future__ import annotations

from collections import Counter

import pytest

from migrator.engine.cases import Case, cases_of, faults, pages_of, split_page, try_case
from migrator.engine.discovery import RuleFile, load, rule_files
from migrator.rule import Safety
from tests.places import MORE_CASES, RULES
from tests.rule_pages import CASES, FILES, PAGES

BUILT_IN = list(FILES.values())
LONGEST_PAGE = 400
LONGEST_PROSE = 100
LONGEST_FILE_OF_CASES = 800

FEWEST = {
    "broken-auth": (31, 27),
    "foreign-image": (8, 0),
    "missing-context": (11, 4),
    "distant-ecr-image": (26, 14),
    "docker-login-step": (195, 130),
    "literal-secret": (52, 41),
    "unauthenticated-image": (68, 57),
}
"""How many cases each rule has at least, left alone and changed. A case is replaced by a better one, never dropped."""


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_case_becomes_and_reports_what_its_page_says(case: Case) -> None:
    found = faults(case, try_case(case, load(FILES[case.rule])))
    assert not found, f"{case.page.name}, line {case.line}: " + "\n".join(
        (*found, "(`pytest --update-pages` writes it)")
    )


@pytest.mark.parametrize("rule", FEWEST)
def test_no_case_gets_lost(rule: str) -> None:
    cases = Counter(case.after is None for case in CASES if case.rule == rule)
    assert cases[True] >= FEWEST[rule][0]
    assert cases[False] >= FEWEST[rule][1]


def test_no_two_cases_have_one_name() -> None:
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []


@pytest.mark.parametrize("file", BUILT_IN, ids=lambda f: f.id)
def test_a_page_is_one_to_read(file: RuleFile) -> None:
    text = file.page.read_text("utf-8")
    prose, _ = split_page(text)
    assert text.startswith("# ")
    assert "\n## Why\n" in prose
    assert len(prose.splitlines()) < LONGEST_PROSE
    assert len(text.splitlines()) <= LONGEST_PAGE


@pytest.mark.parametrize("file", BUILT_IN, ids=lambda f: f.id)
def test_more_cases_are_left_alone_than_changed_and_come_first(file: RuleFile) -> None:
    alone = [case for case in CASES if case.rule == file.id and case.after is None]
    changed = [case for case in CASES if case.rule == file.id and case.after is not None]
    assert changed or load(file).safety is Safety.MANUAL
    assert len(alone) >= len(changed)
    for page in pages_of(file, MORE_CASES):
        sections = [case.section for case in cases_of(page, file.id)]
        kinds = [section.partition(":")[0] for section in sections]
        assert set(kinds) <= {"Left alone", "Changed"}
        assert kinds == sorted(kinds, reverse=True)


@pytest.mark.parametrize("file", BUILT_IN, ids=lambda f: f.id)
def test_a_case_is_where_its_section_says(file: RuleFile) -> None:
    cases = [case for case in CASES if case.rule == file.id]
    assert [c.name for c in cases if (c.after is None) != c.section.startswith("Left alone")] == []


def test_files_of_cases_are_short_and_belong_to_a_rule() -> None:
    pages = sorted(MORE_CASES.rglob("*.md"))
    assert {page.parent.name for page in pages} <= {file.path.stem for file in BUILT_IN}
    assert [page.name for page in pages if len(page.read_text("utf-8").splitlines()) > LONGEST_FILE_OF_CASES] == []
    assert set(pages) <= {case.page for case in CASES}


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {page for page in RULES.rglob("*.md") if page.name != "README.md"} == set(PAGES)
    assert {file.path for file in rule_files().values()} == set(RULES.rglob("*.py"))
