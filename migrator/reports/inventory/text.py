"""An inventory as plain text, in columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO

from migrator.reports.pieces import show_pieces
from migrator.reports.report import Report
from migrator.results.inventory.counting import Inventory
from migrator.results.inventory.tables import Table, heading, tables
from migrator.results.masking import one_line

MOST = 10
"""Rows of a list; JSON has all of them."""
_WIDEST = 60


def render(report: Report) -> str:
    """The inventory of a run, and what failed."""
    return "".join(text for text, _ in _of_report(report))


def show(report: Report, file: IO[str], *, force: bool = False) -> None:
    """Print the same to a terminal."""
    show_pieces(_of_report(report), file, force=force)


def _of_report(report: Report) -> Iterator[tuple[str, str]]:
    assert report.inventory is not None
    yield from lines_of(report.inventory.named(), report.shown)
    for failed in report.failed:
        yield f"\nfailed: {one_line(failed.path)}: {one_line(report.shown(failed.reason))}", "bold red"
    yield "\n" * bool(report.tally.failed), ""


def lines_of(inventory: Inventory, shown: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The text in order, in pieces of one style."""
    yield f"Inventory of {heading(inventory)}.\n", "bold"
    for table in tables(inventory, lambda text: one_line(shown(text)), MOST):
        yield "\n", ""
        yield f"{table.title}\n", "bold"
        yield from _rows(table)
        for note in table.notes:
            yield f"  {note}\n", "dim"


def _rows(table: Table) -> Iterator[tuple[str, str]]:
    if not table.rows:
        return
    lines = [tuple(map(_cell, row)) for row in table.rows]
    widths = [max(len(line[at]) for line in (table.columns, *lines)) for at in range(len(table.columns))]
    right = [isinstance(cell, int) for cell in table.rows[0]]
    yield f"{_line(table.columns, widths, right)}\n", "dim"
    for line in lines:
        yield f"{_line(line, widths, right)}\n", ""


def _cell(cell: str | int) -> str:
    if isinstance(cell, int):
        return f"{cell:,}" if cell else "-"
    return cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…"


def _line(cells: tuple[str, ...], widths: list[int], right: list[bool]) -> str:
    shown = (
        f"{cell:>{w}}" if on_right else f"{cell:{w}}" for cell, w, on_right in zip(cells, widths, right, strict=True)
    )
    return f"  {'  '.join(shown)}".rstrip()
