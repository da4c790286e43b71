"""How many findings each rule has, as `migrate --statistics` prints them."""

from __future__ import annotations

from collections import Counter

from migrator.reports.report import Report
from migrator.results.counted import counted
from migrator.rule import Safety

_INFORMATION = "for information"


def render(report: Report) -> str:
    """A line for each rule, the one with the most findings first, and the sum."""
    counts: dict[str, Counter[str]] = {}
    files = 0
    for outcome in report.outcomes:
        findings = report.findings(outcome)
        files += any(finding.counts for finding in findings)
        for finding in findings:
            how = finding.safety.value if finding.counts else _INFORMATION
            counts.setdefault(finding.rule, Counter())[how] += 1
    rows = sorted(counts.items(), key=lambda row: (-row[1].total(), row[0]))
    width = max((len(str(row.total())) for _, row in rows), default=0)
    wide = max((len(rule) for rule, _ in rows), default=0)
    lines = [f"{row.total():{width}}  {rule:{wide}}  {_by_safety(row)}" for rule, row in rows]
    total = sum(row.total() - row[_INFORMATION] for row in counts.values())
    failed = report.tally.failed
    parts = [f"{counted(total, 'finding')} in {files} of {counted(len(report.outcomes), 'file')}"]
    parts += [f"{failed} failed"] if failed else []
    return "".join(f"{line}\n" for line in [*lines, f"{', '.join(parts)}."])


def _by_safety(row: Counter[str]) -> str:
    order = (*(safety.value for safety in Safety), _INFORMATION)
    return ", ".join(f"{row[how]} {how}" for how in order if row[how])
