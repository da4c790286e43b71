"""The report for people: plain text, in colour on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import IO

from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped, Unchanged
from migrator.policy import AMBIENT, HUB
from migrator.reports.long_lines import cut_short, fitted
from migrator.reports.pieces import show_pieces
from migrator.reports.report import Report, policy_line
from migrator.results.counted import counted
from migrator.results.diffs import masked_diff
from migrator.results.masking import one_line, visible
from migrator.results.needs import Needed
from migrator.results.prerequisites import EXISTING, HEADING, commands, title
from migrator.rule import Safety

_LONG = 2000
_SAFETY = {Safety.SAFE: "green", Safety.REVIEW: "yellow", Safety.MANUAL: "magenta"}
_DIFF = {"-": "red", "+": "green", "@": "cyan", "\\": "dim"}


def render(report: Report) -> str:
    """The report without any control character but line feeds and tabs."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same bit by bit."""
    return (text for text, _ in _pieces(report))


def show(report: Report, file: IO[str], *, force: bool = False) -> None:
    """Print the report to a terminal, in colour unless its user has turned that off; with `force` always in colour."""
    show_pieces(_pieces(report), file, force=force)


def _pieces(report: Report) -> Iterator[tuple[str, str]]:
    """The text in order, in pieces of one style."""
    for outcome in report.outcomes:
        yield from _file(report, outcome)
    yield from _prerequisites(report)
    yield from _summary(report)


def _file(report: Report, outcome: Outcome) -> Iterator[tuple[str, str]]:
    findings = report.findings(outcome)
    if not findings and not isinstance(outcome, Failed | Skipped):
        return
    name = one_line(outcome.path)
    yield f"./{name}" if name.lstrip().startswith("::") else name, "bold"
    yield "\n", ""
    if isinstance(outcome, Failed):
        yield f"  failed: {_clean(report, outcome.reason)}\n", "bold red"
    elif isinstance(outcome, Skipped):
        yield f"  skipped: {_clean(report, outcome.reason)}\n", "yellow"
    width = max((len(f"{finding.line}:{finding.column}") for finding in findings), default=0)
    shown: set[str] = set()
    for finding in findings:
        yield from _finding(report, finding, width, shown)
    if isinstance(outcome, Changed | Unchanged) and outcome.unnamed:
        number = outcome.unnamed
        it = "it" if number == 1 else "them"
        yield f"  {counted(number, 'value is', 'values are')} hidden as a precaution; no finding names {it}\n", "dim"
    if isinstance(outcome, Changed):
        for number, line in enumerate(_lines(visible(masked_diff(outcome, report.mask)))):
            yield f"{line}\n", "bold" if number < 2 else _DIFF.get(line[0], "")
    yield "\n", ""


def _lines(diff: str) -> list[str]:
    """The lines of a diff. A very long line is cut to the part around its change."""
    lines = diff.splitlines()
    if max(map(len, lines)) <= _LONG:
        return lines
    for _, group in groupby(range(2, len(lines)), lambda number: lines[number][:1] in "-+\\"):
        run = list(group)
        old, new = ([number for number in run if lines[number][0] == mark] for mark in "-+")
        pairs = [pair for pair in zip(old, new, strict=False) if max(len(lines[number]) for number in pair) > _LONG]
        for one, other in pairs:
            before, after = fitted(lines[one][1:], lines[other][1:], _LONG)
            lines[one], lines[other] = f"-{before}", f"+{after}"
        for number in set(run).difference(*pairs):
            lines[number] = cut_short(lines[number], _LONG)
    return lines


def _finding(report: Report, finding: Located, width: int, shown: set[str]) -> Iterator[tuple[str, str]]:
    """One finding; each warning is shown once per file."""
    yield f"  {f'{finding.line}:{finding.column}':{width}}  ", "dim"
    yield f"{finding.safety.value:6}  ", _SAFETY[finding.safety]
    yield f"{finding.rule}  ", "bold"
    yield f"{_clean(report, finding.message)}\n", ""
    indent = " " * (width + 4)
    for warning in finding.warnings:
        if warning in shown:
            continue
        shown.add(warning)
        yield f"{indent}warning: {_clean(report, warning)}\n", "yellow"
    if finding.why_not:
        yield f"{indent}not changed: {_clean(report, finding.why_not)}\n", "yellow"


