"""Rows of figures with their targets, as a table for a terminal and as one for a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """What is measured on: real or made-up configs, how many rounds, and a folder for what is made."""

    files: tuple[str, ...]
    folder: Path
    quick: bool = False

    @property
    def rounds(self) -> int:
        return 1 if self.quick else 5

    def size(self, number: int) -> int:
        """So many in a whole run, a small part of it in a quick one."""
        return max(20, number // 50) if self.quick else number


@dataclass(frozen=True)
class Row:
    """One figure. `target` says what it should be, `met` whether it is; both are empty for what is only told."""

    subject: str
    what: str
    value: str
    target: str = ""
    met: bool | None = None
    note: str = field(default="")


def at_least(subject: str, what: str, value: float, target: float, note: str = "", unit: str = "x") -> Row:
    return Row(subject, what, f"{value:.2f} {unit}", f"at least {target:g}", value >= target, note)


def at_most(subject: str, what: str, value: float, target: float, note: str = "", unit: str = "x") -> Row:
    return Row(subject, what, f"{value:.2f} {unit}", f"at most {target:g}", value <= target, note)


def missing(subject: str, peer: str, why: str) -> Row:
    """What could not be measured, and how to have it."""
    return Row(subject, peer, "not measured", note=why)


def as_text(rows: Iterable[Row]) -> Iterator[str]:
    """Lines for a terminal."""
    for subject, group in groupby(rows, key=lambda row: row.subject):
        yield f"\n{subject}\n"
        for row in group:
            state = "" if row.met is None else "ok" if row.met else "MISSED"
            yield f"  {row.what:<58} {row.value:>12}  {row.target:<14} {state:<6} {row.note}".rstrip() + "\n"


def as_page(rows: Iterable[Row]) -> Iterator[str]:
    """The same as Markdown."""
    for subject, group in groupby(rows, key=lambda row: row.subject):
        yield f"\n## {subject}\n\n| | figure | target | | |\n|---|---:|---|---|---|\n"
        for row in group:
            state = "" if row.met is None else "met" if row.met else "**missed**"
            yield f"| {row.what} | {row.value} | {row.target} | {state} | {row.note} |\n"
