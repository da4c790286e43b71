"""The cases of all rules: those of their pages, and the many more below `tests/rules/`."""

from __future__ import annotations

from migrator.engine.cases import Case, cases_of, pages_of, updated
from migrator.engine.discovery import load, rule_files
from tests.places import ROOT

MORE = ROOT / "tests" / "rules"

FILES = rule_files()
PAGES = [file.page for file in FILES.values()]


def cases_of_all_rules() -> list[Case]:
    return [case for file in FILES.values() for page in pages_of(file, MORE) for case in cases_of(page, file.id)]


def update_pages() -> None:
    """Write into the pages what the rules report today: `pytest --update-pages`."""
    for file in FILES.values():
        rule = load(file)
        for page in pages_of(file, MORE):
            text = updated(page, rule)
            if text != page.read_text("utf-8"):
                page.write_text(text, "utf-8", newline="\n")
                print(f"updated {page.relative_to(ROOT)}")


CASES = cases_of_all_rules()