def _clean(report: Report, text: str) -> str:
    return one_line(report.shown(text))


def _prerequisites(report: Report) -> Iterator[tuple[str, str]]:
    needs = report.needs
    if needs.demanded:
        yield HEADING, "bold"
        yield " (each command asks for the value, or reads it from standard input):\n", ""
        for needed in needs.demanded:
            yield f"\n  {_titled(report, needed)}\n", ""
            for command in commands(needed):
                yield f"    {visible(command)}\n", "cyan"
        yield "\n", ""
    if needs.existing:
        yield f"{EXISTING}:\n", "bold"
        for needed in needs.existing:
            yield f"  {_titled(report, needed)}\n", "dim"
        yield "\n", ""


def _titled(report: Report, needed: Needed) -> str:
    return f"{_clean(report, title(needed.need, needed.project))} ({counted(len(needed.paths), 'file')})"


def _summary(report: Report) -> Iterator[tuple[str, str]]:
    tally = report.tally
    changed, failed, waiting = tally.changed, tally.failed, tally.waiting
    parts = [f"{changed} {'changed' if report.written else 'would change'}" if changed else "nothing to change"]
    parts += [f"{tally.skipped} skipped"] * bool(tally.skipped) + [f"{failed} failed"] * bool(failed)
    yield f"{counted(tally.files, 'file')}: {', '.join(parts)}; {counted(tally.findings, 'finding')}.\n", "bold"
    if waiting:
        count = counted(waiting, "fix needs", "fixes need")
        yield f"{count} review; use --review-too to apply {'it' if waiting == 1 else 'them'} as well.\n", ""
    if report.compiled is not None:
        from migrator.results.compiled import sentence

        yield f"{_clean(report, sentence(report.compiled))}\n", "yellow" if report.compiled.reason else ""
    if changed and not report.written and not (report.compiled and report.compiled.stops):
        yield "Nothing was written; use --write to apply the changes.\n", ""
    yield f"Policy: {policy_line(report.policy)}.\n", "dim"
    for warning in report.warnings:
        yield f"warning: {visible(warning)}\n", "yellow"
    if report.policy.source is None and failed < tally.files:
        yield from _assumed(report)
    yield from _ambient(report)


def _assumed(report: Report) -> Iterator[tuple[str, str]]:
    hub = report.policy.registry(HUB)
    images = (*report.needs.demanded, *(each for each in report.needs.existing if each.need.kind == "context"))
    if hub is None or not any(hub.password[1:] in needed.need.variables for needed in images):
        return
    note = (
        f"Every Docker Hub image gets {hub.username} and {hub.password} from the context "
        f"{hub.context}.\nOn CircleCI Cloud the Docker executor already pulls public images with CircleCI's own "
        'credentials; to change only your\nprivate ones, set images = ["your-organisation/*"] under '
        f'[registries."{HUB}"] in a migrator.toml; `migrate init` proposes one.\n'
    )
    yield note, "dim"


def _ambient(report: Report) -> Iterator[tuple[str, str]]:
    """How keys for pulls get names that no program takes for its own, where a fix waits because theirs are such."""
    aws = report.policy.aws
    if aws is None:
        return
    from migrator.circleci.credentials.placing import AWS_PAIR

    names = {name for name in aws.variables if name.startswith(AMBIENT)}
    findings = (finding for outcome in report.outcomes for finding in report.findings(outcome))
    waiting = (need for each in findings if each.safety is Safety.REVIEW for need in each.requirements)
    if names and any(names.intersection(need.variables) for need in waiting):
        own = "\n".join(f'  {key} = "$ECR_{getattr(aws, key)[1:]}"' for key in AWS_PAIR)
        note = "AWS programs read these names by themselves. Give the keys for pulls names of their own under [aws]:\n"
        yield f"{note}{own}\n", "dim"
