"""Markdown: a comment on a change request, for GitHub, GitLab and Bitbucket.

It has no HTML, which Bitbucket shows as text. Words of a repository are in code spans and blocks only, where no host
looks for names, references, commands or links: `@team`, `#1`, `/close`, an address. A word outside of them is plain
English. The smallest limit of a comment is Bitbucket's: 32,768 characters (GitHub: 65,536, GitLab: 1,000,000), so a
longer report is cut and says what is missing. Findings come first, then what must exist, then diffs.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.files.repository import path_in_repository
from migrator.reports.markdown_text import MOST, SPARE, Page, code, longest_run, span
from migrator.reports.report import Report, policy_line
from migrator.results.counted import counted
from migrator.results.diffs import masked_diff
from migrator.results.masking import one_line, visible
from migrator.results.prerequisites import HEADING, commands, heading_of
from migrator.startup.patterns import lazy

_ONE_DIFF = 8_000
"""Bytes of one diff, so that one file does not crowd out all others."""
_ORDER = (Failed, (Changed, Unchanged), Skipped)
_TOKENS = lazy(" |[^ ]+")
_WRAPPED = lazy(r"(\(*)(.*?)(\)*[.,;:]*)")
_PLAIN = lazy(r"[A-Za-z]+(?:['-][a-z]+)*|\d{1,4}")
_COMMIT = lazy(r"[\da-f]{7,}")
"""A word that a host could take for a commit."""


def render(report: Report) -> str:
    """The whole report, or as much of it as fits into a comment."""
    page = Page(MOST - SPARE)
    page.add(f"### migrate: {_summary(report)}\n")
    _findings(report, page)
    _prerequisites(report, page)
    _diffs(report, page)
    page.add(f"\nPolicy: {_words(report, policy_line(report.policy))}\n")
    return page.text("migrate")


def _summary(report: Report) -> str:
    tally = report.tally
    parts = [f"{counted(tally.findings, 'finding')} in {counted(tally.files, 'file')}"]
    parts += [f"{tally.changed} {'changed' if report.written else 'would change'}"] * bool(tally.changed)
    parts += [f"{tally.skipped} skipped"] * bool(tally.skipped) + [f"{tally.failed} failed"] * bool(tally.failed)
    return ", ".join(parts)


def _findings(report: Report, page: Page) -> None:
    if report.compiled is not None and report.compiled.stops:
        from migrator.results.compiled import sentence

        page.add(f"\n{_words(report, sentence(report.compiled))}\n")
    # What failed is what to look at first, and what was skipped is the least.
    for outcome in (each for kind in _ORDER for each in report.outcomes if isinstance(each, kind)):
        before = f"\n{code(report, path_in_repository(outcome.path))}\n\n"
        for kind, line in _lines(report, outcome, page):
            if page.add(line, kind, before=before):
                before = ""


def _lines(report: Report, outcome: Outcome, page: Page) -> Iterator[tuple[str, str]]:
    if isinstance(outcome, Failed | Skipped):
        what = "failed" if isinstance(outcome, Failed) else "skipped"
        yield f"{what} file", f"- **{what}**: {_words(report, outcome.reason)}\n"
    for finding in report.findings(outcome):
        yield "finding", "" if page.is_full("finding") else _finding(report, finding)


def _finding(report: Report, finding: Located) -> str:
    how = "changed" if finding.applied else finding.safety.value if finding.counts else "for information"
    lines = [
        f"- line {finding.line}, {code(report, finding.rule)} ({how}): {_words(report, finding.message)}\n",
        *(f"  - warning: {_words(report, warning)}\n" for warning in finding.warnings),
    ]
    if finding.why_not:
        lines.append(f"  - not changed: {_words(report, finding.why_not)}\n")
    return "".join(lines)


def _prerequisites(report: Report, page: Page) -> None:
    before = f"\n#### {HEADING}\n\n"
    for needed in report.needs.demanded:
        text = f"- {_words(report, heading_of(needed))}\n"
        if shell := "\n".join(one_line(report.mask.text(line)) for line in commands(needed)):
            text += _block(shell, "sh", "  ")
        if page.add(text, "prerequisite", before=before):
            before = ""


def _diffs(report: Report, page: Page) -> None:
    before = f"\n#### {'Changes' if report.written else 'Proposed changes'}\n"
    for changed in report.changed:
        text = "" if page.is_full("diff") else f"\n{_block(_diff(report, changed), 'diff')}"
        if page.add(text, "diff", before=before):
            before = ""


def _diff(report: Report, changed: Changed) -> str:
    """A diff up to a size, with its last line saying how much more there is."""
    lines = visible(masked_diff(changed, report.mask)).removesuffix("\n").split("\n")
    kept: list[str] = []
    room = _ONE_DIFF
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            return "\n".join((*kept, f"({counted(len(lines) - len(kept), 'more line')})"))
        kept.append(line)
    return "\n".join(kept)


def _words(report: Report, text: str) -> str:
    """A sentence of ours with words of a repository in it, which are in code spans."""
    parts = one_line(report.shown(text)).split("`")
    if not len(parts) % 2:  # a backtick that is not ours
        return span("`".join(parts))
    pieces: list[tuple[bool, str]] = []
    for number, part in enumerate(parts):
        for is_code, piece in ((True, part),) if number % 2 else _pieces(part):
            if is_code and pieces and pieces[-1][0]:  # two spans that touch would be read as another one
                pieces[-1] = (True, f"{pieces[-1][1]}{piece}")
            elif piece:
                pieces.append((is_code, piece))
    return "".join(span(piece) if is_code else piece for is_code, piece in pieces)


def _pieces(text: str) -> list[tuple[bool, str]]:
    """Plain words, and what is more than a word, each run of that in one piece."""
    pieces: list[tuple[bool, str]] = []
    for token in _TOKENS.findall(text):
        lead, core, trail = _WRAPPED.fullmatch(token).groups()  # type: ignore[union-attr]
        if not core.strip(" ") or (_PLAIN.fullmatch(core) and not _COMMIT.match(core.lower())):
            pieces.append((False, token))
            continue
        if not lead and len(pieces) > 1 and pieces[-1] == (False, " ") and pieces[-2][0]:
            core = f"{pieces[-2][1]} {core}"
            del pieces[-2:]
        pieces += [piece for piece in ((False, lead), (True, core), (False, trail)) if piece[1]]
    return pieces


def _block(text: str, language: str, indent: str = "") -> str:
    fence = "`" * max(3, longest_run(text) + 1)
    return "".join(f"{indent}{line}\n" for line in (f"{fence}{language}", *text.split("\n"), fence))
