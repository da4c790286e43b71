"""Annotations: workflow commands that GitHub Actions shows next to the lines of a pull request.

The commands and their escapes are those of github.com/actions/toolkit (`packages/core/src/command.ts`). GitHub
shows ten of each level per step, so the worst come first.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.engine.outcomes import Failed, Located, Skipped
from migrator.files.repository import path_in_repository
from migrator.reports.report import Report, full_message, policy_line
from migrator.results.prerequisites import summary_of
from migrator.rule import Safety

_ORDER = {"error": 0, "warning": 1, "notice": 2}


def render(report: Report) -> str:
    """One command a line: an error for what fails the check, a warning for what needs a fix by hand, else a notice."""
    commands = sorted(_commands(report), key=lambda each: _ORDER[each[0]])
    if commands:
        # Shown in logs with debugging on; as an annotation it would displace a finding.
        commands.append(("debug", f"::debug::policy: {_data(report, policy_line(report.policy))}"))
    return "".join(f"{command}\n" for _, command in commands)


def _commands(report: Report) -> Iterator[tuple[str, str]]:
    if demanded := summary_of(report.needs):
        yield "notice", f"::notice title=migrate%3A prerequisites::{_data(report, demanded)}"
    for outcome in report.outcomes:
        if isinstance(outcome, Failed | Skipped):
            level = "error" if isinstance(outcome, Failed) else "notice"
            title = "migrate: failed" if isinstance(outcome, Failed) else "migrate: skipped"
            yield level, _command(report, level, outcome.path, title, outcome.reason)
        for finding in report.findings(outcome):
            level = _level(finding)
            message = f"{'changed; ' if finding.applied else ''}{full_message(finding)}"
            yield level, _command(report, level, outcome.path, f"migrate: {finding.rule}", message, finding)


def _level(finding: Located) -> str:
    if finding.applied:
        return "notice"
    return "warning" if finding.safety is Safety.MANUAL else "error"


def _command(report: Report, level: str, path: str, title: str, message: str, finding: Located | None = None) -> str:
    place = {"file": path_in_repository(path)}
    if finding:
        place |= {"line": str(finding.line), "col": str(finding.column)}
    properties = ",".join(f"{key}={_property(report, value)}" for key, value in {**place, "title": title}.items())
    return f"::{level} {properties}::{_data(report, message)}"


def _data(report: Report, text: str) -> str:
    return report.shown(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(report: Report, text: str) -> str:
    return _data(report, text).replace(":", "%3A").replace(",", "%2C")
