"""The cases of all rules: those of their pages, and the many more below `tests/rules/`."""

from __future__ import annotations

from migrator.engine.cases import Case, cases_of, pages_of
from migrator.engine.discovery import rule_files
from tests.places import MORE_CASES

FILES = rule_files()
PAGES = [file.page for file in FILES.values()]


def cases_of_all_rules() -> list[Case]:
    return [case for file in FILES.values() for page in pages_of(file, MORE_CASES) for case in cases_of(page, file.id)]


CASES = cases_of_all_rules()
