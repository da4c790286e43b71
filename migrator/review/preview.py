"""What is shown of one finding: its message and its own diff, with every secret masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from migrator.documents.edits import TextEdit, apply_edits
from migrator.errors import EditError
from migrator.results.decisions import Answer
from migrator.results.diffs import Hunk, Line, hunks
from migrator.results.masking import Mask, Range, cut, visible
from migrator.results.prerequisites import title
from migrator.results.reasons import sentences
from migrator.review.session import Question

_MARGIN = 4_000
"""How much text around a hunk is searched for secrets that may run over its edges. Masking a
whole file each time would slow down every finding of a large file."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a diff. `mark` is a blank, `-` or `+`; `number` its line in the file that is shown."""

    mark: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """All that is shown of a finding, safe for a terminal. `problem` says why the fix cannot be made."""

    path: str
    place: str
    progress: str
    rule: str
    safety: str
    message: str
    why: str
    needs: tuple[str, ...]
    warnings: tuple[str, ...]
    values: tuple[str, ...]
    given: str
    problem: str
    hunks: tuple[tuple[Row, ...], ...]
    fix: bool


def preview(question: Question, mask: Mask, page: Path | None) -> Preview:
    """What to show of a finding; `page` is its rule's."""
    proposal = question.proposal
    located = proposal.located

    def clean(text: str) -> str:
        return visible(mask.text(text))

    problem = ""
    rows: tuple[tuple[Row, ...], ...]
    fix = located.fix
    text = proposal.document.text
    if fix:
        try:
            rows = _diff(text, proposal.edits(), mask)
        except EditError as error:
            rows, problem, fix = _around(question, mask), str(error), False
    else:
        rows = _around(question, mask)
    files = f"file {question.file} of {question.files}, " if question.files > 1 else ""
    return Preview(
        path=clean(question.path),
        place=f"line {located.line}",
        progress=f"{files}finding {question.number} of {question.total}",
        rule=located.rule,
        safety=located.safety.value,
        message=clean(located.message),
        why=_why(page) if page else "",
        needs=tuple(clean(title(need)) for need in located.requirements) if fix else (),
        warnings=tuple(clean(warning) for warning in located.warnings),
        values=tuple(clean(f"{key} = {value}") for key, value in question.values),
        given=_ANSWERED[question.given.answer] if question.given else "",
        problem=clean(problem),
        hunks=rows,
        fix=fix,
    )


@cache
def _why(page: Path) -> str:
    return next(iter(sentences(page)), "")


_ANSWERED = {Answer.APPLY: "apply", Answer.SKIP: "skip", Answer.READ: "read", Answer.OPEN: ""}


def _diff(text: str, edits: Sequence[TextEdit], mask: Mask) -> tuple[tuple[Row, ...], ...]:
    return tuple(tuple(_rows(hunk, text, edits, mask)) for hunk in hunks(text, edits))


def _rows(hunk: Hunk, text: str, edits: Sequence[TextEdit], mask: Mask) -> list[Row]:
    old, new = _masked_around(hunk, text, edits, mask)
    rows: list[Row] = []
    number, new_number = hunk.old_line, hunk.new_line
    for line in hunk.lines:
        ranges, start = new if line.mark == "+" else old
        shown = visible(cut(line.text, line.start - start, ranges)).rstrip("\n")
        rows.append(Row(line.mark, new_number if line.mark == "+" else number, shown))
        number += line.mark != "+"
        new_number += line.mark != "-"
    return rows


def _masked_around(
    hunk: Hunk, text: str, edits: Sequence[TextEdit], mask: Mask
) -> tuple[tuple[list[Range], int], tuple[list[Range], int]]:
    """Where secrets are near a hunk, before and after the edits: ranges, and the offset that they count from."""
    if not mask:
        return ([], 0), ([], 0)
    first, last = _ends(hunk)
    start, end = max(0, first - _MARGIN), min(len(text), last + _MARGIN)
    shift = sum(len(e.text) - (e.end - e.start) for e in edits if e.end <= start)
    inside = [TextEdit(e.start - start, e.end - start, e.text) for e in edits if start <= e.start and e.end <= end]
    before = text[start:end]
    return (mask.ranges(before), start), (mask.ranges(apply_edits(before, inside)), start + shift)


def _ends(hunk: Hunk) -> tuple[int, int]:
    kept: list[Line] = [line for line in hunk.lines if line.mark != "+"]
    return (kept[0].start, kept[-1].start + len(kept[-1].text)) if kept else (0, 0)


def _around(question: Question, mask: Mask) -> tuple[tuple[Row, ...], ...]:
    """The line of a finding that changes nothing, with a few lines around it."""
    document = question.proposal.document
    line, _ = document.position(question.proposal.finding.node.head)
    text = document.text
    first = max(1, line - 3)
    start = stop = document.offset(first)
    spans: list[Range] = []
    for _ in range(first, line + 4):
        stop = text.find("\n", start) + 1 or len(text)
        if start == stop:
            break
        spans.append((start, stop))
        start = stop
    base = max(0, spans[0][0] - _MARGIN) if spans else 0
    ranges = mask.ranges(text[base : stop + _MARGIN]) if mask else []
    rows = []
    for number, (start, end) in enumerate(spans, first):
        shown = visible(cut(text[start:end], start - base, ranges)).rstrip("\n")
        rows.append(Row(">" if number == line else " ", number, shown))
    return (tuple(rows),)
