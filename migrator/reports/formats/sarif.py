"""SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), for GitHub's code scanning.

Its limits: docs.github.com, "SARIF support for code scanning". A fingerprint names a finding by its place in the
config's tree, so that an alert stays the same one when lines move.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from typing import Any
from urllib.parse import quote

from migrator import __version__
from migrator.engine.limits import TooSlowError, time_limit, too_slow
from migrator.engine.outcomes import Changed, Failed, Located, Outcome, Skipped
from migrator.files.repository import path_in_repository
from migrator.reports.report import Report, full_message, policy_path
from migrator.reports.rule_texts import RuleText, rule_texts
from migrator.results.prerequisites import summary_of
from migrator.rule import Safety

_PRE = re.compile(r"(?<=\d)\.?(?=[a-z])")
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000
"""GitHub rejects a run with more."""
_LEVELS = {Safety.SAFE: "warning", Safety.REVIEW: "warning", Safety.MANUAL: "note"}
_RANK = {Safety.SAFE: 0, Safety.REVIEW: 1, Safety.MANUAL: 2}


def semantic(version: str) -> str:
    """A version of Python as Semantic Versioning writes it, which SARIF asks for: 1.0.0-rc1, not 1.0.0rc1."""
    return _PRE.sub("-", version, count=1)


def render(report: Report) -> str:
    """One run in ASCII. What was written is not a result: its place in the file is gone."""
    found = _Found(report)
    notifications = _notifications(report, found.total)
    texts = rule_texts(found.safeties, report.directories)
    numbers = {text.id: number for number, text in enumerate(texts)}
    results: list[dict[str, Any]] = []
    for outcome, findings in found.by_file():
        fixes = _fixes(report, outcome, findings, notifications)
        results += _results(report, outcome, findings, numbers, fixes)
    run = {
        "tool": {
            "driver": {
                "name": "migrate",
                "semanticVersion": semantic(__version__),
                "rules": [_rule(text, found.safeties[text.id]) for text in texts],
            }
        },
        "columnKind": "unicodeCodePoints",
        "properties": {"policy": {"path": policy_path(report.policy), "found": report.policy.found}},
        "invocations": [
            {
                "executionSuccessful": not report.tally.failed,
                "exitCode": report.exit_code,
                "toolExecutionNotifications": notifications,
            }
        ],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


class _Found:
    """The findings that are results: the surest ones up to the limit. `safeties` has the surest of each rule."""

    def __init__(self, report: Report) -> None:
        self._report = report
        all_ = [(finding.rule, finding.safety) for outcome in report.outcomes for finding in self._left(outcome)]
        self.total = len(all_)
        self._kept: Collection[int] = range(self.total)
        if self.total > MOST_RESULTS:
            self._kept = set(sorted(self._kept, key=lambda n: (_RANK[all_[n][1]], n))[:MOST_RESULTS])
        self.safeties: dict[str, Safety] = {}
        for rule, safety in (each for number, each in enumerate(all_) if number in self._kept):
            self.safeties[rule] = min(self.safeties.get(rule, safety), safety, key=lambda each: _RANK[each])

    def _left(self, outcome: Outcome) -> Iterator[Located]:
        return (finding for finding in self._report.findings(outcome) if not finding.applied)

    def by_file(self) -> Iterator[tuple[Outcome, list[Located]]]:
        number = count()
        for outcome in self._report.outcomes:
            if findings := [finding for finding in self._left(outcome) if next(number) in self._kept]:
                yield outcome, findings


def _notifications(report: Report, results: int) -> list[dict[str, Any]]:
    """What failed and what was skipped, so that no file is missing without a word."""
    notifications: list[dict[str, Any]] = [
        _notification(report, "error" if isinstance(outcome, Failed) else "note", outcome.path, outcome.reason)
        for outcome in report.outcomes
        if isinstance(outcome, Failed | Skipped)
    ]
    if results > MOST_RESULTS:
        text = f"{results - MOST_RESULTS} of {results} findings are left out: GitHub accepts {MOST_RESULTS:,} per run"
        notifications.append({"level": "error", "message": {"text": text}})
    if demanded := summary_of(report.needs):
        notifications.append({"level": "note", "message": {"text": report.shown(demanded)}})
    return notifications


def _notification(report: Report, level: str, path: str, text: str) -> dict[str, Any]:
    return {
        "level": level,
        "message": _message(report, text),
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}],
    }


def _rule(text: RuleText, safety: Safety) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": text.id,
        "name": "".join(word.capitalize() for word in text.id.split("-")),
        "shortDescription": {"text": text.title.replace("`", "")},
        "fullDescription": {"text": (text.summary or text.title).replace("`", "")[:1000]},
        "defaultConfiguration": {"level": _LEVELS[safety]},
        "properties": {"tags": [tag for tag in ("circleci", text.topic) if tag], "precision": "very-high"},
    }
    help_ = text.reasons or text.title
    rule["help"] = {"text": help_, "markdown": f"# {text.title}\n\n{help_}"}
    return rule


def _fixes(
    report: Report, outcome: Outcome, findings: Sequence[Located], notifications: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Replacements by fingerprint; none, and a notification, for a file that takes too long."""
    if not isinstance(outcome, Changed) or not any(finding.fix for finding in findings):
        return {}
    from migrator.reports.sarif_fixes import replacements

    try:
        with time_limit(report.file_timeout):
            return replacements(outcome, {finding.rule for finding in findings}, report)
    except TooSlowError:
        text = f"its fixes are left out: finding them {too_slow(report.file_timeout)}"
        notifications.append(_notification(report, "warning", outcome.path, text))
        return {}


def _results(
    report: Report,
    outcome: Outcome,
    findings: Sequence[Located],
    numbers: dict[str, int],
    fixes: dict[str, list[dict[str, Any]]],
) -> Iterator[dict[str, Any]]:
    artifact = _artifact(outcome.path)
    for finding in findings:
        place = {"startLine": finding.line, "startColumn": finding.column}
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "ruleIndex": numbers[finding.rule],
            "level": _LEVELS[finding.safety],
            "message": _message(report, full_message(finding)),
            "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": place}}],
            # GitHub reads the first; without it, it would hash the text of lines.
            "partialFingerprints": {
                "primaryLocationLineHash": f"{finding.fingerprint}:1",
                "migrateFinding/v1": finding.fingerprint,
            },
            "properties": {"safety": finding.safety.value},
        }
        if made := fixes.get(finding.fingerprint):
            change = {"artifactLocation": artifact, "replacements": made}
            result["fixes"] = [{"description": {"text": "The fix by `migrate`"}, "artifactChanges": [change]}]
        yield result


def _message(report: Report, text: str) -> dict[str, str]:
    shown = report.shown(text) or "no reason was given"
    # `[text](target)` would be a link, and `{0}` a placeholder: SARIF 2.1.0, 3.11.5 and 3.11.6.
    if "](" in shown:
        shown = re.sub(r"([\\\[\]])", r"\\\1", shown)
    return {"text": re.sub(r"\{(\d+)\}", r"{{\1}}", shown)}


def _artifact(path: str) -> dict[str, Any]:
    name = path_in_repository(path)
    uri = quote(name.encode("utf-8", "surrogateescape"))
    return {"uri": f"file://{uri}"} if name.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}
