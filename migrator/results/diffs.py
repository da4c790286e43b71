"""Unified diffs, built from the edits that were made: as long as the edits, not as the file.

A line ends at a line feed and nowhere else, as git sees it: carriage returns, form feeds and U+2028 are text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from migrator.documents.edits import TextEdit
from migrator.engine.outcomes import Changed
from migrator.results.masking import Mask, Range, cut

CONTEXT = 3
NO_NEWLINE = "\\ No newline at end of file\n"


class Line(NamedTuple):
    """One line of a hunk. `mark` is a blank, `-` or `+`; `start` is its place in the old text, for `+` in the new."""

    mark: str
    text: str
    start: int

    def written(self, text: str | None = None) -> str:
        """The line as a diff has it, with another text if one is given."""
        text = self.text if text is None else text
        return f"{self.mark}{text}" if text.endswith("\n") else f"{self.mark}{text}\n{NO_NEWLINE}"


class Hunk(NamedTuple):
    """Lines that changed, with their context. Line numbers count from 1."""

    old_line: int
    new_line: int
    lines: tuple[Line, ...]

    @property
    def header(self) -> str:
        old = sum(line.mark != "+" for line in self.lines)
        new = sum(line.mark != "-" for line in self.lines)
        return f"@@ -{_range(self.old_line, old)} +{_range(self.new_line, new)} @@\n"


def _range(line: int, count: int) -> str:
    if count == 1:
        return str(line)
    # A side without lines is named by the line before it.
    return f"{line if count else line - 1},{count}"


class Region(NamedTuple):
    """Whole lines of the old text, from the line number `line` on, and the lines that take their place."""

    start: int
    end: int
    line: int
    old: list[str]
    new: list[str]


def hunks(before: str, edits: Sequence[TextEdit], context: int = CONTEXT) -> list[Hunk]:
    """The hunks of a unified diff of what sorted edits make of a text, with so many lines of context on each side."""
    return list(_hunks(before, edits, context))


def _hunks(before: str, edits: Sequence[TextEdit], context: int) -> Iterator[Hunk]:
    group: list[Region] = []
    lines = places = 0  # what the hunks so far have added to line numbers and places
    for region in regions(before, edits):
        if group and not _near(before, group[-1].end, region.start, context):
            yield _hunk(before, group, lines, places, context)
            lines += sum(len(r.new) - len(r.old) for r in group)
            places += sum(sum(map(len, r.new)) - (r.end - r.start) for r in group)
            group = []
        group.append(region)
    if group:
        yield _hunk(before, group, lines, places, context)


def regions(before: str, edits: Sequence[TextEdit]) -> Iterator[Region]:
    """The edits as replaced lines: those that touch one line together, lines that stay as they are left out."""
    line, counted = 1, 0
    index = 0
    while index < len(edits):
        start = end = before.rfind("\n", 0, edits[index].start) + 1
        place = start
        parts: list[str] = []
        while index < len(edits) and (not parts or before.rfind("\n", 0, edits[index].start) + 1 < end):
            edit = edits[index]
            parts += (before[place : edit.start], edit.text)
            place = edit.end
            end = before.find("\n", place) + 1 or len(before)
            index += 1
        parts.append(before[place:end])
        old, new = _lines(before[start:end]), _lines("".join(parts))
        same = 0
        while same < min(len(old), len(new)) and old[same] == new[same]:
            same += 1
        start += sum(map(len, old[:same]))
        del old[:same], new[:same]
        while old and new and old[-1] == new[-1]:
            end -= len(old.pop())
            new.pop()
        if old or new:
            line += before.count("\n", counted, start)
            counted = start
            yield Region(start, end, line, old, new)


def _lines(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _near(before: str, start: int, end: int, context: int) -> bool:
    """Whether so few lines are between two regions that their contexts meet."""
    for _ in range(2 * context):
        start = before.find("\n", start, end) + 1 or end
    return start == end


def _hunk(before: str, group: Sequence[Region], added_lines: int, added_places: int, context: int) -> Hunk:
    first = group[0].start
    for _ in range(context):
        first = before.rfind("\n", 0, max(first - 1, 0)) + 1
    last = group[-1].end
    for _ in range(context):
        last = before.find("\n", last) + 1 or len(before)
    lines = list(_placed(" ", _lines(before[first : group[0].start]), first))
    old_line = group[0].line - len(lines)
    for index, region in enumerate(group):
        lines += _placed("-", region.old, region.start)
        lines += _placed("+", region.new, region.start + added_places)
        added_places += sum(map(len, region.new)) - (region.end - region.start)
        until = group[index + 1].start if index + 1 < len(group) else last
        lines += _placed(" ", _lines(before[region.end : until]), region.end)
    return Hunk(old_line, old_line + added_lines, tuple(lines))


def _placed(mark: str, lines: Sequence[str], start: int) -> Iterator[Line]:
    for text in lines:
        yield Line(mark, text, start)
        start += len(text)


def masked_diff(changed: Changed, mask: Mask, chosen: Sequence[Hunk] | None = None) -> str:
    """The diff of one file for people and reports: secrets masked, no byte order mark. Nothing can apply it.

    `chosen` are the hunks to show, if not all of them.
    """
    old: list[Range] = mask.ranges(changed.before)
    new: list[Range] = mask.ranges(changed.after) if mask else []
    parts = [f"--- {git_name('a', changed.path)}\n+++ {git_name('b', changed.path)}\n"]
    for hunk in hunks(changed.before, changed.edits) if chosen is None else chosen:
        parts.append(hunk.header)
        parts += [line.written(cut(line.text, line.start, new if line.mark == "+" else old)) for line in hunk.lines]
    return "".join(parts)


def exact_diff(changed: Changed, path: str) -> bytes:
    """The diff of one file, named `path`, as `git apply` takes it. Secrets are not masked."""
    before, edits = changed.before, changed.edits
    if changed.bom:
        before = f"\ufeff{before}"
        edits = tuple(TextEdit(start + 1, end + 1, text) for start, end, text in edits)
    parts = [f"--- {git_name('a', path)}\n+++ {git_name('b', path)}\n"]
    for hunk in hunks(before, edits):
        parts.append(hunk.header)
        parts += [line.written() for line in hunk.lines]
    return "".join(parts).encode("utf-8", "surrogateescape")


def git_name(side: str, path: str) -> str:
    """A path as the header of a diff names it, quoted as git does where it has to be."""
    name = f"{side}/{path.lstrip('/')}"
    if any(c in '"\\' or ord(c) < 0x20 or c == "\x7f" for c in name):
        octal = "".join(
            chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\{b:03o}"
            for b in name.encode("utf-8", "surrogateescape")
        )
        return f'"{octal}"'
    # Without the tab a blank would end the name.
    return f"{name}\t" if " " in name else name
