"""What the result of a repository keeps of findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.engine.outcomes import Located, Outcome, by_line
from migrator.results.masking import Mask


def findings_of(outcome: Outcome, mask: Mask) -> Iterator[dict[str, Any]]:
    """The findings of a file in the order of its lines; no text holds a secret."""
    for finding in by_line(outcome):
        yield _finding(outcome.path, finding, mask)


def _finding(path: str, finding: Located, mask: Mask) -> dict[str, Any]:
    return {
        "path": path,
        "rule": finding.rule,
        "line": finding.line,
        "message": mask.text(finding.message),
        "safety": finding.safety.value,
        "applied": finding.applied,
        "fingerprint": finding.fingerprint,
        "warnings": [mask.text(warning) for warning in finding.warnings],
        "why_not": mask.text(finding.why_not),
    }
