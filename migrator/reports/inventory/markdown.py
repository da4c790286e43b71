"""An inventory as Markdown tables, for a wiki, a chat or a comment."""

from __future__ import annotations

from migrator.reports.markdown_text import MOST, SPARE, Page, code
from migrator.reports.report import Report
from migrator.results.inventory.tables import Table, heading, tables

_ROWS = 15
"""Rows of a list; JSON has all of them."""


def render(report: Report) -> str:
    """The inventory of a run, and what failed, within the size of a comment."""
    assert report.inventory is not None
    inventory = report.inventory.named()
    page = Page(MOST - SPARE)
    page.add(f"### Inventory of {heading(inventory)}\n")
    before = "\n"
    for failed in report.failed:
        line = f"- **failed**: {code(report, failed.path)}: {code(report, failed.reason)}\n"
        page.add(line, "failed file", before=before)
        before = ""
    for table in tables(inventory, lambda text: code(report, text) if text else "", _ROWS):
        page.add(_table(table), "table")
    return page.text("migrate --inventory")


def _table(table: Table) -> str:
    lines = [f"#### {table.title}", ""]
    if table.rows:
        ends = ["---:" if isinstance(cell, int) else "---" for cell in table.rows[0]]
        lines += [_row(table.columns), _row(ends)]
        lines += [_row([f"{cell:,}" if isinstance(cell, int) else cell for cell in row]) for row in table.rows]
        lines.append("")
    lines += [f"{note}\n" for note in table.notes]
    return "\n" + "\n".join(lines).rstrip("\n") + "\n"


def _row(cells: list[str] | tuple[str, ...]) -> str:
    """A row of a table; a bar within a cell would end it, in a code span too."""
    return f"| {' | '.join(cell.replace('|', '&#124;' if '`' not in cell else chr(92) + '|') for cell in cells)} |"
