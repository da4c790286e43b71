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
from migrator.results.masking import Mask, Range, cut, one_line
from migrator.results.prerequisites import title
from migrator.results.reasons import sentences
from migrator.review.screens.diff import Diff, Row
from migrator.review.session import Question

_MARGIN = 4_000
"""How much text around a hunk is searched for secrets that may run over its edges. Masking a
whole file each time would slow down every finding of a large file."""


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
    diff: Diff
    fix: bool


def preview(question: Question, mask: Mask, page: Path | None) -> Preview:
    """What to show of a finding; `page` is its rule's."""
    proposal = question.proposal
    located = proposal.located

    def clean(text: str) -> str:
        return one_line(mask.text(text)).expandtabs(1)

    problem = ""
    fix = located.fix
    edits: Sequence[TextEdit] = ()
    if fix:
        try:
            edits = proposal.edits()
        except EditError as error:
            problem, fix = str(error), False
    diff: Diff = _Changes(proposal.document.text, edits, mask) if fix else _Place(question, mask)
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
        diff=diff,
        fix=fix,
    )


@cache
def _why(page: Path) -> str:
    return " ".join(sentences(page)[:2])


_ANSWERED = {Answer.APPLY: "apply", Answer.SKIP: "skip", Answer.READ: "read", Answer.OPEN: ""}


class _Changes(Diff):
    """What the edits of a fix change in a text."""

    def __init__(self, text: str, edits: Sequence[TextEdit], mask: Mask) -> None:
        super().__init__(_most(text))
        self._text, self._edits, self._mask = text, edits, mask

    def hunks(self, context: int) -> list[list[Row]]:
        return [_rows(hunk, self._text, self._edits, self._mask) for hunk in hunks(self._text, self._edits, context)]


def _rows(hunk: Hunk, text: str, edits: Sequence[TextEdit], mask: Mask) -> list[Row]:
    old, new = _masked_around(hunk, text, edits, mask)
    rows: list[Row] = []
    before, after = hunk.old_line, hunk.new_line
    for line in hunk.lines:
        ranges, start = new if line.mark == "+" else old
        shown = one_line(cut(line.text, line.start - start, ranges).removesuffix("\n").removesuffix("\r"))
        rows.append(Row(line.mark, before if line.mark != "+" else 0, after if line.mark != "-" else 0, shown))
        before += line.mark != "+"
        after += line.mark != "-"
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


def _most(text: str) -> int:
    """The highest line number of a text, with room for what its fixes add: their diffs have columns of one width."""
    lines = text.count("\n") + 1
    return lines + lines // 4 + 10


class _Place(Diff):
    """The line of a finding that changes nothing, with what is around it."""

    def __init__(self, question: Question, mask: Mask) -> None:
        document = question.proposal.document
        self._line, _ = document.position(question.proposal.finding.node.head)
        self._document, self._mask = document, mask
        super().__init__(_most(document.text))

    def hunks(self, context: int) -> list[list[Row]]:
        document, text = self._document, self._document.text
        first = max(1, self._line - context)
        start = stop = document.offset(first)
        spans: list[Range] = []
        for _ in range(first, self._line + context + 1):
            stop = text.find("\n", start) + 1 or len(text)
            if start == stop:
                break
            spans.append((start, stop))
            start = stop
        base = max(0, spans[0][0] - _MARGIN) if spans else 0
        ranges = self._mask.ranges(text[base : stop + _MARGIN]) if self._mask else []
        rows = []
        for number, (start, end) in enumerate(spans, first):
            shown = one_line(cut(text[start:end], start - base, ranges).removesuffix("\n").removesuffix("\r"))
            rows.append(Row(">" if number == self._line else " ", number, number, shown))
        return [rows]
