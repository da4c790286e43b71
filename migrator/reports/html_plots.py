"""Plots as plain geometry, which a template draws: rectangles with a size, a class and words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrator.reports.html_data import SAFETIES
from migrator.reports.html_kinds import Unit
from migrator.results.counted import counted
from migrator.rule import Safety

WIDTH, HEIGHT = 640, 260
_MOST_TILES = 120
_CELLS = 200
_COLUMNS = 10


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. `kind` is a class of the style sheet, `label` the text in it, `words` what it means."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str = ""
    words: str = ""
    link: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """The findings of one rule, a part for each safety."""

    rule: str
    total: int
    parts: tuple[Box, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Share:
    """The repositories in one state, as cells of a grid of them all."""

    state: str
    count: int
    kind: str
    cells: tuple[tuple[int, int], ...]


def bars(findings: Mapping[str, Counter[Safety]]) -> list[Bar]:
    """One bar per rule, the longest first; its width is 100."""
    longest = max((counter.total() for counter in findings.values()), default=1)
    found = []
    for rule, counter in sorted(findings.items(), key=lambda item: -item[1].total()):
        parts, x = [], 0.0
        for safety in SAFETIES:
            if count := counter[safety]:
                width = 100 * count / longest
                parts.append(Box(round(x, 2), 0, round(width, 2), 10, safety.value, str(count)))
                x += width
        words = ", ".join(f"{counter[safety]} {safety.value}" for safety in SAFETIES if counter[safety])
        found.append(Bar(rule, counter.total(), tuple(parts), words))
    return found


def waffle(states: Counter[str]) -> tuple[list[Share], int, int]:
    """Cells of a grid, each for the same number of repositories, and how wide and high the grid is.

    Every state has one cell at least.
    """
    total = states.total()
    cells = min(_CELLS, total)
    columns = max(_COLUMNS, math.ceil(math.sqrt(2 * cells)))
    ordered = sorted(states.items(), key=lambda item: (-item[1], item[0]))
    sizes = [max(1, round(cells * count / total)) for _, count in ordered]
    found, at = [], 0
    for (state, count), size in zip(ordered, sizes, strict=True):
        places = tuple(divmod(number, columns)[::-1] for number in range(at, at + size))
        found.append(Share(state, count, re.sub(r"[^a-z]+", "-", state), places))
        at += size
    return found, columns, -(-max(at, 1) // columns)


def tiles(units: Sequence[Unit]) -> list[Box]:
    """A treemap of kinds: the area is the number of repositories. Small ones share one tile."""
    sized: list[tuple[int, Unit | None]] = [(unit.repositories, unit) for unit in units[:_MOST_TILES]]
    rest = units[_MOST_TILES:]
    if rest:
        sized.append((sum(unit.repositories for unit in rest), None))
        sized.sort(key=lambda each: -each[0])
    boxes = []
    for (size, one), place in zip(sized, _squarified([size for size, _ in sized], WIDTH, HEIGHT), strict=True):
        words = counted(size, "repository")
        if one is None:
            fitting = _fitting(("more kinds", words), place[2], place[3])
            boxes.append(Box(*place, "tile rest", f"+{len(rest)}", f"{len(rest)} more kinds, {words}", "", fitting))
        else:
            lines = _fitting((one.name,), place[2], place[3])
            boxes.append(Box(*place, "tile", str(size), f"{words}: {one.name}", one.id, lines))
    return boxes


def _fitting(lines: Sequence[str], width: float, height: float) -> tuple[str, ...]:
    """The lines that fit below the number, none of them cut."""
    room = int((height - 34) / 14)
    return tuple(line for line in lines if 6.4 * len(line) < width - 22)[: max(room, 0)]


def _squarified(sizes: Sequence[int], width: float, height: float) -> list[tuple[float, float, float, float]]:
    """Rectangles as square as they can be, largest first: Bruls, Huizing and van Wijk, "Squarified Treemaps", 2000."""
    total = sum(sizes)
    if not total:
        return []
    areas = [size * width * height / total for size in sizes]
    placed: list[tuple[float, float, float, float]] = []
    x = y = 0.0
    start = 0
    while start < len(areas):
        side = min(width, height)
        end = start + 1
        while end < len(areas) and _worst(areas[start : end + 1], side) <= _worst(areas[start:end], side):
            end += 1
        row = areas[start:end]
        thick = sum(row) / side
        along = y if width >= height else x
        for area in row:
            long = area / thick
            box = (x, along, thick, long) if width >= height else (along, y, long, thick)
            placed.append(tuple(round(each, 2) for each in box))  # type: ignore[arg-type]
            along += long
        if width >= height:
            x, width = x + thick, width - thick
        else:
            y, height = y + thick, height - thick
        start = end
    return placed


def _worst(row: Sequence[float], side: float) -> float:
    """The worst proportion of a row of areas along a side."""
    total = sum(row)
    return max(max(side * side * area / (total * total), total * total / (side * side * area)) for area in row)
