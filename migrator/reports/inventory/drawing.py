"""The pictures of an inventory as plain geometry, which a template draws: rows with bars, and a curve over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from migrator.results.inventory.counting import Inventory
from migrator.results.inventory.tables import Table, tables
from migrator.startup.records import record

WIDTH, HEIGHT = 720, 260
"""Of a curve, in units of its picture."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 28
_LINES = 4
_DATES = 5
_DAY = 86_400
_KINDS = ("a", "b", "c", "d", "e", "f", "g", "h")
"""Classes of the style sheet, one for each part of a bar or band of a curve."""


@record
class Part:
    """A part of a bar whose whole width is 100."""

    x: float
    width: float
    kind: str
    words: str


@record
class Row:
    """A row of a table: its label, a bar, and its cells as they are shown."""

    label: str
    parts: tuple[Part, ...]
    cells: tuple[tuple[str, bool], ...]
    """Each with whether it is a number."""


@record
class Drawing:
    """A table with bars. `legend` names the parts of each bar, where it has several."""

    title: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    legend: tuple[tuple[str, str], ...] = ()


@record
class Band:
    """What is between two lines of a curve: an outline for `points`, and how many there are at its end."""

    name: str
    kind: str
    points: str
    last: int


@record
class Curve:
    """A picture of numbers over time. `words` say the same for those who do not see it."""

    bands: tuple[Band, ...]
    lines: tuple[tuple[float, str], ...]
    """Where a line across is, and its number."""

    dates: tuple[tuple[float, str, str], ...]
    """Where a date is, the date, and which end of the text is there."""

    known_from: float
    """Up to there the curve is not exact; the left end where all of it is."""

    words: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]


def drawings(inventory: Inventory, shown: Callable[[str], str], most: int) -> Iterator[Drawing]:
    """All tables of an inventory, `most` rows of each list."""
    for table in tables(inventory, shown, most):
        yield _drawing(table)


def _drawing(table: Table) -> Drawing:
    numeric = [at for at in range(1, len(table.columns)) if table.rows and isinstance(table.rows[0][at], int)]
    # Only the images of a registry have parts, which their last column adds up.
    stacked = table.columns[-1] == "images" and numeric[-1] == len(table.columns) - 1
    parts = numeric[:-1] if stacked else numeric[:1]
    whole = [row for row in table.rows if row[0] != "all"] or list(table.rows)
    longest = max((sum(_number(row[at]) for at in parts) for row in whole), default=0) or 1
    rows = []
    for row in table.rows:
        bar = [] if row[0] == "all" and len(table.rows) > 1 else _bar(row, parts, table.columns, longest)
        cells = tuple((f"{cell:,}", True) if isinstance(cell, int) else (cell, False) for cell in row[1:])
        rows.append(Row(str(row[0]), tuple(bar), cells))
    legend = tuple((table.columns[at], _kind_of(table.columns[at], number)) for number, at in enumerate(parts))
    columns = tuple((name, at in numeric) for at, name in enumerate(table.columns))
    return Drawing(table.title, columns, tuple(rows), table.notes, legend if stacked else ())


_WELL_KNOWN = {
    "none": "none", "variable": "variable", "literal": "literal", "AWS keys": "aws", "AWS role": "role", "GCP": "gcp",
    "broken": "broken", "not known": "unknown",
}  # fmt: skip


def _kind_of(column: str, number: int) -> str:
    return f"c-{_WELL_KNOWN.get(column) or _KINDS[number % len(_KINDS)]}"


def _bar(row: Sequence[str | int], parts: Sequence[int], columns: Sequence[str], longest: int) -> Iterator[Part]:
    x = 0.0
    for number, at in enumerate(parts):
        if value := _number(row[at]):
            width = 100 * value / longest
            yield Part(round(x, 2), round(width, 2), _kind_of(columns[at], number), f"{value:,} {columns[at]}")
            x += width


def _number(cell: str | int) -> int:
    return cell if isinstance(cell, int) else 0


def curve(times: Sequence[int], values: Mapping[str, Sequence[int]], since: int) -> Curve | None:
    """How numbers came to be what they are: each of `values` has one for each of the `times`, in seconds since 1970.

    Before `since` they are not exact. `None` for fewer than two times.
    """
    if len(times) < 2 or times[0] == times[-1]:
        return None
    totals = [sum(column) for column in zip(*values.values(), strict=True)]
    top = _round_up(max(totals))
    first, last = times[0], times[-1]

    def x_of(time: int) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (time - first) / (last - first), 1)

    def y_of(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top, 1)

    bands = []
    below = [0] * len(times)
    for number, (name, row) in enumerate(values.items()):
        above = [low + value for low, value in zip(below, row, strict=True)]
        upper = [f"{x_of(time)},{y_of(value)}" for time, value in zip(times, above, strict=True)]
        lower = [f"{x_of(time)},{y_of(value)}" for time, value in zip(times, below, strict=True)]
        bands.append(Band(name, f"c-{_KINDS[number]}", " ".join((*upper, *reversed(lower))), row[-1]))
        below = above
    lines = tuple((y_of(top * n / _LINES), f"{top * n // _LINES:,}") for n in range(_LINES + 1))
    at = [first + (last - first) * n // (_DATES - 1) for n in range(_DATES)]
    ends = ("start", *["middle"] * (_DATES - 2), "end")
    dates = tuple((x_of(time), _date(time, last - first), end) for time, end in zip(at, ends, strict=True))
    words = f"From {_date(first)} to {_date(last)}: {totals[0]:,} repositories left at first, {totals[-1]:,} at last"
    detail = ", ".join(f"{band.last:,} {band.name}" for band in bands if band.last)
    rows = tuple(
        (_date(time, last - first, full=True), (*(row[n] for row in values.values()), totals[n]))
        for n, time in enumerate(times)
    )
    return Curve(
        tuple(bands),
        lines,
        dates,
        x_of(max(first, min(since, last))),
        f"{words}{f' ({detail})' if detail else ''}.",
        rows,
    )


def _round_up(number: int) -> int:
    """The least number that divides into as many steps as the picture has lines, and is not less."""
    step = max(1, -(-number // _LINES))
    unit: int = 10 ** (len(str(step)) - 1)
    return _LINES * -(-step // unit) * unit


def _date(time: int, span: int = 2 * _DAY, *, full: bool = False) -> str:
    """A day, or a moment of one where all of it is on few days; of UTC."""
    moment = datetime.fromtimestamp(time, UTC)
    if full:
        return f"{moment:%Y-%m-%d %H:%M}"
    return f"{moment:%d %b %H:%M}" if span < 2 * _DAY else f"{moment:%d %b %Y}"
