"""`pytest --update-pages`. Apart from the cases that tests are made of, which are read after it."""

from __future__ import annotations

from migrator.engine.cases import pages_of, read_page, updated
from migrator.engine.discovery import load, rule_files
from tests.places import MORE_CASES, ROOT


def update_pages() -> None:
    """Write into the pages of the built-in rules what the rules report today."""
    for file in rule_files().values():
        rule = load(file)
        for page in pages_of(file, MORE_CASES):
            text = updated(page, rule)
            if text != read_page(page):
                page.write_text(text, "utf-8", newline="\n")
                print(f"updated {page.relative_to(ROOT)}")
